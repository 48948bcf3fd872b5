import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { asSystem, type Database } from '#db/database.ts'
import { openDatabaseFor, openStack, round } from './ground.ts'
import type { Answer, Task } from './region-worker.ts'

const schools = 300
// A process for each core, as a region would run them.
const processes = 2

/**
 * How long does it take to plan a whole region of 300 reference schools after one membership in a hundred has drifted,
 * from what the registry remembers, compared with one bare full outer join of the wanted and the stored memberships?
 * `peak_mb` is the sum of the processes that plan.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { db, url } = await openDatabaseFor(stack)
  const workers = Array.from({ length: processes }, () => startWorker(stack, url))
  const numbers = Array.from({ length: schools }, (_, number) => number)
  await Promise.all(workers.map((worker, nth) => worker({ fill: numbers.filter((number) => number % processes === nth) })))
  await sql`vacuum analyze`.execute(db)
  await drift(db)

  const orgs = await asSystem(db, (tx) => tx.selectFrom('organisation').select('id').orderBy('id').execute())
  const started = performance.now()
  const answers = await Promise.all(
    workers.map((worker, nth) => worker({ plan: orgs.flatMap(({ id }, index) => (index % processes === nth ? [id] : [])) })),
  )
  const seconds = (performance.now() - started) / 1000
  const sum = (field: keyof Answer) => answers.reduce((total, answer) => total + answer[field], 0)
  const join = await bareJoin(db)
  return {
    schools: sum('schools'),
    memberships: sum('memberships'),
    changes: sum('changes'),
    seconds: round(seconds),
    peak_mb: round(sum('peakMb'), 0),
    join_seconds: round(join),
    ratio: round(seconds / join),
  }
}

/** A process that is asked one thing at a time. */
function startWorker(stack: AsyncDisposableStack, url: string): (task: Task) => Promise<Answer> {
  const child: ChildProcess = fork(fileURLToPath(new URL('region-worker.ts', import.meta.url)), [url])
  const gone = once(child, 'exit')
  stack.defer(async () => {
    child.disconnect()
    await gone
  })
  return async (task) => {
    child.send(task)
    const [answer] = await Promise.race([
      once(child, 'message'),
      gone.then(() => {
        throw new Error('A planning process ended before it answered.')
      }),
    ])
    return answer as Answer
  }
}

/** One membership in a hundred is missing from the registry. */
async function drift(db: Database): Promise<void> {
  await asSystem(db, (tx) => sql`delete from chat_member where abs(hashtext(chat_id::text || person_id::text)) % 100 = 0`.execute(tx))
}

/** The two sets of memberships joined, and nothing else: what any comparison has to do at least. */
async function bareJoin(db: Database): Promise<number> {
  return asSystem(db, async (tx) => {
    await sql`create temp table wanted on commit drop as select chat_id, person_id from chat_member`.execute(tx)
    await sql`create temp table stored on commit drop as select chat_id, person_id, role, state, external_id from chat_member`.execute(tx)
    await sql`analyze wanted`.execute(tx)
    await sql`analyze stored`.execute(tx)
    const started = performance.now()
    await sql`select count(*) from (
      select coalesce(wanted.chat_id, stored.chat_id), coalesce(wanted.person_id, stored.person_id), stored.role, stored.state, stored.external_id
      from wanted full join stored using (chat_id, person_id)
      where wanted.chat_id is null or stored.chat_id is null or stored.state <> 'member') differing`.execute(tx)
    return (performance.now() - started) / 1000
  })
}
