import { sql } from 'kysely'
import { inOrganisation } from '#db/database.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { openStack, round } from './ground.ts'
import { chatsOf, reference } from './reference-school.ts'
import { openReferenceSchool, synchronise } from './synced-school.ts'

/**
 * What does it cost to find that nothing has changed, and what to carry out a change of one in a hundred memberships?
 * reads: requests of one look at all 361 chats. The delta: pupils leave the school, so that their chats lose them.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { engine, emulator, org } = await openReferenceSchool(stack)
  const chats = chatsOf(reference)
  const first = await synchronise(engine, emulator, org, 1000, chats)
  const last = (await emulator.calls()).calls.at(-1)?.n ?? 0
  const started = performance.now()
  const made = await makePlan(engine, org, org)
  const seconds = (performance.now() - started) / 1000
  if (!made.ok || !made.plan.empty) throw new Error('The second plan is not empty.')
  const { calls: looked } = await emulator.calls(last)
  const writes = looked.flatMap((call) => call.packed).filter((method) => !method.includes('.get')).length

  // Nine pupils leave: each was in the chat of the class and in ten of its subjects.
  const leavers = Math.round((first.plan.counts.add * 0.01) / 11)
  await inOrganisation(engine.db, org, (tx) =>
    sql`update enrolment set ends_on = '2026-09-02' where person_id in (
      select id from person where organisation_id = ${org} and external_id::int <= ${leavers})`.execute(tx),
  )
  const delta = await synchronise(engine, emulator, org, 1000, chats)
  return {
    writes,
    reads: looked.length,
    goal_reads: Math.ceil(chats / 25) + 1,
    seconds: round(seconds),
    delta_changes: delta.plan.counts.remove + delta.plan.counts.add,
    delta_calls: delta.calls,
    delta_requests: delta.requests,
    delta_seconds: round(delta.seconds),
    offences: delta.offences,
  }
}
