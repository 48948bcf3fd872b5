import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import readXlsx from 'read-excel-file/node'
import type { ChatPage } from '#contract/chats.ts'
import type { Plan, Run } from '#contract/plans.ts'
import type { JournalRun, MessengerHealth, RunRefusal, RunStep } from '#contract/runs.ts'
import { asSystem } from '#db/database.ts'
import { stopTestServer } from '../support/database.ts'
import { chatsByTitle, link } from '../support/school.ts'
import {
  chatNamed,
  endOf,
  enterClass,
  eventually,
  inside,
  leaveClass,
  makePlan,
  notFound,
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

type Page<Row> = { total: number; page: number; pages: number; rows: Row[] }
type Journal = { run: JournalRun; can: Record<'stop' | 'resume' | 'retry' | 'undo', RunRefusal | null> }
const journalOf = (scene: Scene, runId: string) => read<Journal>(scene, `/runs/${runId}/journal`)
const stepsOf = (scene: Scene, runId: string, query = '') => read<Page<RunStep>>(scene, `/runs/${runId}/steps?${query}`)
const personalOf = (scene: Scene) => read<Page<JournalRun>>(scene, '/runs?scope=small')

/** One pupil is refused once and may be added afterwards. */
const refuseOnce = ({ emulator }: Scene, userId = 1001) =>
  emulator.addFault({ method: 'messages.addChatUser', userId, times: 1, effect: { kind: 'error', code: 981 } })

test('the journal tells every run newest first, with who asked, about whom, and what came of it', async () => {
  await using scene = await openEngineHouse()
  await leaveClass(scene.house, personOf(scene.school, 1003))
  refuseOnce(scene)
  const first = await synchronise(scene)
  await enterClass(scene.house, scene.school, 1003)
  await send(scene, 'POST', `/people/${personOf(scene.school, 1003)}/sync`, {}, 202)
  await eventually(
    () => personalOf(scene),
    ({ rows }) => rows[0]?.state === 'done',
  )

  const all = await read<Page<JournalRun>>(scene, '/runs')
  assert.deepEqual(
    all.rows.map(({ scope, cause, state, about, requestedBy }) => [scope, cause, state, about, requestedBy?.surname]),
    [
      ['person', 'single', 'done', 'Пробный1003 Женя', 'Директоров-administrator'],
      ['school', 'button', 'partly-failed', null, 'Директоров-administrator'],
    ],
  )
  const ofSchool = all.rows[1]
  assert.ok(ofSchool?.startedAt && ofSchool.finishedAt && ofSchool.seconds !== null && ofSchool.requests > 0 && ofSchool.calls > 0)
  assert.deepEqual([ofSchool.steps, ofSchool.counts.create], [first.steps, 5])
  const listed = async (query: string) => (await read<Page<JournalRun>>(scene, `/runs?${query}`)).rows.map(({ scope }) => scope)
  assert.deepEqual(await listed('scope=school'), ['school'])
  assert.deepEqual(await listed('scope=small'), ['person'])
  assert.deepEqual(await listed('state=partly-failed'), ['school'])
  assert.deepEqual(await listed('state=stale'), [])
  assert.deepEqual(await listed('size=1&page=2'), ['school'])
  const { total, page, pages } = await read<Page<JournalRun>>(scene, '/runs?size=1&page=2')
  assert.deepEqual({ total, page, pages }, { total: 2, page: 2, pages: 2 })
  for (const query of ['size=101', 'size=0', 'page=0', 'state=perhaps', 'scope=planet'])
    assert.equal((await scene.administrator.get(`${scene.api}/runs?${query}`)).status, 400, query)
})

test('the steps of a run are filtered, searched and paged, each with its reason and the messenger’s answer', async () => {
  await using scene = await openEngineHouse()
  refuseOnce(scene)
  const { id } = await synchronise(scene)
  const all = await stepsOf(scene, id, 'size=100')
  assert.deepEqual([all.total, all.rows.length], [23, 23], '5 chats and 18 memberships')
  const [refused, ...others] = (await stepsOf(scene, id, 'state=failed')).rows
  assert.deepEqual(others, [])
  assert.ok(refused?.retryAt)
  assert.deepEqual(
    [refused.kind, refused.person?.surname, refused.role, refused.reason, refused.failure, refused.chatTitle],
    ['add-member', 'Пробный1001', 'STUDENT', { code: 'pupil-of-class', of: '9А' }, { kind: 'forbidden', vendorCode: '981' }, titles.class9],
  )
  assert.equal((await stepsOf(scene, id, 'q=пробный1007')).total, 3, 'a class teacher comes into three chats')
  assert.equal((await stepsOf(scene, id, 'q=10а%20родит')).total, 5, 'the chat and four people')
  assert.equal((await stepsOf(scene, id, 'q=%25')).total, 0, 'what is typed means itself')
  const chat = await chatNamed(scene, titles.teachers)
  assert.equal((await stepsOf(scene, id, `chat=${chat.id}`)).total, 3)
  const pages = await Promise.all([1, 2, 3].map((page) => stepsOf(scene, id, `size=8&page=${page}`)))
  assert.deepEqual(
    pages.flatMap((page) => page.rows.map((row) => row.seq)),
    all.rows.map((row) => row.seq),
  )
})

test('the steps open in a spreadsheet as text: nothing in them is carried out there', async () => {
  await using scene = await openEngineHouse()
  const dangerous = '=HYPERLINK("http://127.0.0.1";"1")'
  await asSystem(scene.house.db, (tx) =>
    tx.updateTable('person').set({ surname: dangerous }).where('id', '=', personOf(scene.school, 1001)).execute(),
  )
  await send(scene, 'PUT', '/chat-settings', { titles: { TEACHER: '+7; «Учителя», "все"' } }, 200)
  const { id } = await synchronise(scene)

  const file = await scene.administrator.get(`${scene.api}/runs/${id}/steps.csv`)
  assert.match(file.headers.get('content-type') ?? '', /^text\/csv; charset=utf-8/)
  assert.match(file.headers.get('content-disposition') ?? '', /^attachment;.*filename\*=UTF-8''.*\.csv$/)
  const bytes = Buffer.from(await file.arrayBuffer())
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'Excel knows UTF-8 by the BOM')
  const rows = parse(bytes, { bom: true, delimiter: ';', record_delimiter: '\r\n' })
  assert.equal(rows.length, 24)
  assert.deepEqual(rows[0], ['№', 'Чат', 'Действие', 'Кто', 'Роль', 'Итог', 'Причина отказа', 'Код мессенджера', 'Когда'])
  const cells = rows.flat()
  assert.ok(cells.includes(`'${dangerous} Женя`))
  assert.ok(cells.includes(`'+7; «Учителя», "все"`))
  assert.ok(!cells.some((cell) => /^[=+@\t\r-]/.test(cell)))

  const sheetFile = await scene.administrator.get(`${scene.api}/runs/${id}/steps.xlsx`)
  assert.match(sheetFile.headers.get('content-type') ?? '', /spreadsheetml/)
  const sheet = JSON.stringify(await readXlsx(Buffer.from(await sheetFile.arrayBuffer())))
  assert.ok(sheet.includes(JSON.stringify(`${dangerous} Женя`)), 'a cell of text is no formula there')
})

test('a stopped run sends nothing more within two seconds, goes on where it was, and doubles nothing', async () => {
  const sizes = Array.from({ length: 8 }, (_, at) => ({ title: `${at + 1}Б`, pupils: 25, classTeachers: 1, guardiansEach: 0 }))
  await using scene = await openEngineHouse({ sizes })
  const { emulator } = scene
  const id = await startRun(scene, await makePlan(scene))
  await eventually(
    () => read<Run>(scene, `/runs/${id}`),
    (run) => run.steps.done > 60,
  )
  const { can } = await journalOf(scene, id)
  assert.deepEqual(can, { stop: null, resume: 'not-finished', retry: 'not-finished', undo: 'not-finished' })

  await send(scene, 'POST', `/runs/${id}/stop`, {}, 200)
  const pressedAt = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  assert.ok((emulator.calls().at(-1)?.at ?? 0) < pressedAt + 2_000, 'nothing is sent from two seconds on')
  const stopped = await journalOf(scene, id)
  assert.deepEqual(
    [stopped.run.state, stopped.run.stoppedBy?.surname, stopped.run.finishedAt],
    ['stopped', 'Директоров-administrator', null],
  )
  assert.deepEqual([stopped.can.stop, stopped.can.resume], ['finished', null])
  const { total, done } = stopped.run.steps
  assert.ok(done < total, 'it was stopped on its way')
  const created = emulator.chats().length
  const people = Object.values(chatsByTitle(emulator)).flat().length
  assert.equal(created + people, done, 'every answer is on record')

  await send(scene, 'POST', `/runs/${id}/resume`, {}, 202)
  const resumed = await endOf(scene, id)
  assert.deepEqual([resumed.state, resumed.steps], ['done', { total, done: total, failed: 0, skipped: 0 }])
  assert.equal(emulator.chats().length, 17)
  for (const chat of emulator.chats()) if (chat.title.includes('Чат класса')) assert.equal(inside(emulator, chat.title).length, 26)
  assert.equal((await makePlan(scene)).empty, true)
  const late = { status: 409, code: 'run-not-possible', reason: 'finished' }
  assert.deepEqual(await refusal(scene, 'POST', `/runs/${id}/resume`, {}), late)
  assert.deepEqual(await refusal(scene, 'POST', `/runs/${id}/stop`, {}), late)
})

test('a stopped run that a newer one has overtaken is not gone on with', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'delay', ms: 900 } })
  const id = await startRun(scene, await makePlan(scene))
  await eventually(
    () => emulator.chats().length,
    (chats) => chats > 0,
  )
  await send(scene, 'POST', `/runs/${id}/stop`, {}, 200)
  assert.equal((await endOf(scene, id)).state, 'stopped')
  assert.equal((await synchronise(scene)).state, 'done')
  assert.equal((await journalOf(scene, id)).can.resume, 'newer-run')
  const overtaken = { status: 409, code: 'run-not-possible', reason: 'newer-run' }
  assert.deepEqual(await refusal(scene, 'POST', `/runs/${id}/resume`, {}), overtaken)
  assert.equal(emulator.chats().length, 5, 'what the first had made, the second did not make again')
})

test('only what failed is repeated, and only while no other run is under way', async () => {
  await using scene = await openEngineHouse({ linked: ({ account }) => account !== 1003 })
  const { emulator, school } = scene
  refuseOnce(scene)
  const failed = await synchronise(scene)
  assert.equal(failed.state, 'partly-failed')
  // Wanted as well by now, but it did not fail: it is not the repetition's business.
  await link(scene.house.db, school, ({ account }) => account === 1003)
  const again = await send<Run>(scene, 'POST', `/runs/${failed.id}/retry`, {}, 202)
  assert.equal((await endOf(scene, again.id)).state, 'done')
  const { rows } = await stepsOf(scene, again.id)
  assert.deepEqual(
    rows.map(({ kind, person, state }) => [kind, person?.surname, state]),
    [['add-member', 'Пробный1001', 'done']],
  )
  assert.ok(inside(emulator, titles.class9).includes(1001))
  assert.equal(emulator.chats().length, 5)
  assert.deepEqual(await refusal(scene, 'POST', `/runs/${again.id}/retry`, {}), {
    status: 409,
    code: 'run-not-possible',
    reason: 'nothing-failed',
  })

  await leaveClass(scene.house, personOf(school, 1005))
  const plan = await makePlan(scene)
  emulator.addFault({ method: 'messages.removeChatUser', times: 1, effect: { kind: 'delay', ms: 1_500 } })
  const underWay = await startRun(scene, plan)
  const { can } = await journalOf(scene, failed.id)
  assert.deepEqual([can.retry, can.undo], ['run-under-way', 'run-under-way'])
  for (const act of ['retry', 'undo-plan']) {
    assert.deepEqual(await refusal(scene, 'POST', `/runs/${failed.id}/${act}`, {}), { status: 409, code: 'run-under-way' })
  }
  await endOf(scene, underWay)
})

test('a run that was undone leaves the world as it was before', async () => {
  await using scene = await openEngineHouse()
  const { emulator, house, school } = scene
  await leaveClass(house, personOf(school, 1003))
  const first = await synchronise(scene)
  const before = chatsByTitle(emulator)
  await enterClass(house, school, 1003)
  await leaveClass(house, personOf(school, 1001))
  await send(scene, 'PUT', '/chat-settings', { titles: { TEACHER: 'Педсовет' } }, 200)
  const { id } = await synchronise(scene)
  assert.notDeepEqual(chatsByTitle(emulator), before)

  const undo = await send<Plan>(scene, 'POST', `/runs/${id}/undo-plan`, {}, 201)
  const { add, remove, rename, create } = undo.counts
  assert.deepEqual({ add, remove, rename, create }, { add: 2, remove: 2, rename: 1, create: 0 })
  assert.notDeepEqual(chatsByTitle(emulator), before, 'a plan changes nothing')
  const undone = await endOf(scene, await startRun(scene, undo))
  assert.equal(undone.state, 'done')
  assert.deepEqual(chatsByTitle(emulator), before)
  assert.equal((await journalOf(scene, undone.id)).run.cause, 'undo')
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).pausedByUndo, true)
  assert.equal((await makePlan(scene)).empty, false, 'the register wants what it wanted')

  const all = await send<Plan>(scene, 'POST', `/runs/${first.id}/undo-plan`, {}, 201)
  await endOf(scene, await startRun(scene, all))
  assert.deepEqual(Object.keys(chatsByTitle(emulator)).length, 5, 'chats stay: they may hold what people wrote')
  assert.deepEqual(inside(emulator, titles.parents10), [])
})

test('another school’s runs cannot be read, stopped, repeated or undone', async () => {
  await using scene = await openEngineHouse()
  const neighbours = await openNeighbours(scene)
  refuseOnce(scene)
  const { id } = await synchronise(scene)
  const world = chatsByTitle(scene.emulator)
  for (const path of ['', '/journal', '/steps', '/steps.csv', '/steps.xlsx', '/failures', '/events'])
    assert.deepEqual(await refusal(neighbours, 'GET', `/runs/${id}${path}`), notFound, path)
  for (const act of ['stop', 'resume', 'retry', 'undo-plan'])
    assert.deepEqual(await refusal(neighbours, 'POST', `/runs/${id}/${act}`, {}), notFound, act)
  assert.equal((await read<Page<JournalRun>>(neighbours, '/runs')).total, 0)
  const plan = await makePlan(scene)
  const borrowed = { plan: plan.id, fingerprint: plan.fingerprint }
  assert.deepEqual(await refusal(neighbours, 'POST', '/runs', borrowed), { status: 409, code: 'plan-outdated' })
  assert.equal((await read<ChatPage>(neighbours, '/chats')).total, 0)
  assert.equal((await read<Page<JournalRun>>(scene, '/runs')).total, 1)
  assert.deepEqual(chatsByTitle(scene.emulator), world)
})
