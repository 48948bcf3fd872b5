import { sql } from 'kysely'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import type { Capabilities } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { beginRun, openRun } from '#sync/journal.ts'
import { derivePlan, type Plan, releaseSteps } from '#sync/plan.ts'
import { planInput, readWishes, rememberedSeen } from '#sync/prepare.ts'
import { openDatabaseFor, openStack, round } from './ground.ts'
import { fillSchool, pretendSynchronised, reference } from './reference-school.ts'

const schools = 300
// Both cores at work: PostgreSQL reads one school while the other is planned.
const atOnce = 2

const capabilities: Capabilities = {
  add: 'direct',
  membersAtCreation: 450,
  largestChat: 500,
  title: { longest: 120, forbidden: [] },
  operationsPerRequest: 25,
  requestsPerSecond: 3,
  chatsPerRead: 100,
  membersPerPage: 1000,
}

/**
 * How long does it take to plan a whole region of 300 reference schools after one membership in a hundred has drifted,
 * from what the registry remembers, compared with one bare full outer join of the wanted and the stored memberships?
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { db } = await openDatabaseFor(stack)
  const engine = engineWithout(db)
  const orgs: string[] = []
  for (let number = 0; number < schools; number++) {
    const org = await fillSchool(db, `Школа ${number}`, reference, 1_000_000_000 + number * 10_000)
    orgs.push(org)
    await inOrganisation(db, org, (tx) => registerEverything(tx, engine, org))
    await pretendSynchronised(db, org)
  }
  await sql`vacuum analyze`.execute(db)
  await drift(db)

  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 50)
  let memberships = 0
  let changes = 0
  const queue = [...orgs]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let org = queue.pop(); org !== undefined; org = queue.pop()) {
        const plan = await planSchool(engine, org)
        memberships += plan.chats.reduce((sum, chat) => sum + chat.memberships.length, 0)
        changes += plan.counts.add + plan.counts.remove + plan.counts.held
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  clearInterval(watch)
  const join = await bareJoin(db)
  return {
    schools,
    memberships,
    changes,
    seconds: round(seconds),
    peak_mb: round(peak / 1024 / 1024, 0),
    join_seconds: round(join),
    ratio: round(seconds / join),
  }
}

const engineWithout = (db: Database): Engine => ({
  db,
  clock: systemClock,
  log: { info: () => {}, warn: () => {} },
  messenger: {
    name: 'sferum',
    capabilities,
    actor: async () => 'bench',
    perform: () => Promise.reject(new Error('Planning from memory asks nobody.')),
    health: async () => ({ state: 'well', until: null, reason: null }),
  },
})

const planSchool = (engine: Engine, org: string): Promise<Plan> =>
  inOrganisation(engine.db, org, async (tx) => {
    const wishes = await readWishes(tx, engine, org)
    return derivePlan(planInput(engine, wishes, (chat) => rememberedSeen(chat, 'bench')))
  })

async function registerEverything(tx: Parameters<typeof openRun>[0], engine: Engine, org: string): Promise<void> {
  const wishes = await readWishes(tx, engine, org)
  const plan = derivePlan(planInput(engine, wishes, (chat) => rememberedSeen(chat, 'bench')))
  const { runId } = await openRun(tx, {
    organisationId: org,
    messenger: 'sferum',
    scope: 'school',
    scopeId: null,
    cause: 'button',
    fingerprint: null,
    approved: [],
    requestedBy: null,
  })
  await beginRun(tx, { id: runId, organisationId: org, messenger: 'sferum' }, plan, releaseSteps(plan, new Set()), {
    looked: false,
    counts: {},
  })
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
