import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { type Database, inOrganisation } from '#db/database.ts'
import { enqueuePersonSync, enqueueRun } from '#jobs/enqueue.ts'
import { systemClock } from '#lib/clock.ts'
import { openRun } from '#sync/journal.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { openDatabaseFor, openEmulator, openEngine, openStack, percentile, round, startProgram } from './ground.ts'
import { chatsOf, fillSchool, reference, type Size, seedFor } from './reference-school.ts'
import { synchronise } from './synced-school.ts'

const small: Size = { classes: 3, pupils: 75, guardians: 130, staff: 6, subjects: 10 }
const [smallAccounts, bigAccounts] = [400_000_001, 500_000_001]
const tries = 20

/**
 * How long does a person wait from linking until they are in all their chats, alone and while a run of ten thousand
 * steps is under way? A worker process of its own does the work, as in life; the person belongs to another school of the
 * same vendor credential, so that only the lanes help.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { db, url } = await openDatabaseFor(stack)
  const seed = seedFor([
    { size: small, firstAccount: smallAccounts },
    { size: reference, firstAccount: bigAccounts },
  ])
  const emulator = await openEmulator(stack, seed)
  const engine = openEngine(db, emulator.url)
  const org = await fillSchool(db, 'Малая', small, smallAccounts, false)
  const big = await fillSchool(db, 'Большая', reference, bigAccounts)
  await sql`vacuum analyze`.execute(db)
  // Adults first: pupils may come in only where one is.
  const adults = Array.from({ length: small.staff }, (_, index) => small.pupils + small.guardians + 1 + index)
  for (const number of adults) await linkPerson(db, org, number)
  await synchronise(engine, emulator, org, 1000, chatsOf(small))
  await startProgram(stack, [fileURLToPath(new URL('./worker.ts', import.meta.url)), url, emulator.url])

  const idle: number[] = []
  for (let number = 1; number <= tries; number++) idle.push(await secondsUntilInside(db, org, number))
  const made = await makePlan(engine, big, big)
  if (!made.ok) throw new Error('The messenger refused.')
  const { counts } = made.plan
  const runId = await start(db, big, made.plan.fingerprint)
  await systemClock.sleep(5000)
  const loaded: number[] = []
  for (let number = tries + 1; number <= tries * 2; number++) loaded.push(await secondsUntilInside(db, org, number))
  const state = await inOrganisation(db, big, (tx) =>
    tx.selectFrom('sync_run').select('state').where('id', '=', runId).executeTakeFirstOrThrow(),
  )
  if (state.state !== 'running') throw new Error(`The long run was ${state.state} before the last person had linked.`)
  const { offences } = await emulator.calls()
  return {
    people: tries * 2,
    steps_of_the_run: counts.create + counts.add,
    p50_s_idle: round(percentile(idle, 0.5)),
    p95_s_idle: round(percentile(idle, 0.95)),
    p50_s_loaded: round(percentile(loaded, 0.5)),
    p95_s_loaded: round(percentile(loaded, 0.95)),
    offences,
  }
}

/** The link and the job that follows it, in one transaction, as src/links does it. */
async function linkPerson(db: Database, org: string, number: number): Promise<string> {
  return inOrganisation(db, org, async (tx) => {
    const { rows } = await sql<{ person_id: string }>`
      insert into link (organisation_id, person_id, system, external_id)
      select organisation_id, id, 'sferum', ${String(smallAccounts + number - 1)} from person
      where organisation_id = ${org} and external_id = ${String(number)} returning person_id`.execute(tx)
    const personId = rows[0]?.person_id ?? ''
    await enqueuePersonSync(tx, { organisationId: org, personId })
    return personId
  })
}

async function secondsUntilInside(db: Database, org: string, number: number): Promise<number> {
  const started = performance.now()
  const personId = await linkPerson(db, org, number)
  for (;;) {
    const { rows } = await inOrganisation(db, org, (tx) =>
      sql<{ total: number; inside: number }>`
        select count(*) as total, count(*) filter (where state = 'member') as inside from chat_member where person_id = ${personId}::uuid`.execute(
        tx,
      ),
    )
    const seconds = (performance.now() - started) / 1000
    if (rows[0] && rows[0].total > 0 && rows[0].inside === rows[0].total) return seconds
    if (seconds > 60) throw new Error('A person was not in all their chats after a minute.')
    await systemClock.sleep(10)
  }
}

function start(db: Database, org: string, fingerprint: string): Promise<string> {
  return inOrganisation(db, org, async (tx) => {
    const asked = { messenger: 'sferum', scope: 'school', scopeId: null, cause: 'button', approved: [], requestedBy: null } as const
    const { runId } = await openRun(tx, { ...asked, organisationId: org, fingerprint })
    await enqueueRun(tx, { organisationId: org, runId })
    return runId
  })
}
