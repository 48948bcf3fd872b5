import { renameChat } from '#chats/rename.ts'
import { type Database, inOrganisation } from '#db/database.ts'
import { syncPerson } from '#sync/person.ts'
import type { Plan } from '#sync/plan.ts'
import { preparePlan } from '#sync/prepare.ts'
import { executeRun } from '#sync/run.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { openSchoolRun } from '../support/school.ts'
import { Crash, type Meddling } from './model-messenger.ts'
import { endExcuses, engineChats, readRegistry, type World } from './world.ts'

// Every call into the engine that the properties make. Nothing else of test/properties knows its functions.

/** fingerprint null: nobody reads the plan before, as when the school's schedule starts the run. */
export type ReadPlan = { fingerprint: string | null; empty: boolean; keys: string[] }

/** What an administrator reads; null: the messenger could not be read. */
export async function readPlan(world: World): Promise<ReadPlan | null> {
  const made = await makePlan(world.engine, world.school.org, world.school.org)
  if (!made.ok) return null
  endExcuses(world)
  return { fingerprint: made.plan.fingerprint, empty: made.plan.empty, keys: made.plan.chats.map((chat) => chat.key) }
}

/** The plan with all its people; writes nothing. */
export const derivedPlan = ({ engine, school }: World): Promise<Plan> => preparePlan(engine, school.org, 'run')

export async function openRun({ db, school }: World, plan: Omit<ReadPlan, 'empty'>, approve: boolean): Promise<string> {
  const opened = await inOrganisation(db, school.org, (tx) => openSchoolRun(tx, school.org, plan.fingerprint, approve ? plan.keys : []))
  return opened.runId
}

/** `died`: the process did; `halted`: the signal stopped it. The run stays for a resume in both cases. */
export type Ended = string | null | 'died' | 'halted'

export async function carryOut(world: World, runId: string, meddling: Meddling, signal?: AbortSignal): Promise<Ended> {
  world.model.meddle(meddling)
  try {
    const ended = await executeRun(world.engine, { id: runId, organisationId: world.school.org }, signal)
    await readRegistry(world)
    if (ended === 'failed') for (const chat of engineChats(world)) if (!world.keys.has(chat.number)) world.lost.add(chat)
    return ended
  } catch (error) {
    if (error instanceof Crash) return 'died'
    if (signal?.aborted && error === signal.reason) return 'halted'
    throw error
  }
}

export async function carryOutPerson(world: World, personId: string, meddling: Meddling): Promise<Ended> {
  world.model.meddle(meddling)
  try {
    return await syncPerson(world.engine, { organisationId: world.school.org, personId })
  } catch (error) {
    if (error instanceof Crash) return 'died'
    throw error
  }
}

export async function rename(world: World, chatId: string, title: string): Promise<boolean> {
  const renamed = await renameChat(world.engine, world.school.org, chatId, title, async () => {})
  return renamed.ok
}

export const unfinishedRuns = (db: Database, org: string): Promise<string[]> =>
  inOrganisation(db, org, async (tx) => {
    const rows = await tx
      .selectFrom('sync_run')
      .select('id')
      .where('organisation_id', '=', org)
      .where('state', 'in', ['queued', 'running'])
      .orderBy('requested_at')
      .execute()
    return rows.map((row) => row.id)
  })
