import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import { syncPerson } from '#sync/person.ts'
import { executeRun } from '#sync/run.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import {
  chatsByTitle,
  createEngine,
  createSchool,
  link,
  makePlan,
  openSchoolRun,
  startEmulatorFor,
  synchronise,
  type TestSchool,
  unlink,
} from '../support/school.ts'

after(stopTestServer)

const sizes = [{ title: '1А', pupils: 6, classTeachers: 2, guardiansEach: 1 }]

const stateOf = (database: TestDatabase, school: TestSchool, personId: string) =>
  inOrganisation(database.db, school.org, async (tx) => {
    const rows = await tx.selectFrom('chat_member').select('state').where('person_id', '=', personId).orderBy('state').execute()
    return rows.map((row) => row.state)
  })

test('somebody who links is in all their existing chats at once, and out of them after unlinking', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  const late = school.people.find((person) => person.role === 'teacher')
  assert.ok(late)
  await link(database.db, school, (person) => person.id !== late.id)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  assert.deepEqual(await stateOf(database, school, late.id), ['waiting', 'waiting', 'waiting'])

  await link(database.db, school, (person) => person.id === late.id)
  emulator.clearCalls()
  assert.equal(await syncPerson(engine, { organisationId: school.org, personId: late.id }), 'done')
  assert.equal(emulator.calls().length, 1)
  for (const accounts of Object.values(chatsByTitle(emulator))) assert.ok(accounts.includes(late.account))
  assert.deepEqual(await stateOf(database, school, late.id), ['member', 'member', 'member'])

  await unlink(database.db, late.id)
  assert.equal(await syncPerson(engine, { organisationId: school.org, personId: late.id }), 'done')
  for (const accounts of Object.values(chatsByTitle(emulator))) assert.ok(!accounts.includes(late.account))
  assert.deepEqual(await stateOf(database, school, late.id), ['waiting', 'waiting', 'waiting'])
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('pupils wait outside until an adult of the school has linked, and come in with the first one', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', [{ title: '1А', pupils: 4, classTeachers: 1, guardiansEach: 0 }])
  await link(database.db, school, (person) => person.role === 'pupil')
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const { plan, state } = await synchronise(engine, school.org)
  assert.equal(state, 'done')
  assert.equal(plan.counts.held, 4)
  assert.deepEqual(plan.chats.find((chat) => chat.kind === 'CLASS')?.held, [
    { reason: 'no-linked-adult', count: 4, of: 4, approvable: false },
  ])
  assert.deepEqual(chatsByTitle(emulator)['Школа - 1А - Чат класса'], [])

  const teacher = school.people.find((person) => person.role === 'teacher')
  assert.ok(teacher)
  await link(database.db, school, (person) => person.id === teacher.id)
  await syncPerson(engine, { organisationId: school.org, personId: teacher.id })
  assert.deepEqual(
    chatsByTitle(emulator)['Школа - 1А - Чат класса'],
    school.people.map((person) => person.account),
  )

  // The only adult unlinks: pupils are not left alone, so the account stays until the school decides.
  await unlink(database.db, teacher.id)
  await syncPerson(engine, { organisationId: school.org, personId: teacher.id })
  assert.ok(chatsByTitle(emulator)['Школа - 1А - Чат класса']?.includes(teacher.account))
  const held = (await makePlan(engine, school.org)).chats.flatMap((chat) => chat.held)
  assert.deepEqual(held, [{ reason: 'last-adult', count: 1, of: 1, approvable: false }])
})

test('removals over a quarter of a chat wait for approval while additions go on', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  const newcomer = school.people.find((person) => person.role === 'teacher')
  assert.ok(newcomer)
  await link(database.db, school, (person) => person.id !== newcomer.id)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  const pupils = school.people.filter((person) => person.role === 'pupil')
  const leaving = pupils.slice(0, 4)
  await asSystem(database.db, (tx) =>
    tx
      .updateTable('enrolment')
      .set({ ends_on: '2026-09-02' })
      .where(
        'person_id',
        'in',
        leaving.map((person) => person.id),
      )
      .execute(),
  )
  await link(database.db, school, (person) => person.id === newcomer.id)

  const { plan, state } = await synchronise(engine, school.org)
  assert.equal(state, 'done')
  assert.equal(plan.counts.remove, 0)
  const title = 'Школа - 1А - Чат класса'
  const chat = plan.chats.find((other) => other.title === title)
  assert.deepEqual(chat?.held, [{ reason: 'too-many-removals', count: 4, of: 7, approvable: true }])
  assert.ok(chatsByTitle(emulator)[title]?.includes(newcomer.account))
  assert.equal(chatsByTitle(emulator)[title]?.length, 8)

  assert.equal(
    (
      await synchronise(
        engine,
        school.org,
        plan.chats.map((other) => other.key),
      )
    ).state,
    'done',
  )
  assert.equal(chatsByTitle(emulator)[title]?.length, 4)
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('somebody who left by themselves is not dragged back', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  const pupil = school.people.find((person) => person.role === 'pupil')
  const chat = emulator.chats().find((other) => other.title === 'Школа - 1А - Чат класса')
  assert.ok(pupil && chat)
  await fetch(`${emulator.url}/_emulator/chats/${chat.id}/kick`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: pupil.account }),
  })
  assert.equal((await makePlan(engine, school.org)).empty, true)
  assert.deepEqual(await stateOf(database, school, pupil.id), ['left'])
})

test('where people come in by a link, adults are named at the creation and pupils get an invitation', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  const late = school.people.findLast((person) => person.role === 'teacher')
  assert.ok(late)
  await link(database.db, school, (person) => person.id !== late.id)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url, 'invite')
  assert.equal((await synchronise(engine, school.org)).state, 'done')
  const first = school.people.find((person) => person.role === 'teacher')
  assert.deepEqual(chatsByTitle(emulator)['Школа - 1А - Чат класса'], [first?.account])
  const pupil = school.people.find((person) => person.role === 'pupil')
  assert.deepEqual(pupil && (await stateOf(database, school, pupil.id)), ['invited'])

  await link(database.db, school, (person) => person.id === late.id)
  await syncPerson(engine, { organisationId: school.org, personId: late.id })
  assert.deepEqual(await stateOf(database, school, late.id), ['invited', 'invited', 'invited'])
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('an adult who forbids being named at the creation is invited where nobody may be added', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  const refuser = school.people.find((person) => person.role === 'guardian')
  const profile = school.seed.accounts.flatMap((account) => account.profiles).find((other) => other.userId === refuser?.account)
  assert.ok(refuser && profile)
  profile.refusesAdding = true
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url, 'invite')
  assert.equal((await synchronise(engine, school.org)).state, 'done')
  assert.deepEqual(await stateOf(database, school, refuser.id), ['invited'])
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('what was approved is what runs: a plan that the world has overtaken is not carried out', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, (person) => person.role === 'teacher')
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const plan = await makePlan(engine, school.org)
  await link(database.db, school, (person) => person.role === 'guardian')
  const { runId } = await inOrganisation(database.db, school.org, (tx) => openSchoolRun(tx, school.org, plan.fingerprint))
  const state = await executeRun(engine, { id: runId, organisationId: school.org })
  assert.equal(state, 'stale')
  assert.equal(emulator.chats().length, 0)
})
