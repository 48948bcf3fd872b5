import { openDatabase } from '#db/database.ts'
import { startRunner } from '#jobs/runner.ts'
import { syncTasks } from '#jobs/sync-tasks.ts'
import { createLog } from '#lib/log.ts'
import { openEngine } from './ground.ts'

// A worker process for benches: worker.ts DATABASE_URL MESSENGER_URL. It ends with its standard input.

const [databaseUrl = '', messengerUrl = ''] = process.argv.slice(2)
const { db, close } = openDatabase(databaseUrl, () => {})
const runner = await startRunner({
  connectionString: databaseUrl,
  ...syncTasks(openEngine(db, messengerUrl)),
  log: createLog('silent'),
  concurrency: 1,
})
process.on('SIGTERM', () => void runner.stop().then(close))
