import { sql } from 'kysely'
import type { RunState } from '#contract/kinds.ts'
import { type Database, inOrganisation } from '#db/database.ts'
import { type Lane, MessengerError } from '#messengers/messenger.ts'
import { applyRun, type RunRef } from './apply.ts'
import { type Engine, SyncError } from './engine.ts'
import { beginRun, finishRun, type Selection, skipOvertaken } from './journal.ts'
import type { Plan, Step } from './plan.ts'
import { type Asked, planFor, releaseFor } from './scope.ts'
import type { Failure } from './settle.ts'
import { failureOf } from './work.ts'

const lookForStopEveryMs = 400

/**
 * Carries a run to its end: from `queued` by planning again and comparing with what was approved, from `running` (a
 * crash came between, or it was stopped and is to go on) with the recorded steps. Harmless when repeated or run twice at
 * once.
 * @param signal stops between requests at shutdown; the run stays `running` and is gone on with later
 * @returns the run's state, or null when another process is at it
 */
export async function executeRun(engine: Engine, run: RunRef, signal?: AbortSignal): Promise<RunState | null> {
  return withRunLock(engine.db, run.id, async () => {
    const row = await inOrganisation(engine.db, run.organisationId, (tx) =>
      tx
        .selectFrom('sync_run')
        .select(['state', 'scope', 'scope_id', 'cause', 'fingerprint', 'approved', 'selection', 'stop_requested_at', 'progress_at'])
        .where('id', '=', run.id)
        .executeTakeFirst(),
    )
    if (row === undefined || (row.state !== 'queued' && row.state !== 'running')) return row?.state ?? null
    if (row.stop_requested_at !== null) return finish(engine, run, { state: 'stopped' })
    // A person's run is recorded with its steps; whoever goes on with it after a crash is as urgent.
    const lane: Lane = row.scope === 'person' || row.scope === 'chat' ? 'person' : 'run'
    // Written by openRun in this form.
    const asked: Asked = { scope: row.scope, scopeId: row.scope_id, cause: row.cause, selection: row.selection as Selection }
    try {
      if (row.state === 'queued') {
        const plan = await planFor(engine, run.organisationId, asked, lane)
        if (row.fingerprint !== null && plan.fingerprint !== row.fingerprint) return await finish(engine, run, { state: 'stale' })
        // Written by openRun as a list of chat keys.
        await begin(engine, run, plan, asked, new Set(row.approved as string[]))
      } else if (isLongAgo(engine, row.progress_at)) await skipWhatNobodyWants(engine, run, asked, lane, new Set(row.approved as string[]))
      return await work(engine, run, lane, signal)
    } catch (error) {
      const failure = runFailureOf(error)
      if (failure === null) throw error
      return await finish(engine, run, { state: 'failed', failure })
    }
  })
}

/** Applies the recorded steps of a run that was begun just now, under its lock. null: another process is at it. */
export const carryOut = (engine: Engine, run: RunRef, lane: Lane, signal?: AbortSignal): Promise<RunState | null> =>
  withRunLock(engine.db, run.id, () => work(engine, run, lane, signal))

async function work(engine: Engine, run: RunRef, lane: Lane, shutdown?: AbortSignal): Promise<RunState> {
  await using stop = watchForStop(engine, run)
  const signal = shutdown ? AbortSignal.any([shutdown, stop.signal]) : stop.signal
  try {
    const failure = await applyRun(engine, run, lane, signal)
    return await finish(engine, run, failure ? { state: 'failed', failure } : { state: 'finished' })
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return finish(engine, run, { state: 'stopped' })
    throw error
  }
}

/** «Остановить» is a mark in the database: whichever process works on the run finds it within half a second. */
function watchForStop(engine: Engine, run: RunRef): { signal: AbortSignal; [Symbol.asyncDispose]: () => Promise<void> } {
  const stop = new AbortController()
  const over = new AbortController()
  const look = async (): Promise<void> => {
    while (!over.signal.aborted && !stop.signal.aborted) {
      const row = await inOrganisation(engine.db, run.organisationId, (tx) =>
        tx.selectFrom('sync_run').select('stop_requested_at').where('id', '=', run.id).executeTakeFirst(),
      )
      if (row?.stop_requested_at) stop.abort(new Error('Somebody stopped this run.'))
      else await systemPause(over.signal)
    }
  }
  const looking = look().catch((error: unknown) => engine.log.warn({ run: run.id, err: error }, 'could not look whether to stop'))
  return {
    signal: stop.signal,
    [Symbol.asyncDispose]: async () => {
      over.abort()
      await looking
    },
  }
}

// Real time on purpose: the person who pressed the button waits in it.
const systemPause = (over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      over.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, lookForStopEveryMs)
    over.addEventListener('abort', end, { once: true })
  })

const overtakenAfterMs = 15 * 60_000
/** After a stop or a long outage the world may want something else than it did when these steps were approved. */
const isLongAgo = (engine: Engine, progressAt: Date | null): boolean =>
  progressAt === null || engine.clock.now() - progressAt.getTime() > overtakenAfterMs

/** Steps that a plan made now would not contain are left out; new wishes wait for the next run. */
async function skipWhatNobodyWants(engine: Engine, run: RunRef, asked: Asked, lane: Lane, approved: ReadonlySet<string>): Promise<void> {
  const plan = await planFor(engine, run.organisationId, asked, lane)
  const wanted = releaseFor(plan, asked, approved).flatMap(({ steps }) => steps.map(identityOf))
  await inOrganisation(engine.db, run.organisationId, (tx) => skipOvertaken(tx, run.id, new Set(wanted), identityOf))
}

const identityOf = (step: Step): string =>
  [step.kind, step.key, 'personId' in step ? step.personId : '', 'account' in step ? step.account : ''].join(' ')

/** What went wrong with the messenger as a whole; null: not the messenger, so not ours to swallow. */
function runFailureOf(error: unknown): Failure | null {
  if (error instanceof MessengerError) return failureOf(error)
  return error instanceof SyncError ? { kind: 'unavailable', vendorCode: null } : null
}

const begin = (engine: Engine, run: RunRef, plan: Plan, asked: Asked, approved: ReadonlySet<string>): Promise<void> =>
  inOrganisation(engine.db, run.organisationId, (tx) =>
    beginRun(tx, { ...run, messenger: engine.messenger.name }, plan, releaseFor(plan, asked, approved), {
      looked: true,
      counts: plan.counts,
    }),
  )

async function finish(engine: Engine, run: RunRef, end: Parameters<typeof finishRun>[2]): Promise<RunState> {
  const state = await inOrganisation(engine.db, run.organisationId, (tx) => finishRun(tx, run.id, end))
  engine.log.info({ run: run.id, organisation: run.organisationId, state }, 'run ended')
  return state
}

/**
 * One process at a time works on a run. The lock belongs to a database connection, so a killed process gives it back
 * by dying.
 */
function withRunLock<T>(db: Database, runId: string, work: () => Promise<T>): Promise<T | null> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(hashtextextended(${runId}, 0)) as locked`.execute(
      connection,
    )
    if (!rows[0]?.locked) return null
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${runId}, 0))`.execute(connection)
    }
  })
}
