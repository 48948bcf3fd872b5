import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import { type Messenger, MessengerError } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import {
  ageChats,
  chatsByTitle,
  createEngine,
  createSchool,
  link,
  makePlan,
  serviceUser,
  startEmulatorFor,
  synchronise,
  type TestSchool,
} from '../support/school.ts'

after(stopTestServer)

// RocketChat/Rocket.Chat PR#41168: one object that was missing at the provider ended the whole synchronisation.

const sizes = ['1А', '2А', '3А'].map((title) => ({ title, pupils: 8, classTeachers: 1, guardiansEach: 1 }))

/** The messenger answers for every chat but this one. */
function unreadable({ messenger, ...engine }: Engine, number: string): Engine {
  const perform: Messenger['perform'] = async (operations, ...rest) => {
    const outcomes = await messenger.perform(operations, ...rest)
    return outcomes.map((outcome, at) => {
      const operation = operations[at]
      const hit = operation?.kind === 'list-members' && operation.chat === number
      return hit ? { ok: false, error: new MessengerError('unavailable', 'no answer for this chat') } : outcome
    })
  }
  return { ...engine, messenger: { ...messenger, perform } }
}

const peopleOf = (school: TestSchool, role: TestSchool['people'][number]['role'], classTitle: string) =>
  school.people.filter((person) => person.role === role && person.classTitle === classTitle)

const leaveClass = (database: TestDatabase, people: readonly string[]) =>
  asSystem(database.db, (tx) => tx.deleteFrom('enrolment').where('person_id', 'in', people).execute())

const refusals = (database: TestDatabase, school: TestSchool) =>
  inOrganisation(database.db, school.org, (tx) =>
    tx.selectFrom('chat_member').select(['person_id', 'vendor_code']).where('state', '=', 'failed').orderBy('vendor_code').execute(),
  )

test('Rocket.Chat PR#41168: one chat gone and another unreadable, and all the others get their people', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  const newcomers = sizes.map(({ title }) => peopleOf(school, 'pupil', title).at(-1))
  const leavers = sizes.map(({ title }) => peopleOf(school, 'pupil', title)[0])
  await link(database.db, school, (person) => !newcomers.includes(person))
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  const before = chatsByTitle(emulator)
  const [gone, closed, open] = sizes.map(({ title }) => `Школа - ${title} - Чат класса`)
  const chatNamed = (title: string | undefined) => emulator.chats().find((chat) => chat.title === title && !chat.deleted)
  const goneId = chatNamed(gone)?.id
  assert.ok(gone && closed && open && goneId)
  await ageChats(database.db)
  emulator.acts.delete(goneId)
  await link(database.db, school, (person) => newcomers.includes(person))
  await leaveClass(
    database,
    leavers.flatMap((person) => person?.id ?? []),
  )

  const hole = unreadable(engine, String(chatNamed(closed)?.numbers[serviceUser.userId]))
  const { state, plan } = await synchronise(hole, school.org)
  assert.deepEqual([state, plan.counts.unreadable, plan.counts.create], ['done', 1, 1])
  const wantedIn = (title: string) => [
    ...peopleOf(school, 'teacher', title).map(({ account }) => account),
    ...peopleOf(school, 'pupil', title)
      .slice(1)
      .map(({ account }) => account),
  ]
  const chats = chatsByTitle(emulator)
  assert.deepEqual(chats[open], wantedIn('3А'))
  assert.deepEqual(chats[closed], before[closed], 'of what could not be read nothing is concluded')
  const made = emulator.chats().filter((chat) => chat.title === gone)
  assert.deepEqual(
    made.map(({ deleted }) => deleted),
    [true, false],
  )
  assert.deepEqual(chats[gone], wantedIn('1А'))

  assert.equal((await synchronise(engine, school.org)).state, 'done')
  assert.deepEqual(chatsByTitle(emulator)[closed], wantedIn('2А'))
  assert.equal(emulator.chats().length, 8)
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('Rocket.Chat PR#41168: accounts that the messenger has closed keep nobody else outside when the chats are made', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const [guardian] = peopleOf(school, 'guardian', '1А')
  const [pupil] = peopleOf(school, 'pupil', '2А')
  assert.ok(guardian && pupil)
  // The guardian is named when the parents' chat is made, the pupil is added to the class's chat afterwards.
  for (const method of ['messages.createChat', 'messages.addChatUser']) {
    emulator.addFault({ method, userId: guardian.account, times: 1e9, effect: { kind: 'error', code: 18 } })
    emulator.addFault({ method, userId: pupil.account, times: 1e9, effect: { kind: 'error', code: 3610 } })
  }
  assert.equal((await synchronise(engine, school.org)).state, 'partly-failed', 'never green')
  const inside = new Set(Object.values(chatsByTitle(emulator)).flat())
  assert.deepEqual(
    school.people.filter(({ account }) => !inside.has(account)),
    [guardian, pupil],
  )
  assert.equal(Object.values(chatsByTitle(emulator)).flat().length, 57 - 2)
  assert.equal(emulator.chats().length, 7)
  assert.deepEqual(await refusals(database, school), [
    { person_id: guardian.id, vendor_code: '18' },
    { person_id: pupil.id, vendor_code: '3610' },
  ])
})

test('Rocket.Chat PR#41168: somebody whom the messenger does not let go keeps nobody else inside', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  const leavers = sizes.flatMap(({ title }) => peopleOf(school, 'pupil', title).slice(0, 1))
  const [stuck, ...others] = leavers
  assert.ok(stuck)
  emulator.addFault({ method: 'messages.removeChatUser', userId: stuck.account, times: 1e9, effect: { kind: 'error', code: 3610 } })
  await leaveClass(
    database,
    leavers.map(({ id }) => id),
  )
  assert.equal((await synchronise(engine, school.org)).state, 'partly-failed')
  const inside = Object.values(chatsByTitle(emulator)).flat()
  assert.ok(inside.includes(stuck.account))
  for (const { account } of others) assert.ok(!inside.includes(account))

  emulator.clearFaults()
  assert.equal((await synchronise(engine, school.org)).state, 'done')
  assert.ok(!Object.values(chatsByTitle(emulator)).flat().includes(stuck.account))
})
