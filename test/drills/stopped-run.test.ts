import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { Messenger } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { requestResume, requestStop } from '#sync/requests.ts'
import { executeRun } from '#sync/run.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import {
  chatsByTitle,
  createEngine,
  createSchool,
  link,
  makePlan,
  openSchoolRun,
  startEmulatorFor,
  type TestSchool,
} from '../support/school.ts'

after(stopTestServer)

// Microsoft Entra provisioning: somebody presses «Stop» in the middle of a cycle, and what was under way is half done.
// Through the house's own API: test/http/journal.test.ts.

const sizes = [
  { title: '1А', pupils: 12, classTeachers: 1, guardiansEach: 2 },
  { title: '2А', pupils: 12, classTeachers: 1, guardiansEach: 2 },
]

type Scene = AsyncDisposable & { database: TestDatabase; school: TestSchool; emulator: VkEmulator; engine: Engine }
type Moment = 'before it leaves' | 'while it is answered'

async function openScene(): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, () => true)
  const emulator = opened.use(await startEmulatorFor(school))
  const rest = opened.move()
  return { database, school, emulator, engine: createEngine(database.db, emulator.url), [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const openRunOf = async ({ database, school, engine }: Scene) => {
  const plan = await makePlan(engine, school.org)
  const { runId } = await inOrganisation(database.db, school.org, (tx) => openSchoolRun(tx, school.org, plan.fingerprint))
  return { id: runId, organisationId: school.org }
}

const press = (button: typeof requestStop, { database, school }: Scene, runId: string) =>
  inOrganisation(database.db, school.org, (tx) => button(tx, { organisationId: school.org, messenger: 'sferum', requestedBy: null }, runId))

/** «Остановить» is pressed at the nth request of the run's work; the request waits until the worker has noticed. */
function stoppedAt(scene: Scene, runId: string, nth: number, moment: Moment) {
  let requests = 0
  let pressedAt = 0
  const stop = async (signal: AbortSignal) => {
    assert.equal((await press(requestStop, scene, runId)).ok, true)
    pressedAt = Date.now()
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  const perform: Messenger['perform'] = async (operations, place, signal) => {
    // Looking carries no signal: nothing of it has to be stopped.
    if (!signal || ++requests !== nth) return scene.engine.messenger.perform(operations, place, signal)
    if (moment === 'before it leaves') await stop(signal)
    try {
      return await scene.engine.messenger.perform(operations, place, signal)
    } finally {
      if (moment === 'while it is answered') await stop(signal)
    }
  }
  const engine: Engine = { ...scene.engine, messenger: { ...scene.engine.messenger, perform } }
  return { engine, pressedAt: () => pressedAt, requests: () => requests }
}

const startAnew = ({ database, emulator }: Scene) => {
  emulator.reset()
  return asSystem(database.db, async (tx) => {
    await tx.deleteFrom('sync_run').execute()
    await tx.deleteFrom('chat').execute()
  })
}

const peopleInside = (emulator: VkEmulator): number => Object.values(chatsByTitle(emulator)).flat().length

test('Entra: at whichever request somebody presses «Остановить», nothing follows, and «Продолжить» ends where the run was going', async () => {
  await using scene = await openScene()
  const { database, emulator, engine, school } = scene
  const whole = stoppedAt(scene, '', 0, 'before it leaves')
  assert.equal(await executeRun(whole.engine, await openRunOf(scene)), 'done')
  const wanted = chatsByTitle(emulator)
  assert.equal(Object.keys(wanted).length, 5)
  const requests = whole.requests()
  assert.ok(requests >= 3, `${requests} requests`)

  for (const moment of ['before it leaves', 'while it is answered'] as const) {
    for (let nth = 1; nth <= requests; nth++) {
      const at = `request ${nth}, ${moment}`
      await startAnew(scene)
      const run = await openRunOf(scene)
      const stopped = stoppedAt(scene, run.id, nth, moment)
      const state = await executeRun(stopped.engine, run)
      assert.ok((emulator.calls().at(-1)?.at ?? 0) < stopped.pressedAt() + 2_000, at)
      const done = await asSystem(database.db, (tx) =>
        tx.selectFrom('sync_step').select('seq').where('run_id', '=', run.id).where('state', '=', 'done').execute(),
      )
      assert.equal(emulator.chats().length + peopleInside(emulator), done.length, `${at}: every answer is on record`)
      // The answer to the last request may have been all that was missing.
      if (state !== 'stopped') assert.deepEqual([state, nth, moment], ['done', requests, 'while it is answered'])
      else {
        assert.equal((await press(requestResume, scene, run.id)).ok, true, at)
        assert.equal(await executeRun(engine, run), 'done', at)
      }
      assert.deepEqual(chatsByTitle(emulator), wanted, at)
      assert.equal(emulator.chats().length, 5, at)
      assert.equal((await makePlan(engine, school.org)).empty, true, at)
    }
  }
})

test('Entra: a chat whose answer was lost when somebody pressed «Остановить» is found by «Продолжить», not made again', async () => {
  await using scene = await openScene()
  const { emulator, engine, school } = scene
  emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'lose-reply' } })
  const run = await openRunOf(scene)
  assert.equal(await executeRun(stoppedAt(scene, run.id, 1, 'while it is answered').engine, run), 'stopped')
  const made = emulator.chats().map(({ id }) => id)
  assert.ok(made.length > 0, 'the messenger made what nobody was told of')

  assert.equal((await press(requestResume, scene, run.id)).ok, true)
  assert.equal(await executeRun(engine, run), 'done')
  assert.equal(emulator.chats().length, 5)
  assert.deepEqual(
    emulator
      .chats()
      .slice(0, made.length)
      .map(({ id }) => id),
    made,
  )
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('Entra: a pupil who left the class while the run stood still is not put into its chat by «Продолжить»', async () => {
  await using scene = await openScene()
  const { database, emulator, engine, school } = scene
  const pupil = school.people.find((person) => person.role === 'pupil')
  assert.ok(pupil)
  const run = await openRunOf(scene)
  assert.equal(await executeRun(stoppedAt(scene, run.id, 1, 'while it is answered').engine, run), 'stopped')
  assert.ok(!Object.values(chatsByTitle(emulator)).flat().includes(pupil.account))
  await asSystem(database.db, (tx) => tx.deleteFrom('enrolment').where('person_id', '=', pupil.id).execute())

  assert.equal((await press(requestResume, scene, run.id)).ok, true)
  await executeRun(engine, run)
  const inside = chatsByTitle(emulator)
  assert.ok(!Object.values(inside).flat().includes(pupil.account))
  assert.equal(inside['Школа - 1А - Чат класса']?.length, 12, 'the teacher and the eleven others')
})
