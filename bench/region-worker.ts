import { inOrganisation, openDatabase } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import type { Capabilities } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { derivePlan, type Plan } from '#sync/plan.ts'
import { planInput, readWishes, rememberedSeen } from '#sync/prepare.ts'
import { ensureChats, recordMemberships } from '#sync/registry-rows.ts'
import { fillSchool, pretendSynchronised, reference } from './reference-school.ts'

// A process of a region for plan-region: region-worker.ts DATABASE_URL. One task at a time comes in, one answer goes out.

/** Schools to make by their number, or schools to plan by their id. */
export type Task = { fill: number[] } | { plan: string[] }
export type Answer = { schools: number; memberships: number; changes: number; peakMb: number }

const actor = 'bench'
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

const { db } = openDatabase(process.argv[2] ?? '', () => {})
const engine: Engine = {
  db,
  clock: systemClock,
  log: { info: () => {}, warn: () => {} },
  messenger: {
    name: 'sferum',
    capabilities,
    actor: async () => actor,
    perform: () => Promise.reject(new Error('Planning from memory asks nobody.')),
    health: async () => ({ state: 'well', until: null, reason: null }),
  },
}

process.on('message', (task: Task) => void work(task).then((answer) => process.send?.(answer)))
process.on('disconnect', () => process.exit())

async function work(task: Task): Promise<Answer> {
  const answer: Answer = { schools: 0, memberships: 0, changes: 0, peakMb: 0 }
  const note = (plan: Plan) => {
    answer.schools++
    answer.memberships += plan.chats.reduce((sum, chat) => sum + chat.memberships.length, 0)
    answer.changes += plan.counts.add + plan.counts.remove + plan.counts.held
    answer.peakMb = Math.max(answer.peakMb, process.memoryUsage.rss() / 1024 / 1024)
  }
  if ('fill' in task) {
    for (const number of task.fill) await fill(number)
    return answer
  }
  // While PostgreSQL reads one school, the one before it is planned.
  const queue = [...task.plan]
  const planQueue = async () => {
    for (let org = queue.pop(); org !== undefined; org = queue.pop()) note(await planSchool(org))
  }
  await Promise.all([planQueue(), planQueue()])
  return answer
}

async function planSchool(org: string): Promise<Plan> {
  const wishes = await inOrganisation(db, org, (tx) => readWishes(tx, engine, org))
  return derivePlan(planInput(engine, wishes, (chat) => rememberedSeen(chat, actor)))
}

/** A school whose registry says that everything is as it should be. */
async function fill(number: number): Promise<void> {
  const org = await fillSchool(db, `Школа ${number}`, reference, 1_000_000_000 + number * 10_000)
  const { chats } = await planSchool(org)
  await inOrganisation(db, org, async (tx) => {
    await recordMemberships(tx, org, chats, await ensureChats(tx, org, 'sferum', chats))
  })
  await pretendSynchronised(db, org)
}
