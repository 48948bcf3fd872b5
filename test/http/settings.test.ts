import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type ChatSettings, chatSettings } from '#contract/chat-settings.ts'
import type { PlanChat, PlanCounts } from '#contract/plans.ts'
import type { JournalRun, MessengerHealth } from '#contract/runs.ts'
import { asSystem } from '#db/database.ts'
import { enqueueSchoolLook } from '#jobs/enqueue.ts'
import { stopTestServer } from '../support/database.ts'
import { chatsByTitle } from '../support/school.ts'
import {
  endOf,
  eventually,
  inMessenger,
  inside,
  leaveClass,
  makePlan,
  openEngineHouse,
  openNeighbours,
  personOf,
  read,
  refusal,
  type Scene,
  send,
  startRun,
  synchronise,
  titles,
} from './engine-house.ts'

after(stopTestServer)

type Answer = {
  settings: ChatSettings
  defaultTitles: Record<string, string>
  sample: Record<string, string>
  longestTitle: number
  forbiddenCharacters: string[]
  grades: number[]
}
type Preview = { counts: PlanCounts; chats: PlanChat[] }
type Office = Pick<Scene, 'administrator' | 'api'>

const settingsOf = (office: Office) => read<Answer>(office, '/chat-settings')
const save = async (office: Office, settings: object) =>
  (await send<{ settings: ChatSettings }>(office, 'PUT', '/chat-settings', settings, 200)).settings
const preview = (office: Office, settings: object) => send<Preview>(office, 'POST', '/chat-settings/preview', settings, 200)
const defaults = chatSettings.parse({})

/** The classes of createSchool have no grade; here they have the one that their title begins with. */
const giveGrades = ({ house, school }: Scene) =>
  asSystem(house.db, async (tx) => {
    for (const [title, id] of school.classIds)
      await tx
        .updateTable('class_name')
        .set({ grade: Number.parseInt(title, 10) })
        .where('class_id', '=', id)
        .execute()
  })

test('a school that never touched its settings has the defaults, and reads what it needs to change them', async () => {
  await using scene = await openEngineHouse()
  await giveGrades(scene)
  const answer = await settingsOf(scene)
  assert.deepEqual(answer.settings, defaults)
  assert.deepEqual(answer.grades, [9, 10])
  assert.equal(answer.sample.school, 'Школа')
  assert.equal(answer.longestTitle, 120)
  assert.deepEqual(Object.keys(answer.defaultTitles).sort(), ['CLASS', 'PARENTS', 'SUBJECT', 'TEACHER'])
  assert.deepEqual(defaults.brake, {
    chatPercent: 25,
    chatFewest: 2,
    schoolPercent: 10,
    schoolFewest: 10,
    weekChatPercent: 50,
    weekSchoolPercent: 20,
    secondApprover: false,
  })
  assert.deepEqual(defaults.schedule, { observeEveryMinutes: 60, automatic: false })
})

test('a preview tells what the settings would change; nothing is saved and nothing is sent', async () => {
  await using scene = await openEngineHouse()
  await giveGrades(scene)
  const created = async (rules: object) => (await preview(scene, { rules })).counts.create
  assert.equal(await created({}), 5)
  assert.equal(await created({ kinds: { PARENTS: false } }), 3)
  assert.equal(await created({ grades: [9] }), 3)
  assert.equal(await created({ grades: [] }), 1)
  await synchronise(scene)
  const before = scene.emulator.chats()

  const { counts, chats } = await preview(scene, { titles: { TEACHER: 'Педсовет' } })
  assert.equal(counts.rename, 1)
  assert.deepEqual(
    chats.map(({ title, renameFrom }) => [title, renameFrom]),
    [['Педсовет', titles.teachers]],
  )
  assert.deepEqual((await settingsOf(scene)).settings, defaults)
  assert.deepEqual(scene.emulator.chats(), before)
  assert.equal((await makePlan(scene)).empty, true)
})

test('saved settings are read again as they were saved, and the next synchronisation follows them', async () => {
  await using scene = await openEngineHouse({ sizes: [{ title: '9А', pupils: 3, classTeachers: 1, guardiansEach: 2 }] })
  const { emulator } = scene
  const wanted = {
    titles: { TEACHER: 'Педсовет', CLASS: '{Класс} - {Школа}' },
    rules: { audience: { guardians: 'first' } },
    schedule: { observeEveryMinutes: 0 },
  }
  const saved = await save(scene, wanted)
  assert.deepEqual(saved, chatSettings.parse(wanted))
  assert.deepEqual((await settingsOf(scene)).settings, saved)
  await synchronise(scene)
  assert.deepEqual(Object.keys(chatsByTitle(emulator)).sort(), ['9А - Школа', 'Педсовет', titles.parents9].sort())
  assert.equal(inside(emulator, titles.parents9).length, 4, 'the teacher and one guardian of each pupil')

  assert.deepEqual(await save(scene, {}), defaults)
  await synchronise(scene)
  assert.deepEqual(Object.keys(chatsByTitle(emulator)).sort(), [titles.class9, titles.teachers, titles.parents9].sort())
  assert.equal(inside(emulator, titles.parents9).length, 7)
})

test('settings that make no sense are refused as a whole, and nothing changes', async () => {
  await using scene = await openEngineHouse()
  const good = await save(scene, { titles: { TEACHER: 'Педсовет' } })
  const nonsense = [
    { brake: { chatPercent: 0 } },
    { brake: { chatPercent: 101 } },
    { brake: { chatFewest: 1.5 } },
    { brake: { secondApprover: 'yes' } },
    { schedule: { observeEveryMinutes: 3 } },
    { schedule: { observeEveryMinutes: -60 } },
    { drift: { left: 'punish' } },
    { drift: { titles: 'report' }, rules: { grades: [13] } },
    { rules: { audience: { guardians: 'none' } } },
    { rules: 'all' },
    { titles: { TEACHER: 'я'.repeat(201) } },
    { titles: { TEACHER: 7 } },
    { titles: { CANTEEN: 'Столовая' } },
    [],
  ]
  for (const settings of nonsense) {
    for (const [method, path] of [
      ['PUT', '/chat-settings'],
      ['POST', '/chat-settings/preview'],
    ] as const)
      assert.deepEqual(await refusal(scene, method, path, settings), { status: 400, code: 'bad-input' }, JSON.stringify(settings))
  }
  assert.deepEqual((await settingsOf(scene)).settings, good)
})

test('the rules about drift decide what a synchronisation puts right by itself', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  await inMessenger(emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await inMessenger(emulator, titles.class9, 'add', { userId: 5000, by: 1001 })
  await inMessenger(emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  await save(scene, { drift: { titles: 'report' } })
  await synchronise(scene)
  assert.deepEqual(inside(emulator, 'Курилка'), [1000, 1007])
  assert.ok(inside(emulator, titles.class9).includes(5000))
  assert.ok(!inside(emulator, titles.parents9).includes(1002))
  await save(scene, { drift: { titles: 'enforce', strangers: 'remove', left: 'return', kicked: 'return' } })
  await synchronise(scene)
  assert.deepEqual(inside(emulator, titles.teachers), [1000, 1007])
  assert.ok(!inside(emulator, titles.class9).includes(5000))
  assert.ok(inside(emulator, titles.parents9).includes(1002))
})

test('the school’s own limits decide what the brake holds', async () => {
  await using scene = await openEngineHouse()
  const { house, school } = scene
  await synchronise(scene)
  await leaveClass(house, personOf(school, 1001))
  assert.equal((await makePlan(scene)).counts.held, 0, 'one of four goes without asking')
  assert.equal((await preview(scene, { brake: { chatPercent: 20, chatFewest: 1 } })).counts.held, 2)
  await save(scene, { brake: { chatPercent: 20, chatFewest: 1 } })
  const plan = await makePlan(scene)
  assert.deepEqual([plan.counts.held, plan.counts.remove], [2, 0])
})

test('what runs by itself stops after an undo, until somebody presses the button again', async () => {
  await using scene = await openEngineHouse()
  const { emulator, house, school } = scene
  const look = async () => {
    const before = (await read<MessengerHealth>(scene, '/messenger')).observedAt
    await enqueueSchoolLook(house.db, { organisationId: school.org })
    await eventually(
      () => read<MessengerHealth>(scene, '/messenger'),
      ({ observedAt }) => observedAt !== before,
    )
  }
  const scheduled = async () =>
    (await read<{ rows: JournalRun[] }>(scene, '/runs')).rows.filter(({ cause }) => cause === 'schedule').map(({ id }) => id)
  await save(scene, { schedule: { automatic: true } })
  await synchronise(scene)
  await leaveClass(house, personOf(school, 1001))
  await look()
  const [automatic = ''] = await scheduled()
  assert.equal((await endOf(scene, automatic)).state, 'done')
  assert.ok(!inside(emulator, titles.class9).includes(1001))

  const undo = await send<Awaited<ReturnType<typeof makePlan>>>(scene, 'POST', `/runs/${automatic}/undo-plan`, {}, 201)
  await endOf(scene, await startRun(scene, undo))
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).pausedByUndo, true)
  await look()
  assert.deepEqual(await scheduled(), [automatic], 'it would do again what was undone')
  assert.ok(inside(emulator, titles.class9).includes(1001))

  await synchronise(scene)
  assert.ok(!inside(emulator, titles.class9).includes(1001))
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).pausedByUndo, false)
  await leaveClass(house, personOf(school, 1008))
  await look()
  const [second = ''] = await scheduled()
  assert.notEqual(second, automatic)
  assert.equal((await endOf(scene, second)).state, 'done')
  assert.ok(!inside(emulator, titles.class10).includes(1008))
})

test('one school’s settings are nobody else’s', async () => {
  await using scene = await openEngineHouse()
  const neighbours = await openNeighbours(scene)
  await save(scene, { titles: { TEACHER: 'Педсовет' } })
  assert.deepEqual((await settingsOf(neighbours)).settings, defaults)
  const theirs = { administrator: neighbours.administrator, api: scene.api }
  const forbidden = { status: 403, code: 'forbidden' }
  assert.deepEqual(await refusal(theirs, 'PUT', '/chat-settings', {}), forbidden)
  assert.deepEqual(await refusal(theirs, 'POST', '/chat-settings/preview', {}), forbidden)
  assert.deepEqual((await settingsOf(scene)).settings.titles, { TEACHER: 'Педсовет' })
})
