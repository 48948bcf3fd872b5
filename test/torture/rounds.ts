import { inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { createEngine, makePlan, openSchoolRun } from '../support/school.ts'
import type { Chance } from './chance.ts'
import { changeLinks, linkPeople, movePupil, openSchool, type PaperSchool, pickLeavers, renameClass, unlinkPeople } from './schools.ts'
import { type KillPoint, killKinds } from './trigger.ts'
import type { World } from './world.ts'

/** What a school goes through, one after another; then the next school comes. */
export const changes = ['create', 'mixed', 'people', 'rename'] as const
export type Change = (typeof changes)[number]

export type Round = {
  number: number
  change: Change
  chance: Chance
  papers: PaperSchool[]
  someoneLeft: boolean
  /** Lets the work begin: a run that was asked for, or links that changed. */
  begin: () => Promise<void>
}

/** Schools of a world by their number; a round of a school that has a violation behind it is left out. */
export type Schools = Map<number, PaperSchool>

/** How many schools so many rounds need: a creation round may make two at once. */
export const schoolsFor = (rounds: number): number => Math.ceil(rounds / changes.length) * 2

/**
 * Changes the register for a round, and says how the work on it begins. Everything follows from the round's number: also
 * two schools at once whose teachers' chats nobody can tell apart (one name, both empty).
 */
export async function prepareRound(world: World, schools: Schools, number: number, chance: Chance): Promise<Round> {
  const change = changes[number % changes.length] ?? 'create'
  const generation = Math.floor(number / changes.length)
  const bare = generation % 2 === 1
  const { db } = world.database
  const round = (papers: PaperSchool[], begin: () => Promise<void>): Round => ({
    ...{ number, change, chance, papers, begin },
    someoneLeft: false,
  })

  if (change === 'create') {
    // Sometimes nobody is linked, and all chats are empty; sometimes two schools, whose teachers' chats have the same name,
    // are made at once; sometimes both.
    const twins = generation % 4 >= 2
    const numbers = twins ? [generation * 2, generation * 2 + 1] : [generation * 2]
    for (const index of numbers) {
      const paper = await openSchool(db, index, ({ role }) => !bare && (role === 'teacher' || chance.happens(0.8)))
      schools.set(index, paper)
    }
    const papers = numbers.flatMap((index) => schools.get(index) ?? [])
    return round(papers, () => pressButtons(world, papers))
  }
  const paper = schools.get(generation * 2)
  if (!paper) return round([], async () => {})
  const begin = () => pressButtons(world, [paper])
  const unlinked = paper.school.people.filter((person) => !paper.linked.has(person.id))
  const children = unlinked.filter((person) => person.role !== 'teacher')
  // Teachers first: pupils are not let in without one.
  const newcomers = [...unlinked.filter((person) => person.role === 'teacher'), ...chance.some(children, 8)]
  switch (change) {
    case 'people': {
      // Nobody presses anything: links change, and the jobs that go with them do the rest.
      const people = [...newcomers.slice(0, 4), ...pickLeavers(paper, chance, 3)]
      return round([paper], () => changeLinks(db, paper, people))
    }
    case 'rename':
      for (const classId of chance.some([...paper.titles.keys()], 3)) {
        await renameClass(db, paper, classId, `${paper.titles.get(classId)} (${number})`)
      }
      return round([paper], begin)
    case 'mixed': {
      const [moved, ...leaving] = pickLeavers(paper, chance, 4)
      await linkPeople(db, paper, newcomers)
      await unlinkPeople(db, paper, leaving)
      const toClass = chance.pick([...paper.titles.keys()].filter((id) => moved && id !== paper.classOf.get(moved.id)))
      if (moved && toClass) await movePupil(db, paper, moved, toClass)
      return round([paper], begin)
    }
  }
}

/**
 * While the process is dead, the pages are up: sometimes people link, also into a class that the run brings its first
 * teacher, and one unlinks where nobody else goes anyway, also while they are put in.
 */
export async function meddle(world: World, round: Round): Promise<boolean> {
  const { change, chance, papers } = round
  const [paper] = papers
  if (!paper || !chance.happens(0.3)) return false
  const newcomers = paper.school.people.filter(
    (person) => !paper.linked.has(person.id) && (person.role === 'guardian' || hasLinkedTeacher(paper, person)),
  )
  // One in a round: a second one of the same class would be too many at once, and wait for somebody's word.
  const mayLeave = change === 'rename' || change === 'create'
  const leavers = mayLeave && !round.someoneLeft ? pickLeavers(paper, chance, 1) : []
  round.someoneLeft ||= leavers.length > 0
  await changeLinks(world.database.db, paper, [...chance.some(newcomers, 2), ...leavers])
  return true
}

const hasLinkedTeacher = ({ school, classOf, linked }: PaperSchool, { id }: { id: string }): boolean =>
  school.people.some((person) => person.role === 'teacher' && linked.has(person.id) && classOf.get(person.id) === classOf.get(id))

/** What an administrator does: reads the plan, approves what is held, presses «Да». */
export async function pressButtons(world: World, papers: readonly PaperSchool[]): Promise<void> {
  const engine = createEngine(world.database.db, world.emulator.url)
  const asked = []
  for (const { school } of papers) {
    const plan = await makePlan(engine, school.org)
    const approved = plan.chats.filter((chat) => chat.held.some((held) => held.approvable)).map((chat) => chat.key)
    asked.push({ organisationId: school.org, fingerprint: plan.fingerprint, approved })
  }
  for (const { organisationId, fingerprint, approved } of asked) {
    await inOrganisation(world.database.db, organisationId, async (tx) => {
      const { runId } = await openSchoolRun(tx, organisationId, fingerprint, approved)
      await enqueueRun(tx, { organisationId, runId })
    })
  }
}

/** How far a first life of each change can be let go before its work is over, roughly. */
const reach: Record<Change, { journal: number; request: number; changing: number; ms: number }> = {
  create: { journal: 8, request: 5, changing: 4, ms: 120 },
  mixed: { journal: 6, request: 4, changing: 3, ms: 100 },
  people: { journal: 8, request: 5, changing: 4, ms: 100 },
  rename: { journal: 4, request: 3, changing: 1, ms: 60 },
}

/** Where the process dies in life number `life` of a round: the kinds in turn, the place by chance. */
export function choosePoint({ change, chance }: Round, life: number, attempt: number): KillPoint {
  const kind = killKinds[attempt % killKinds.length] ?? 'journal'
  const far = reach[change]
  // A life that goes on with what the one before left has less to do.
  const share = life > 0 ? 2 : 1
  const upTo = (most: number) => chance.int(1, Math.ceil(most / share))
  if (kind === 'journal') return { kind, nth: upTo(far.journal), strict: false }
  if (kind === 'moment') {
    const strict = life === 0 || chance.happens(0.7)
    return { kind, strict, nth: strict ? upTo(far.ms) : chance.int(150, 500) }
  }
  const strict = chance.happens(life > 0 ? 0.4 : 0.7)
  return { kind, strict, nth: upTo(strict ? far.changing : far.request) }
}
