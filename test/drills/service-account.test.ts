import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import { memoryBudget } from '#messengers/governor.ts'
import type { Messenger } from '#messengers/messenger.ts'
import { createSferum } from '#messengers/sferum/adapter.ts'
import type { Engine } from '#sync/engine.ts'
import { syncPerson } from '#sync/person.ts'
import { executeRun } from '#sync/run.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import {
  createEngine,
  createSchool,
  link,
  makePlan,
  openSchoolRun,
  serviceUser,
  startEmulatorFor,
  synchronise,
  type TestSchool,
  unlink,
} from '../support/school.ts'

after(stopTestServer)

// VK numbers chats for every account anew: under another service account the number 1 is another chat.

const successor = { userId: 901, token: 'successor-token', rights: ['messages'], name: 'Новая служба' }
const sizes = [{ title: '1А', pupils: 8, classTeachers: 1, guardiansEach: 1 }]

type Person = TestSchool['people'][number]
type Scene = AsyncDisposable & {
  database: TestDatabase
  school: TestSchool
  emulator: VkEmulator
  /** Connected with the account that made the chats, and with the one that came after it. */
  old: Engine
  now: Engine
  late: Person
  leaver: Person
}

/** A school whose chats the old account made; the new one has chats of its own, which have nothing to do with school. */
async function openScene(): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const school = await createSchool(database.db, 'Школа', sizes)
  school.seed.serviceUsers.push(successor)
  const [leaver, late] = school.people.filter(({ role }) => role === 'pupil')
  assert.ok(leaver && late)
  await link(database.db, school, (person) => person !== late)
  const emulator = opened.use(await startEmulatorFor(school))
  const old = createEngine(database.db, emulator.url)
  const budget = { ...memoryBudget(systemClock), claim: async () => ({ granted: 0, waitMs: 0, away: false, troubled: false }) }
  const messenger = createSferum({ url: emulator.url, actor: { mode: 'direct', token: successor.token }, budget })
  for (const title of ['Дача', 'Хор', 'Шахматы']) {
    const body = new URLSearchParams({ title, access_token: successor.token, v: '5.199' })
    await fetch(`${emulator.url}/method/messages.createChat`, { method: 'POST', body })
  }
  const rest = opened.move()
  const now = { ...old, messenger }
  return { database, school, emulator, old, now, late, leaver, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const leaveClass = ({ database, leaver }: Scene) =>
  asSystem(database.db, (tx) => tx.deleteFrom('enrolment').where('person_id', '=', leaver.id).execute())

/** Title → accounts inside without the account that made it, for the chats of one owner. */
const chatsOf = (emulator: VkEmulator, owner: { userId: number }) =>
  emulator
    .chats()
    .filter(({ ownerId }) => ownerId === owner.userId)
    .map(({ title, members }) => [title, members.map(({ id }) => id).filter((id) => id !== owner.userId)] as const)

const privateChats = [
  ['Дача', []],
  ['Хор', []],
  ['Шахматы', []],
]

test('under another service account the chats of the first one are elsewhere: none is made again and none is touched', async () => {
  await using scene = await openScene()
  const { database, school, emulator, old, now, late } = scene
  await synchronise(old, school.org)
  const before = emulator.chats()
  assert.equal(before.length, 6)
  await leaveClass(scene)
  await link(database.db, school, (person) => person === late)

  const { state, plan } = await synchronise(now, school.org)
  assert.deepEqual([state, plan.counts.unreadable, plan.counts.create, plan.empty], ['done', 3, 0, true])
  await syncPerson(now, { organisationId: school.org, personId: late.id })
  await unlink(database.db, school.people[0]?.id ?? '')
  await syncPerson(now, { organisationId: school.org, personId: school.people[0]?.id ?? '' })
  assert.deepEqual(emulator.chats(), before)
})

test('a class that is new since then gets its chats from the new account, once, and the old ones are gone on with when it is back', async () => {
  await using scene = await openScene()
  const { database, school, emulator, old, now, late, leaver } = scene
  await synchronise(old, school.org)
  const ofOld = chatsOf(emulator, serviceUser)
  await addClass(scene, '2А')
  for (let run = 0; run < 2; run++) assert.equal((await synchronise(now, school.org)).state, 'done')
  const teacher = school.people[0]?.account
  assert.deepEqual(chatsOf(emulator, serviceUser), ofOld)
  const made = [
    ['Школа - 2А - Родительский чат', [teacher]],
    ['Школа - 2А - Чат класса', [teacher]],
  ]
  assert.deepEqual(chatsOf(emulator, successor).sort(), [...privateChats, ...made])

  await leaveClass(scene)
  await link(database.db, school, (person) => person === late)
  assert.equal((await synchronise(old, school.org)).state, 'done')
  const ofClass = Object.fromEntries(chatsOf(emulator, serviceUser))['Школа - 1А - Чат класса']
  assert.ok(ofClass?.includes(late.account) && !ofClass.includes(leaver.account))
  assert.deepEqual(chatsOf(emulator, successor).sort(), [...privateChats, ...made])
  assert.equal(emulator.chats().length, 8)
})

class Crash extends Error {}

test('a run that the first account began is not gone on with in another account’s chats of the same numbers', async () => {
  await using scene = await openScene()
  const { database, school, emulator, old, now } = scene
  const plan = await makePlan(old, school.org)
  const { runId } = await inOrganisation(database.db, school.org, (tx) => openSchoolRun(tx, school.org, plan.fingerprint))
  const run = { id: runId, organisationId: school.org }
  // The process is killed once the chats are made and before everybody is in; it starts again with another token.
  let requests = 0
  const perform: Messenger['perform'] = async (operations, ...rest) => {
    if (operations.some(({ kind }) => kind === 'add-member') && ++requests === 1) throw new Crash()
    return old.messenger.perform(operations, ...rest)
  }
  await assert.rejects(executeRun({ ...old, messenger: { ...old.messenger, perform } }, run), Crash)
  const ofOld = chatsOf(emulator, serviceUser)
  assert.equal(ofOld.length, 3)
  await executeRun(now, run)
  assert.deepEqual(chatsOf(emulator, successor), privateChats)
  assert.deepEqual(chatsOf(emulator, serviceUser), ofOld)

  await synchronise(old, school.org)
  assert.equal((await makePlan(old, school.org)).empty, true)
  assert.equal(emulator.chats().length, 6)
})

function addClass({ database, school }: Scene, title: string): Promise<void> {
  return asSystem(database.db, async (tx) => {
    const organisation_id = school.org
    const { id: yearId } = await tx.selectFrom('academic_year').select('id').executeTakeFirstOrThrow()
    const { id } = await tx.insertInto('school_class').values({ organisation_id }).returning('id').executeTakeFirstOrThrow()
    await tx.insertInto('class_name').values({ organisation_id, class_id: id, academic_year_id: yearId, title }).execute()
    const person_id = school.people[0]?.id ?? assert.fail()
    await tx.insertInto('class_teacher').values({ organisation_id, class_id: id, person_id, starts_on: '2026-09-01' }).execute()
  })
}
