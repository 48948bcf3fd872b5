import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chatSettings } from '#contract/chat-settings.ts'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import { syncPerson } from '#sync/person.ts'
import { executeRun } from '#sync/run.ts'
import { saveSettings } from '#sync/settings.ts'
import { listLatecomers } from '#sync/unfinished.ts'
import { observeSchool } from '#sync/watch.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
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

// microsoft/o365-moodle#2150: all connected classes lost their members at the same moment. Here by their links: whatever
// emptied the table, the people of a whole school did not decide to leave in the same minute.

type Person = TestSchool['people'][number]

/** What acts on it without anybody's word: the runs of the school, and the jobs for people whose link has changed. */
const ways = {
  'the button and the look that runs by itself': async (engine: Engine, { org }: TestSchool) => {
    await synchronise(engine, org)
    const { runId } = await observeSchool(engine, org, 'background')
    if (runId) await executeRun(engine, { id: runId, organisationId: org })
  },
  'the job for every person': async (engine: Engine) => {
    for (const person of await listLatecomers(engine.db)) await syncPerson(engine, person)
  },
}

/** A school in its chats, some of whose links are gone from now on. */
async function openScene(classes: number, { linked, lost }: Record<'linked' | 'lost', (person: Person) => boolean>) {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const sizes = Array.from({ length: classes }, (_, at) => ({ title: `${at + 1}А`, pupils: 8, classTeachers: 1, guardiansEach: 1 }))
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, linked)
  const emulator = opened.use(await startEmulatorFor(school))
  const engine = createEngine(database.db, emulator.url)
  const settings = chatSettings.parse({ schedule: { automatic: true } })
  await inOrganisation(database.db, school.org, (tx) => saveSettings(tx, school.org, settings))
  await synchronise(engine, school.org)
  const before = chatsByTitle(emulator)
  assert.equal(Object.keys(before).length, 2 * classes + 1)
  const gone = school.people.filter(lost).map(({ id }) => id)
  await asSystem(database.db, (tx) => tx.deleteFrom('link').where('person_id', 'in', gone).execute())
  const rest = opened.move()
  return { database, school, emulator, engine, before, lost, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const everybody = () => true
const classTeachers = ({ role }: Person) => role === 'teacher'
/** Two of the nine in every chat of a class: less than a chat's own limit, more than the school's. */
const twoOfNine = ({ role, account }: Person) => role !== 'teacher' && (account - 1000) % 17 <= 4

for (const [how, classes, who] of [
  ['all links are gone', 3, { linked: everybody, lost: everybody }],
  ['all links are gone in September, when only the class teachers have linked', 4, { linked: classTeachers, lost: everybody }],
  ['all links are gone from a school of twelve classes in September', 12, { linked: classTeachers, lost: everybody }],
  ['two links of every nine are gone', 3, { linked: everybody, lost: twoOfNine }],
] as const) {
  for (const way of ['the button and the look that runs by itself', 'the job for every person'] as const) {
    test(`o365-moodle#2150: ${how}, and nobody leaves a chat without approval by ${way}`, async () => {
      await using scene = await openScene(classes, who)
      const { database, emulator, engine, school, before } = scene
      await ways[way](engine, school)
      assert.deepEqual(chatsByTitle(emulator), before)
      const plan = await makePlan(engine, school.org)
      assert.equal(plan.counts.remove, 0)
      assert.ok(plan.counts.held > 0, 'it waits for somebody’s decision')

      // The links are found again: nothing has to be repaired, and nothing waits any more.
      await link(database.db, school, (person) => who.linked(person) && who.lost(person))
      assert.equal((await makePlan(engine, school.org)).empty, true)
    })
  }
}

test('o365-moodle#2150: of what is held after it, exactly what an administrator approves is carried out', async () => {
  await using scene = await openScene(3, { linked: everybody, lost: everybody })
  const { emulator, engine, school, before } = scene
  const plan = await makePlan(engine, school.org)
  const parents = plan.chats.find((chat) => chat.title === 'Школа - 1А - Родительский чат')
  assert.ok(parents)
  await synchronise(engine, school.org, [parents.key])
  assert.deepEqual(chatsByTitle(emulator), { ...before, [parents.title]: [] })
})
