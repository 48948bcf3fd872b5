import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { asSystem } from '#db/database.ts'
import { migrateJobs } from '#jobs/runner.ts'
import { systemClock } from '#lib/clock.ts'
import { runChannel } from '#sync/journal.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { serviceUser, startEmulatorFor } from '../support/school.ts'
import { openGate } from './gate.ts'
import { seedAccounts } from './schools.ts'
import { openTrigger, type Trigger } from './trigger.ts'
import { launch, type Program, type Victim } from './victim.ts'

/** One database and one messenger; processes that work on them come and go. */
export type World = AsyncDisposable & {
  database: TestDatabase
  emulator: VkEmulator
  trigger: Trigger
  launch: (program: Program) => Promise<Victim>
  /** To be told after every death: jobs that the dead process holds are not under way any more. */
  bury: (victim: Victim) => Promise<void>
  /** Settles when no run is unfinished and no job is waiting or under way; false: not within the time. */
  whenQuiet: (forMs: number, signal?: AbortSignal) => Promise<boolean>
  /** The states of these schools' own last runs, where they ended otherwise than well. */
  readUnwell: (orgs: readonly string[]) => Promise<string[]>
  countUnfinished: () => Promise<number>
  /** Chats that were reported as duplicates. */
  reported: Set<number>
}

const lookEveryMs = 20
// What is due later belongs to the future, not to this round.
const soon = '15 seconds'

/** Opens a database with a job queue, an emulator that knows the accounts of so many schools, and the gate between. */
export async function openWorld(schools: number): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  await migrateJobs(database.url)
  const seed = { clients: [], accounts: seedAccounts(schools), communities: [], serviceUsers: [serviceUser] }
  const emulator = opened.use(await startEmulatorFor({ seed }))
  const gate = opened.use(await openGate(emulator.url))
  const trigger = openTrigger(gate)
  const listener = new pg.Client({ connectionString: database.url })
  await listener.connect()
  opened.defer(() => listener.end())
  listener.on('notification', () => trigger.noteCommit())
  await listener.query(`listen ${pg.escapeIdentifier(runChannel)}`)
  const folder = await mkdtemp(join(tmpdir(), 'aiti-torture-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))

  const env = {
    DATABASE_URL: database.url,
    DATA_FOLDER: folder,
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    SFERUM_API_URL: gate.url,
    SFERUM_TOKEN: serviceUser.token,
    VKID_CLIENT_ID: '1',
    VKID_URL: gate.url,
  }
  const { pool } = database
  const dead = new Set<string>()
  let jobsBefore = '0'
  const readLook = async () => {
    const { rows } = await pool.query<{ busy: number; jobs: string }>(
      `select (select count(*) from graphile_worker.jobs
               where attempts < max_attempts and run_at < now() + $2::interval and id <> all($1::bigint[])) as busy,
              (select coalesce(last_value, 0)::text from pg_sequences
               where schemaname = 'graphile_worker' and sequencename like '%jobs_id_seq%') as jobs`,
      [[...dead], soon],
    )
    return rows[0] ?? { busy: 0, jobs: '0' }
  }
  const countUnfinished = () =>
    asSystem(database.db, async (tx) => {
      const open = tx.selectFrom('sync_run').select('id').where('state', 'in', ['queued', 'running'])
      return (await open.execute()).length
    })
  const rest = opened.move()
  return {
    database,
    emulator,
    trigger,
    countUnfinished,
    reported: new Set(),
    launch: async (program) => {
      jobsBefore = (await readLook()).jobs
      return launch(program, env)
    },
    bury: async (victim) => {
      // The server may still be carrying out what the dead process asked last.
      for (let look = 0; look < 200; look++) {
        const { rowCount } = await pool.query('select from pg_stat_activity where application_name = $1', [victim.name])
        if (rowCount === 0) break
        await systemClock.sleep(5)
      }
      const { rows } = await pool.query<{ id: string }>('select id from graphile_worker.jobs where locked_at is not null')
      for (const { id } of rows) dead.add(String(id))
    },
    readUnwell: (orgs) =>
      asSystem(database.db, async (tx) => {
        const runs = await tx
          .selectFrom('sync_run')
          .distinctOn('organisation_id')
          .select('state')
          .where('organisation_id', 'in', orgs)
          .where('scope', '=', 'school')
          .orderBy('organisation_id')
          .orderBy('requested_at', 'desc')
          .execute()
        return runs.map((run) => run.state).filter((state) => state !== 'done')
      }),
    whenQuiet: async (forMs, signal) => {
      const deadline = performance.now() + forMs
      while (performance.now() < deadline && !signal?.aborted) {
        // A process that has just started has not asked yet what there is to go on with: its question is a new job.
        const { busy, jobs } = await readLook()
        if (busy === 0 && BigInt(jobs) > BigInt(jobsBefore) && (await countUnfinished()) === 0) return true
        await systemClock.sleep(lookEveryMs)
      }
      return false
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}
