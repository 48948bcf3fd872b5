import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem } from '#db/database.ts'
import { migrateJobs } from '#jobs/runner.ts'
import { syncTasks } from '#jobs/sync-tasks.ts'
import { retryInterrupted } from '#sync/requests.ts'
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
} from '../support/school.ts'

after(stopTestServer)

const context = { signal: new AbortController().signal, jobId: '1', attempt: 1, lastAttempt: false }
const sizes = [{ title: '1А', pupils: 3, classTeachers: 2, guardiansEach: 1 }]

const waitingJobs = async ({ pool }: TestDatabase) =>
  (await pool.query<{ task_identifier: string }>('select task_identifier from graphile_worker.jobs order by task_identifier')).rows.map(
    (row) => row.task_identifier,
  )

test('a person who links while the messenger is away is asked for again, and is in their chats when it is back', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  const late = school.people.find((person) => person.role === 'guardian')
  assert.ok(late)
  await link(database.db, school, (person) => person.id !== late.id)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  await link(database.db, school, (person) => person.id === late.id)
  const { tasks } = syncTasks(engine)
  const person = { organisationId: school.org, personId: late.id }
  emulator.addFault({ method: '*', times: 100, effect: { kind: 'offline' } })
  await assert.rejects(async () => tasks['sync-person']?.(person, context))
  emulator.clearFaults()
  await tasks['sync-person']?.(person, context)
  assert.ok(chatsByTitle(emulator)['Школа - 1А - Родительский чат']?.includes(late.account))
})

test('whoever linked while a run was making the chats is found after it', async () => {
  await using database = await openTestDatabase()
  await migrateJobs(database.url)
  const school = await createSchool(database.db, 'Школа', sizes)
  const late = school.people.find((person) => person.role === 'guardian')
  assert.ok(late)
  await link(database.db, school, (person) => person.id !== late.id)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const { fingerprint } = await makePlan(engine, school.org)
  const { runId } = await asSystem(database.db, (tx) => openSchoolRun(tx, school.org, fingerprint))
  // The link comes after the run has planned and before its end: with the first request that it sends.
  const { perform } = engine.messenger
  engine.messenger.perform = async (...request) => {
    engine.messenger.perform = perform
    await link(database.db, school, (person) => person.id === late.id)
    return perform(...request)
  }
  await syncTasks(engine).tasks['run-sync']?.({ organisationId: school.org, runId }, context)
  assert.deepEqual(await waitingJobs(database), ['sync-person'])
})

test('runs that a crash left unfinished are found and asked for again', async () => {
  await using database = await openTestDatabase()
  await migrateJobs(database.url)
  const school = await createSchool(database.db, 'Школа', sizes)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const { fingerprint } = await makePlan(engine, school.org)
  await asSystem(database.db, (tx) => openSchoolRun(tx, school.org, fingerprint))
  await syncTasks(engine).tasks['resume-sync']?.({}, context)
  assert.deepEqual(await waitingJobs(database), ['run-sync'])
})

test('a job with a payload that is none is refused before anything is done', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await using emulator = await startEmulatorFor(school)
  const { tasks } = syncTasks(createEngine(database.db, emulator.url))
  await assert.rejects(async () => tasks['run-sync']?.({ runId: 'one' }, context))
})

test('what an outage of the messenger left undone is tried again by itself, some minutes later', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', [{ title: '1А', pupils: 3, classTeachers: 1, guardiansEach: 1 }])
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  emulator.addFault({ method: 'messages.addChatUser', times: 1000, effect: { kind: 'offline' } })
  assert.equal((await synchronise(engine, school.org)).state, 'failed')
  emulator.clearFaults()
  const again: string[] = []
  const retry = () => retryInterrupted(engine, async (_tx, { runId }) => void again.push(runId))
  await retry()
  assert.deepEqual(again, [], 'at once would be too soon')
  await asSystem(database.db, (tx) =>
    tx
      .updateTable('sync_run')
      .set({ finished_at: new Date(Date.now() - 11 * 60_000) })
      .execute(),
  )
  await retry()
  await retry()
  assert.equal(again.length, 1)
  assert.equal(await executeRun(engine, { id: again[0] ?? '', organisationId: school.org }), 'done')
  assert.equal((await makePlan(engine, school.org)).empty, true)
})
