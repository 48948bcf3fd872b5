import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { chatSettings } from '#contract/chat-settings.ts'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import { executeRun } from '#sync/run.ts'
import { saveSettings } from '#sync/settings.ts'
import { observeSchool } from '#sync/watch.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import {
  chatsByTitle,
  createEngine,
  createSchool,
  link,
  makePlan,
  startEmulatorFor,
  synchronise,
  type TestSchool,
} from '../support/school.ts'

after(stopTestServer)

// Microsoft Entra, «accidental deletions»: an absolute count per cycle, which a little loss at every cycle never reaches.

type Scene = AsyncDisposable & { database: TestDatabase; school: TestSchool; emulator: VkEmulator; engine: Engine }
type Person = TestSchool['people'][number]

/** A school that synchronises by itself, with everybody but `late` in their chats; nobody reads its plans. */
async function openScene(sizes: Parameters<typeof createSchool>[2], late: (school: TestSchool) => Person | undefined = () => undefined) {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, (person) => person !== late(school))
  const emulator = opened.use(await startEmulatorFor(school))
  const engine = createEngine(database.db, emulator.url)
  const settings = chatSettings.parse({ schedule: { automatic: true } })
  await inOrganisation(database.db, school.org, (tx) => saveSettings(tx, school.org, settings))
  await synchronise(engine, school.org)
  const rest = opened.move()
  const scene: Scene = { database, school, emulator, engine, [Symbol.asyncDispose]: () => rest.disposeAsync() }
  return scene
}

/** These pupils are in their class no more, the school looks and acts by itself, and a day goes by. */
async function passDay({ database, school, engine }: Scene, leavers: readonly Person[]): Promise<void> {
  const ids = leavers.map(({ id }) => id)
  if (ids.length > 0) await asSystem(database.db, (tx) => tx.deleteFrom('enrolment').where('person_id', 'in', ids).execute())
  const { runId } = await observeSchool(engine, school.org, 'background')
  if (runId) assert.equal(await executeRun(engine, { id: runId, organisationId: school.org }), 'done')
  await asSystem(database.db, (tx) => sql`update sync_step set finished_at = finished_at - interval '1 day'`.execute(tx))
}

const pupilsOf = ({ school }: Scene, classTitle: string) =>
  school.people.filter((person) => person.role === 'pupil' && person.classTitle === classTitle)

const heldNow = async ({ engine, school }: Scene) =>
  (await makePlan(engine, school.org)).chats.flatMap(({ title, held }) =>
    held.map(({ reason, count, of }) => ({ title, reason, count, of })),
  )

test('slow bleeding: two pupils a day are taken out unasked until half of the class would be gone within a week', async () => {
  const newcomerOf = (school: TestSchool) => school.people.find(({ role, classTitle }) => role === 'teacher' && classTitle === '2А')
  await using scene = await openScene(
    [
      { title: '1А', pupils: 20, classTeachers: 1, guardiansEach: 0 },
      { title: '2А', pupils: 40, classTeachers: 2, guardiansEach: 0 },
    ],
    newcomerOf,
  )
  const { database, emulator, engine, school } = scene
  const title = 'Школа - 1А - Чат класса'
  const inside = () => chatsByTitle(emulator)[title]?.length
  const pupils = pupilsOf(scene, '1А')
  const sizes: (number | undefined)[] = []
  for (let day = 0; day < 5; day++) {
    await passDay(scene, pupils.slice(2 * day, 2 * day + 2))
    sizes.push(inside())
  }
  assert.deepEqual(sizes, [19, 17, 15, 13, 11])
  await passDay(scene, pupils.slice(10, 12))
  assert.equal(inside(), 11, 'twelve of twenty-one within a week is a decision')
  assert.deepEqual(await heldNow(scene), [{ title, reason: 'week-chat', count: 2, of: 21 }])

  // What comes in goes on; and what is held does not slip through at the next look.
  const newcomer = newcomerOf(school)
  await link(database.db, school, (person) => person === newcomer)
  await passDay(scene, [])
  assert.equal(inside(), 11)
  assert.ok(newcomer && chatsByTitle(emulator)['Школа - 2А - Чат класса']?.includes(newcomer.account))

  const key = `CLASS:${school.classIds.get('1А')}`
  assert.equal((await synchronise(engine, school.org, [key])).state, 'done')
  assert.equal(inside(), 9, 'with an administrator’s word they go')
  assert.equal((await makePlan(engine, school.org)).empty, true)
})

test('slow bleeding: a pupil a day from every class is held once a fifth of the school would be gone within a week', async () => {
  const classTitles = Array.from({ length: 8 }, (_, at) => `${at + 1}А`)
  await using scene = await openScene(classTitles.map((title) => ({ title, pupils: 6, classTeachers: 1, guardiansEach: 0 })))
  const { emulator } = scene
  const count = () => Object.values(chatsByTitle(emulator)).flat().length
  // 72 memberships; of every class one pupil goes every second day, which no chat minds.
  const sizes: number[] = []
  for (let day = 0; day < 4; day++) {
    const half = classTitles.filter((_, at) => at % 2 === day % 2)
    await passDay(
      scene,
      half.flatMap((title) => pupilsOf(scene, title).slice(Math.floor(day / 2), Math.floor(day / 2) + 1)),
    )
    sizes.push(count())
  }
  assert.deepEqual(sizes, [68, 64, 60, 60])
  const held = await heldNow(scene)
  assert.deepEqual(
    held.map(({ reason, count: inAWeek, of }) => [reason, inAWeek, of]),
    Array.from({ length: 4 }, () => ['week-school', 16, 72]),
  )

  for (let day = 0; day < 5; day++) await passDay(scene, [])
  assert.equal(count(), 56, 'a week after the first ones nobody speaks of bleeding any more')
  assert.deepEqual(await heldNow(scene), [])
})
