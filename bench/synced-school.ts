import { asSystem, inOrganisation } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import { openRun } from '#sync/journal.ts'
import { executeRun } from '#sync/run.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { ensureDemoSchool } from '../tools/demo-school.ts'
import { openDatabaseFor, openEmulator, openEngine } from './ground.ts'

/** The demo school after its first synchronisation, and what that took from «Да» to the end. */
export async function openSyncedSchool(stack: AsyncDisposableStack) {
  const { db } = await openDatabaseFor(stack)
  const emulator = await openEmulator(stack)
  await ensureDemoSchool(db)
  const engine = openEngine(db, emulator.url)
  const { id: org } = await asSystem(db, (tx) =>
    tx.selectFrom('organisation').select('id').where('name', '=', 'Демо школа').executeTakeFirstOrThrow(),
  )
  await engine.messenger.actor()
  const synchronise = async () => {
    const made = await makePlan(engine, org, org)
    if (!made.ok) throw new Error(`The messenger refused: ${made.refusal.code}`)
    // Whoever presses «Да» has read the plan: the places that planning took in the rate have passed by then.
    await systemClock.sleep(1000)
    await emulator.forgetCalls()
    const started = performance.now()
    const { runId } = await inOrganisation(db, org, (tx) =>
      openRun(tx, {
        organisationId: org,
        messenger: 'sferum',
        scope: 'school',
        scopeId: null,
        fingerprint: made.plan.fingerprint,
        approved: [],
        requestedBy: null,
      }),
    )
    const state = await executeRun(engine, { id: runId, organisationId: org })
    const seconds = (performance.now() - started) / 1000
    const { calls } = await emulator.calls()
    const requests = calls.filter((call) => call.method === 'execute')
    return {
      seconds,
      state,
      plan: made.plan,
      requests: requests.length,
      calls: requests.reduce((sum, call) => sum + call.packed.length, 0),
    }
  }
  const first = await synchronise()
  if (first.state !== 'done' && first.state !== 'partly-failed') throw new Error(`The run ended as ${first.state}.`)
  return { db, emulator, engine, org, first, synchronise }
}
