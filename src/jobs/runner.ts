import { type ParsedCronItem, parseCronItems, run, runMigrations, Logger as WorkerLogger } from 'graphile-worker'
import type { Log } from '#lib/log.ts'

/** A job says which thing to look at, never what happened: running it twice is harmless. `signal` aborts at shutdown. */
export type Task = (
  payload: unknown,
  context: { signal: AbortSignal; jobId: string; attempt: number; lastAttempt: boolean },
) => Promise<void>
export type Tasks = Record<string, Task>
/** For example { task: 'resume-runs', match: '* * * * *' }. */
export type CronItem = { task: string; match: string }

export type Runner = { running: () => boolean; stop: () => Promise<void> }

/** The queue's own schema (graphile_worker). */
export async function migrateJobs(connectionString: string): Promise<void> {
  await runMigrations({ connectionString, maxPoolSize: 2, logger: silence })
}

/**
 * Runs the queue. `urgent` tasks have workers of their own: what a person waits for must not stand behind runs that take
 * an hour each.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { tasks, cron, urgent = [] } = options
  const isUrgent = ([name]: [string, Task]) => urgent.includes(name)
  const all = Object.entries(tasks)
  const runners = [await startOne({ ...options, tasks: Object.fromEntries(all.filter((task) => !isUrgent(task))), cron })]
  if (all.some(isUrgent)) runners.push(await startOne({ ...options, tasks: Object.fromEntries(all.filter(isUrgent)), cron: [] }))
  return {
    running: () => runners.every((runner) => runner.running()),
    stop: async () => void (await Promise.all(runners.map((runner) => runner.stop()))),
  }
}

type RunnerOptions = {
  connectionString: string
  tasks: Tasks
  cron: CronItem[]
  urgent?: readonly string[]
  log: Log
  /** Jobs at once, of each kind. */
  concurrency?: number
  onJob?: (task: string, outcome: 'done' | 'failed', seconds: number) => void
}

async function startOne(options: RunnerOptions): Promise<Runner> {
  const { connectionString, tasks, cron, log, concurrency = 4 } = options
  const shutdown = new AbortController()
  const items: ParsedCronItem[] = parseCronItems(cron.map((item) => ({ ...item, options: { backfillPeriod: 0 } })))
  const runner = await run({
    connectionString,
    maxPoolSize: concurrency + 3,
    concurrency,
    noHandleSignals: true,
    pollInterval: 1000,
    gracefulShutdownAbortTimeout: 2000,
    parsedCronItems: items,
    logger: logTo(log),
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        async (payload, helpers) => {
          const started = performance.now()
          const { job } = helpers
          try {
            await task(payload, {
              signal: shutdown.signal,
              jobId: job.id,
              attempt: job.attempts,
              lastAttempt: job.attempts >= job.max_attempts,
            })
            options.onJob?.(name, 'done', (performance.now() - started) / 1000)
          } catch (error) {
            options.onJob?.(name, 'failed', (performance.now() - started) / 1000)
            log.error({ err: error, task: name, job: job.id, attempt: job.attempts }, 'job failed')
            throw error
          }
        },
      ]),
    ),
  })
  let running = true
  const ended = runner.promise
    .catch((error: unknown) => log.error({ err: error }, 'job runner ended'))
    .finally(() => {
      running = false
    })
  return {
    running: () => running,
    stop: async () => {
      shutdown.abort(new Error('shutting down'))
      if (running) await runner.stop()
      await ended
    },
  }
}

const silence = new WorkerLogger(() => () => {})

// graphile-worker says at `info` what is of interest only to somebody who looks for it, and repeats each failed job, payload and all.
function logTo(log: Log): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    if (level === 'error' && !message.startsWith('Failed task')) log.error({ room: 'jobs' }, message)
    else log.debug({ room: 'jobs' }, message)
  })
}
