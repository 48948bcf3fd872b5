import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { systemClock } from '#lib/clock.ts'
import { openRun } from '#sync/journal.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { openDatabaseFor, openEmulator, openEngine, openStack, round, startProgram } from './ground.ts'
import { fillSchool, type Size, seedFor } from './reference-school.ts'

const size: Size = { classes: 10, pupils: 250, guardians: 430, staff: 20, subjects: 10 }
const requestsPerSecond = 3
const firstAccounts = [400_000_001, 500_000_001]
const steadySeconds = 30

/**
 * Do two worker processes with one vendor credential together keep the rate, and use it? Two schools' runs, one each;
 * the share is of the requests that the vendor allows in the half minute in which both are at work.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { db, url } = await openDatabaseFor(stack)
  const emulator = await openEmulator(stack, seedFor(firstAccounts.map((firstAccount) => ({ size, firstAccount }))))
  const engine = openEngine(db, emulator.url)
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
  for (const [index, firstAccount] of firstAccounts.entries()) {
    const org = await fillSchool(db, `Школа ${index}`, size, firstAccount)
    const made = await makePlan(engine, org, org)
    if (!made.ok) throw new Error('The messenger refused.')
    await inOrganisation(db, org, async (tx) => {
      const asked = { messenger: 'sferum', scope: 'school', scopeId: null, cause: 'button', approved: [], requestedBy: null } as const
      const { runId } = await openRun(tx, { ...asked, organisationId: org, fingerprint: made.plan.fingerprint })
      await enqueueRun(tx, { organisationId: org, runId })
    })
  }
  await sql`vacuum analyze`.execute(db)
  await Promise.all([1, 2].map(() => startProgram(stack, [worker, url, emulator.url])))
  await systemClock.sleep(5000)
  const before = (await emulator.calls()).calls.at(-1)?.n ?? 0
  const started = performance.now()
  await systemClock.sleep(steadySeconds * 1000)
  const { calls, offences } = await emulator.calls(before)
  const seconds = (performance.now() - started) / 1000
  const { rows } = await sql<{ workers: number }>`
    select count(distinct locked_by) as workers from graphile_worker._private_jobs where locked_by is not null`.execute(db)
  return {
    rate_used: round(calls.length / (seconds * requestsPerSecond), 3),
    offences,
    requests: calls.length,
    seconds: round(seconds),
    workers: rows[0]?.workers ?? 0,
  }
}
