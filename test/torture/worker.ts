import { flushCompileCache } from 'node:module'
import { openDatabase } from '#db/database.ts'
import { databaseRateBudget } from '#db/rate-budget.ts'
import { enqueueResume } from '#jobs/enqueue.ts'
import { startRunner } from '#jobs/runner.ts'
import { syncTasks } from '#jobs/sync-tasks.ts'
import { systemClock } from '#lib/clock.ts'
import { createLog } from '#lib/log.ts'
import { createSferum } from '#messengers/sferum/adapter.ts'
import type { Engine } from '#sync/engine.ts'

// The working half of src/house.ts and nothing else: it starts in a fraction of the time, and nobody waits in it.
// It is made to be killed; nothing is closed in an orderly way.

const { DATABASE_URL = '', SFERUM_API_URL = '', SFERUM_TOKEN = '' } = process.env
// Whoever started it is gone: nobody would kill it any more.
process.stdin.on('end', () => process.exit()).resume()

const log = createLog('warn')
const { db } = openDatabase(DATABASE_URL, () => {})
const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 5), signal) }
const budget = { ...databaseRateBudget(db), claim: async () => ({ granted: 0, waitMs: 0, away: false, troubled: false }) }
const actor = { mode: 'direct', token: SFERUM_TOKEN } as const
const engine: Engine = { db, clock, log, messenger: createSferum({ url: SFERUM_API_URL, actor, budget, clock }) }
await startRunner({ connectionString: DATABASE_URL, ...syncTasks(engine), log })
await enqueueResume(db)
// Whoever is killed leaves no compile cache behind, and those who come after would start as slowly.
flushCompileCache()
