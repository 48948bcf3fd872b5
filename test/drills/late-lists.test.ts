import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chatSettings } from '#contract/chat-settings.ts'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import { saveSettings } from '#sync/settings.ts'
import { startVkEmulator, type VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import { chatsByTitle, createEngine, createSchool, link, makePlan, synchronise, type TestSchool } from '../support/school.ts'

after(stopTestServer)

// microsoftgraph/microsoft-graph-docs-contrib#8136, classroom50#209: a list that is read after a write does
// not show it yet. microsoft-graph-docs#12063: it may stay so for a quarter of an hour.

const minute = 60_000
const sizes = [{ title: '1А', pupils: 10, classTeachers: 1, guardiansEach: 1 }]
const ofClass = 'Школа - 1А - Чат класса'

type Scene = AsyncDisposable & {
  database: TestDatabase
  school: TestSchool
  emulator: VkEmulator
  engine: Engine
  /** So many minutes go by at the messenger. */
  pass: (minutes: number) => void
  /** From now on its lists are so many minutes behind. */
  lag: (minutes: number) => void
}

async function openScene(): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const school = await createSchool(database.db, 'Школа', sizes)
  let now = Date.now()
  const limits = { userCallsPerSecond: 10_000, communityCallsPerSecond: 10_000 }
  const emulator = opened.use(await startVkEmulator({ port: 0, seed: school.seed, limits, clock: () => now }))
  const rest = opened.move()
  return {
    database,
    school,
    emulator,
    engine: createEngine(database.db, emulator.url),
    pass: (minutes) => {
      now += minutes * minute
    },
    lag: (minutes) => void emulator.addFault({ times: 1e9, effect: { kind: 'stale-lists', ms: minutes * minute } }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** The class with a pupil who came in and one who was taken out by the last run, a minute ago. */
async function openChangedClass(settings: object = {}) {
  await using opened = new AsyncDisposableStack()
  const scene = opened.use(await openScene())
  const { database, school, engine } = scene
  const [leaver, ...others] = school.people.filter((person) => person.role === 'pupil')
  const newcomer = others.at(-1)
  assert.ok(leaver && newcomer)
  await inOrganisation(database.db, school.org, (tx) => saveSettings(tx, school.org, chatSettings.parse(settings)))
  await link(database.db, school, (person) => person.id !== newcomer.id)
  await synchronise(engine, school.org)
  scene.pass(30)
  await link(database.db, school, (person) => person.id === newcomer.id)
  await asSystem(database.db, (tx) => tx.deleteFrom('enrolment').where('person_id', '=', leaver.id).execute())
  assert.equal((await synchronise(engine, school.org)).state, 'done')
  scene.pass(1)
  const people = chatsByTitle(scene.emulator)[ofClass]
  assert.ok(people?.includes(newcomer.account) && !people.includes(leaver.account))
  const rest = opened.move()
  return { ...scene, newcomer, leaver, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Memberships of the class's chat as the registry has them. */
const onRecord = ({ database, school }: Scene, personId: string) =>
  inOrganisation(database.db, school.org, (tx) =>
    tx
      .selectFrom('chat_member')
      .innerJoin('chat', 'chat.id', 'chat_member.chat_id')
      .select(['chat_member.state', 'chat_member.external_id as account'])
      .where('chat_member.person_id', '=', personId)
      .where('chat.kind', '=', 'CLASS')
      .executeTakeFirst(),
  )

const writes = (emulator: VkEmulator): string[] =>
  emulator.calls().flatMap(({ method, packed }) => (method === 'execute' ? packed : [method]).filter((one) => !/\.get/.test(one)))

test('graph-docs#8136, classroom50#209: a list that lags behind the last run sends nobody back and forth', async () => {
  await using scene = await openChangedClass()
  const { emulator, engine, school, newcomer, leaver } = scene
  const before = emulator.chats()
  scene.lag(10)
  emulator.clearCalls()
  for (const when of ['at once', 'a minute later']) {
    const { state, plan } = await synchronise(engine, school.org)
    assert.deepEqual([state, plan.empty], ['done', true], when)
    scene.pass(1)
  }
  assert.deepEqual(writes(emulator), [])
  assert.deepEqual(emulator.chats(), before)

  emulator.clearFaults()
  assert.equal((await makePlan(engine, school.org)).empty, true)
  assert.deepEqual(await onRecord(scene, newcomer.id), { state: 'member', account: String(newcomer.account) })
  assert.equal((await onRecord(scene, leaver.id))?.state, 'removed')
  assert.deepEqual(emulator.chats(), before)
})

test('classroom50#209: where whoever left is to be brought back and strangers are to go, a late list still moves nobody', async () => {
  await using scene = await openChangedClass({ drift: { left: 'return', kicked: 'return', strangers: 'remove' } })
  const { emulator, engine, school, newcomer } = scene
  const before = emulator.chats()
  scene.lag(10)
  // The list says that the newcomer is outside and the leaver inside; the messenger itself knows better, and refuses both.
  assert.equal((await synchronise(engine, school.org)).plan.counts.add, 1)
  assert.deepEqual(emulator.chats(), before)

  emulator.clearFaults()
  assert.equal((await makePlan(engine, school.org)).empty, true)
  assert.deepEqual(await onRecord(scene, newcomer.id), { state: 'member', account: String(newcomer.account) })
  assert.deepEqual(emulator.chats(), before)
})

test('graph-docs#12063: while no list knows any of the new chats, nothing is planned, and none is made twice', async () => {
  await using scene = await openScene()
  const { database, emulator, engine, school } = scene
  await link(database.db, school, () => true)
  await synchronise(engine, school.org)
  const before = emulator.chats()
  assert.equal(before.length, 3)
  scene.pass(14)
  scene.lag(15)
  await assert.rejects(makePlan(engine, school.org), /refused: messenger-unavailable/)
  assert.deepEqual(emulator.chats(), before)
  scene.pass(2)
  assert.equal((await makePlan(engine, school.org)).empty, true)
  assert.deepEqual(emulator.chats(), before)
})

test('graph-docs#12063: the one chat that no list knows yet is not made a second time', async () => {
  await using scene = await openScene()
  const { database, emulator, engine, school } = scene
  await link(database.db, school, () => true)
  const settings = (kinds: object) =>
    inOrganisation(database.db, school.org, (tx) => saveSettings(tx, school.org, chatSettings.parse({ rules: { kinds } })))
  await settings({ PARENTS: false })
  await synchronise(engine, school.org)
  scene.pass(60)
  await settings({})
  await synchronise(engine, school.org)
  assert.equal(emulator.chats().length, 3)
  scene.pass(1)
  scene.lag(15)
  await synchronise(engine, school.org)
  assert.deepEqual(
    emulator.chats().map(({ title }) => title),
    ['Школа - 1А - Чат класса', 'Учительский чат', 'Школа - 1А - Родительский чат'],
  )
})
