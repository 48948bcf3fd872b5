import { type QueryExecutorProvider, sql } from 'kysely'

export type EnqueueOptions = {
  /** A job with the same key that has not started yet is replaced: one job per thing, however often it is asked for. */
  key?: string
  /**
   * `replace` moves run_at to the new time, `preserve_run_at` keeps the old one, `unsafe_dedupe` does nothing when the key exists
   * (even while that job runs: what changed after its start would be missed).
   */
  keyMode?: 'replace' | 'preserve_run_at' | 'unsafe_dedupe'
  /** Jobs of one queue run one after another. */
  queue?: string
  runAt?: Date
  maxAttempts?: number
  /** Lower runs earlier. */
  priority?: number
}

/** Inside the caller's transaction: the job exists exactly when the change that wanted it does. */
export async function enqueue(tx: QueryExecutorProvider, task: string, payload: object, options: EnqueueOptions = {}): Promise<void> {
  await sql`
    select graphile_worker.add_job(
      ${task}::text,
      payload => ${JSON.stringify(payload)}::json,
      queue_name => ${options.queue ?? null}::text,
      run_at => ${options.runAt ?? null}::timestamptz,
      max_attempts => ${options.maxAttempts ?? null}::int,
      job_key => ${options.key ?? null}::text,
      priority => ${options.priority ?? null}::int,
      job_key_mode => ${options.keyMode ?? 'replace'}::text
    )`.execute(tx)
}

/** A school's run waits in the database for whichever worker is free. */
export const enqueueRun = (tx: QueryExecutorProvider, run: { organisationId: string; runId: string }): Promise<void> =>
  enqueue(tx, 'run-sync', run, { key: `run:${run.runId}`, maxAttempts: 5 })

/** «Look at this person»: however often their link changes meanwhile, it is one job. Before the schools' runs in the queue. */
export const enqueuePersonSync = (
  tx: QueryExecutorProvider,
  person: { organisationId: string; personId: string; requestedBy?: string },
): Promise<void> => enqueue(tx, 'sync-person', person, { key: `sync:sferum:${person.organisationId}:${person.personId}`, priority: -10 })

/** «Look at this chat», a moment later: events come in flocks, and one look answers all of them. */
export const enqueueChatLook = (tx: QueryExecutorProvider, chat: { organisationId: string; chatId: string }): Promise<void> =>
  enqueue(tx, 'observe-chat', chat, {
    key: `observe:${chat.chatId}`,
    keyMode: 'preserve_run_at',
    runAt: new Date(Date.now() + 500),
    priority: -5,
    maxAttempts: 5,
  })

/** «Look at this school»; schools are looked at one after another, after everything that somebody waits for. */
export const enqueueSchoolLook = (tx: QueryExecutorProvider, school: { organisationId: string }): Promise<void> =>
  enqueue(tx, 'observe-school', school, { key: `observe:school:${school.organisationId}`, queue: 'observe', priority: 10, maxAttempts: 1 })

/** «Look for what a crash left unfinished.» */
export const enqueueResume = (tx: QueryExecutorProvider): Promise<void> => enqueue(tx, 'resume-sync', {}, { key: 'resume-sync' })
