import type { Database } from '#db/database.ts'
import type { Act, EngineAct, History, WorldAct } from './acts.ts'
import * as engine from './engine-acts.ts'
import { tellFaults } from './faults.ts'
import * as laws from './laws.ts'
import type { Meddling } from './model-messenger.ts'
import * as register from './register.ts'
import { engineChats, noteWishes, openWorld, readRegistry, type World } from './world.ts'
import { changeWorld, pick } from './world-acts.ts'

/** Plays a history and checks the laws on the way and at the end. @throws Error with the story of what broke */
export async function play(db: Database, history: History, nth: number): Promise<void> {
  const world = await openWorld(db, history, nth)
  try {
    for (const act of history.acts) {
      await perform(world, act)
      refuse(world)
    }
    await laws.checkTheEnd(world)
    refuse(world)
  } catch (error) {
    throw new Error(`${tell(world, history)}\n→ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  } finally {
    await laws.leaveNoTrace(world)
  }
}

function refuse(world: World): void {
  if (world.violations.length > 0)
    throw new Error([...new Set(world.violations.map(({ law, says }) => `law ${law}: ${says}`))].join('\n→ '))
}

function tell(world: World, { add, pack, school }: History): string {
  const nameless = { unlinked: school.unlinked, refusers: school.refusers }
  const classes = school.classes.map(
    (one) => `${one.teachers} teachers, ${one.pupils} pupils, ${one.guardians} guardians each${one.lesson ? ', a lesson' : ''}`,
  )
  return [
    `${add}, ${pack} operations in a request; ${classes.join(' | ')}; ${JSON.stringify(nameless)}`,
    ...world.story.map((line, index) => `${index + 1}. ${line}`),
  ].join('\n')
}

const isEngineAct = (act: Act): act is EngineAct =>
  ['look', 'sync', 'person', 'come', 'go', 'title', 'crash', 'resume', 'stop', 'overtaken', 'during', 'bad-chat'].includes(act.does)

async function perform(world: World, act: Act): Promise<void> {
  if (isEngineAct(act)) {
    await ask(world, act)
    await readRegistry(world)
  } else await change(world, act)
}

async function change(world: World, act: WorldAct): Promise<void> {
  const told = await changeWorld(world, act)
  if (told) world.story.push(told)
}

async function ask(world: World, act: EngineAct): Promise<void> {
  const { story, model, school } = world
  switch (act.does) {
    case 'look': {
      model.meddle({ faults: act.faults })
      const plan = await engine.readPlan(world)
      story.push(`a look${tellFaults(act.faults)} → ${plan ? (plan.empty ? 'nothing to do' : 'a plan') : 'refused'}`)
      return
    }
    case 'sync':
      return synchronise(world, 'a synchronisation', act.approve, { faults: act.faults })
    case 'crash':
      return synchronise(world, `a synchronisation that dies ${act.when} request ${act.request}`, act.approve, {
        faults: act.faults,
        crash: act,
      })
    case 'during': {
      const happens = async () => {
        for (const one of act.happens) {
          const told = await changeWorld(world, one)
          if (told) story.push(`  meanwhile: ${told}`)
        }
      }
      return synchronise(world, `a synchronisation`, true, { faults: act.faults, before: { request: act.request, happens } })
    }
    case 'stop': {
      const stopper = new AbortController()
      const before = { request: act.request, happens: () => stopper.abort(new Error('stopped')) }
      return synchronise(world, `a synchronisation stopped at request ${act.request}`, false, { before }, stopper.signal)
    }
    case 'resume':
      return resume(world, { faults: act.faults })
    case 'bad-chat':
      return badChat(world, act)
    case 'overtaken':
      return overtaken(world, act.by)
    case 'person': {
      const one = pick(school.people, act.who)
      if (!one) return
      const ended = await engine.carryOutPerson(world, one.id, { faults: act.faults })
      story.push(`${one.called} is synchronised${tellFaults(act.faults)} → ${ended}`)
      return
    }
    case 'come':
    case 'go': {
      const one = pick(school.people, act.who)
      if (!one) return
      const comes = act.does === 'come'
      await register.setLink(world.db, school, one, comes ? one.account : null)
      noteWishes(world)
      const ended = await engine.carryOutPerson(world, one.id, {})
      story.push(`${one.called} ${comes ? 'links' : 'unlinks'} and is synchronised → ${ended}`)
      if (comes) await laws.checkPersonIsInside(world, one)
      return
    }
    case 'title':
      return title(world, act)
  }
}

/** Plan, «Да», run; before it, what the minute's job does: unfinished runs go on. */
async function synchronise(world: World, called: string, approve: boolean, meddling: Meddling, signal?: AbortSignal): Promise<void> {
  await resume(world, {})
  world.model.meddle({})
  const plan = await engine.readPlan(world)
  if (plan === null) return void world.story.push(`${called}: the messenger could not be read`)
  await laws.startRun(world, await engine.openRun(world, plan, approve), approve, meddling, signal, called)
}

async function resume(world: World, meddling: Meddling): Promise<void> {
  for (const runId of await engine.unfinishedRuns(world.db, world.school.org)) {
    const ended = await engine.carryOut(world, runId, meddling)
    world.story.push(`a run is gone on with${tellFaults(meddling.faults ?? [])} → ${ended}`)
  }
}

async function badChat(world: World, act: Extract<EngineAct, { does: 'bad-chat' }>): Promise<void> {
  const chat = pick(engineChats(world), act.chat)
  if (!chat) return
  await resume(world, {})
  world.model.meddle({})
  const plan = await engine.readPlan(world)
  if (plan === null) return
  const runId = await engine.openRun(world, plan, false)
  const called = `a synchronisation in which «${chat.born}» refuses everything with ${act.code}`
  const ended = await laws.startRun(world, runId, false, { badChat: { born: chat.born, code: act.code } }, undefined, called)
  await laws.checkOneBadChat(world, runId, chat, act.code, ended)
}

async function overtaken(world: World, by: WorldAct): Promise<void> {
  await resume(world, {})
  world.model.meddle({})
  const plan = await engine.readPlan(world)
  if (plan === null) return
  const runId = await engine.openRun(world, plan, true)
  await change(world, by)
  await laws.startRun(world, runId, true, {}, undefined, 'a synchronisation as it was planned before')
}

async function title(world: World, act: Extract<EngineAct, { does: 'title' }>): Promise<void> {
  const rows = (await readRegistry(world)).sort((one, other) => (one.key < other.key ? -1 : 1))
  const row = pick(rows, act.chat)
  if (!row) return
  const typed = `Имя ${world.story.length}`
  world.model.meddle({ faults: act.faults })
  const ok = await engine.rename(world, row.id, typed)
  world.story.push(`an administrator renames ${row.key.split(':')[0]}${tellFaults(act.faults)} → ${ok ? 'done' : 'refused'}`)
  if (ok) world.typed.set(row.id, typed)
}
