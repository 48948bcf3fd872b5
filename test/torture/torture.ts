import { createChance } from './chance.ts'
import { type Change, choosePoint, meddle, prepareRound, pressButtons, type Round, type Schools, schoolsFor } from './rounds.ts'
import { describePoint, type KillKind } from './trigger.ts'
import { judge, type ViolationKind } from './verdict.ts'
import type { Program, Victim } from './victim.ts'
import { openWorld, type World } from './world.ts'

export type Kill = { program: Program; kind: KillKind; change: Change; where: string; unfinished: boolean }

export type Report = {
  seed: number
  seconds: number
  kills: Kill[]
  /** Lives in which the work ended before its kill point came. */
  survived: number
  /** Runs that ended otherwise than `done`, so that somebody had to press again. */
  pressedAgain: number
  violations: { kind: ViolationKind; what: string; seed: number; world: string; round: number; change: Change; kills: string[] }[]
}

export type Wishes = {
  kills: number
  seed: number
  signal?: AbortSignal
  /** Told one line about every round. */
  onRound?: (line: string) => void
}

const mostLives = 4
// The resume job comes every minute; whatever is not at its end after this is stuck.
const stuckAfterMs = 75_000

/**
 * Kills processes that synchronise schools until so many have died, lets every round come to its end, and compares the
 * messenger with the register. Two worlds side by side: in one the real front door dies, in the other, four times as
 * often, a worker that starts quickly.
 */
export async function torture(wishes: Wishes): Promise<Report> {
  const begun = performance.now()
  const report: Report = { seed: wishes.seed, seconds: 0, kills: [], survived: 0, pressedAgain: 0, violations: [] }
  const houses = Math.round(wishes.kills / 5)
  // Where one world breaks off, the other ends its round and leaves nothing open.
  const broken = new AbortController()
  const signal = AbortSignal.any([broken.signal, ...(wishes.signal ? [wishes.signal] : [])])
  const start = (program: Program, kills: number) =>
    live(program, kills, { ...wishes, signal }, report).catch((error: unknown) => {
      broken.abort()
      throw error
    })
  const ends = await Promise.allSettled([start('worker', wishes.kills - houses), start('house', houses)])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  report.seconds = Math.round((performance.now() - begun) / 1000)
  return report
}

type Life = { world: World; program: Program; wishes: Wishes; report: Report; survivor: Victim | null; kills: number; attempts: number }

async function live(program: Program, kills: number, wishes: Wishes, report: Report): Promise<void> {
  if (kills === 0) return
  // Most rounds kill once or twice; a world where hardly any does is not worth going on with.
  const rounds = kills * 2 + 8
  await using world = await openWorld(schoolsFor(rounds))
  const life: Life = { world, program, wishes, report, survivor: null, kills: 0, attempts: 0 }
  const schools: Schools = new Map()
  try {
    for (let number = 0; life.kills < kills && number < rounds && !wishes.signal?.aborted; number++) {
      const round = await prepareRound(world, schools, number, createChance(wishes.seed, program, number))
      if (round.papers.length > 0) await play(life, round, schools)
    }
  } finally {
    await life.survivor?.kill()
  }
}

async function play(life: Life, round: Round, schools: Schools): Promise<void> {
  const { world, report, wishes } = life
  const begun = performance.now()
  const kills = await killThrough(life, round)
  const killed = performance.now()
  await finish(life, round)
  const violations = await judge(world, round.papers)
  // The reason of a run that does not end is mostly said by the process that could not end it.
  const words = life.survivor?.words()
  for (const violation of violations) if (violation.kind === 'stuck' && words) violation.what += `, and its process said: ${words}`
  const at = { seed: wishes.seed, world: life.program, round: round.number, change: round.change, kills }
  for (const violation of violations) report.violations.push({ ...violation, ...at })
  // What went wrong would be found again in every round to come.
  if (violations.length > 0) for (const [index, paper] of schools) if (round.papers.includes(paper)) schools.delete(index)
  const ms = [killed - begun, performance.now() - killed].map(Math.round).join('+')
  wishes.onRound?.(
    `${life.program} ${round.number} ${round.change} (${ms} ms): ${kills.join('; ') || 'no kill'}${violations.map(({ kind, what }) => `\n  ${kind}: ${what}`).join('')}`,
  )
}

/** Up to four deaths in a row; the process that comes after each finds what the one before left. */
async function killThrough(life: Life, round: Round): Promise<string[]> {
  const { world, program, report } = life
  const kills: string[] = []
  const lives = round.chance.int(1, mostLives)
  for (let count = 0; count < lives; count++) {
    const point = choosePoint(round, count, life.attempts++)
    const victim = life.survivor ?? (await world.launch(program))
    life.survivor = victim
    world.trigger.arm(point, victim.kill)
    if (count === 0) await round.begin()
    const quiet = new AbortController()
    const died = await Promise.race([victim.gone.then(() => true), world.whenQuiet(stuckAfterMs, quiet.signal).then(() => false)])
    quiet.abort()
    world.trigger.disarm()
    // The work may have ended in the moment in which the death was decided.
    if (!died && !victim.wasKilled()) {
      report.survived++
      break
    }
    await victim.gone
    if (!victim.wasKilled()) throw new Error(`The ${program} ended by itself: ${victim.words()}`)
    life.survivor = null
    await world.bury(victim)
    const unfinished = (await world.countUnfinished()) > 0
    report.kills.push({ program, kind: point.kind, change: round.change, where: describePoint(point), unfinished })
    life.kills++
    kills.push(`${describePoint(point)}${unfinished ? '' : ' (no run open)'}`)
    if (await meddle(world, round)) kills.push('links changed')
  }
  return kills
}

/** Lets somebody who is not killed carry the work to its end; presses again where a run ended otherwise than well. */
async function finish(life: Life, round: Round): Promise<void> {
  const { world, report } = life
  life.survivor ??= await world.launch('worker')
  if (!(await world.whenQuiet(stuckAfterMs))) return
  for (let press = 0; press < 2; press++) {
    const unwell = await world.readUnwell(round.papers.map((paper) => paper.school.org))
    if (unwell.length === 0) break
    report.pressedAgain++
    await pressButtons(world, round.papers)
    if (!(await world.whenQuiet(stuckAfterMs))) return
  }
  if (life.survivor.program !== life.program) {
    await life.survivor.kill()
    await world.bury(life.survivor)
    life.survivor = null
  }
}
