import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { Messenger } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { executeRun } from '#sync/run.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
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

const sizes = [
  { title: '1А', pupils: 12, classTeachers: 1, guardiansEach: 2 },
  { title: '2А', pupils: 12, classTeachers: 1, guardiansEach: 2 },
  { title: '3А', pupils: 12, classTeachers: 1, guardiansEach: 2 },
]

class Crash extends Error {}

/** Dies before or after the nth request, as a killed process would: the answer never reaches the engine. */
function dyingAt(engine: Engine, nth: number, when: 'before' | 'after'): Engine {
  let requests = 0
  const perform: Messenger['perform'] = async (...args) => {
    requests++
    if (requests === nth && when === 'before') throw new Crash()
    const outcomes = await engine.messenger.perform(...args)
    if (requests >= nth) throw new Crash()
    return outcomes
  }
  return { ...engine, messenger: { ...engine.messenger, perform } }
}

test('a process that dies before or after any request leaves nothing doubled and nothing lost', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  const wanted = chatsByTitle(emulator)
  assert.equal(Object.keys(wanted).length, 7)
  const requests = emulator.calls().filter((call) => call.packed.some((method) => method.startsWith('messages.'))).length
  assert.ok(requests >= 4)

  for (const when of ['before', 'after'] as const) {
    for (let nth = 1; nth <= requests; nth++) {
      emulator.reset()
      await asSystem(database.db, async (tx) => {
        await tx.deleteFrom('sync_run').execute()
        await tx.deleteFrom('chat').execute()
      })
      const plan = await makePlan(engine, school.org)
      const { runId } = await inOrganisation(database.db, school.org, (tx) => openSchoolRun(tx, school.org, plan.fingerprint))
      const run = { id: runId, organisationId: school.org }
      await assert.rejects(executeRun(dyingAt(engine, nth, when), run), Crash)
      assert.equal(await executeRun(engine, run), 'done', `request ${nth}, ${when}`)
      assert.deepEqual(chatsByTitle(emulator), wanted, `request ${nth}, ${when}`)
      assert.equal(emulator.chats().length, 7, `request ${nth}, ${when}`)
      assert.equal((await makePlan(engine, school.org)).empty, true)
    }
  }
})

test('a reply that is lost after the write creates no second chat', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'lose-reply' } })
  emulator.addFault({ method: 'messages.addChatUser', times: 2, effect: { kind: 'lose-reply' } })
  const { state } = await synchronise(engine, school.org)
  assert.equal(state, 'done')
  assert.equal(emulator.chats().length, 7)
  assert.equal((await synchronise(engine, school.org)).plan.empty, true)
})

test('a messenger that stays away ends the run as failed, and the next run goes on where it stopped', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  emulator.addFault({ method: 'messages.addChatUser', times: 1000, effect: { kind: 'offline' } })
  assert.equal((await synchronise(engine, school.org)).state, 'failed')
  emulator.clearFaults()
  assert.equal((await synchronise(engine, school.org)).state, 'done')
  assert.equal(emulator.chats().length, 7)
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('one person whom the messenger refuses stops nobody else, and the run is not green', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  const refuser = school.seed.accounts.find((account) => account.profiles[0]?.userId === 1001)?.profiles[0]
  assert.ok(refuser)
  refuser.refusesAdding = true
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  const { state } = await synchronise(engine, school.org)
  assert.equal(state, 'partly-failed')
  const everybody = new Set(Object.values(chatsByTitle(emulator)).flat())
  assert.equal(everybody.size, school.people.length - 1)
  const failed = await inOrganisation(database.db, school.org, (tx) =>
    tx.selectFrom('chat_member').select(['state', 'error_kind', 'vendor_code']).where('state', '=', 'failed').execute(),
  )
  assert.deepEqual(failed, [{ state: 'failed', error_kind: 'forbidden', vendor_code: '981' }])
  assert.equal((await synchronise(engine, school.org)).plan.empty, true)
})
