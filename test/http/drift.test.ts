import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ChatPage } from '#contract/chats.ts'
import type { DriftItem } from '#contract/drift.ts'
import type { MessengerHealth } from '#contract/runs.ts'
import { stopTestServer } from '../support/database.ts'
import { ageChats, chatsByTitle } from '../support/school.ts'
import {
  chatNamed,
  endOf,
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
  why,
} from './engine-house.ts'

after(stopTestServer)

type Inbox = { total: number; page: number; pages: number; byKind: Partial<Record<DriftItem['kind'], number>>; rows: DriftItem[] }
type Office = Pick<Scene, 'administrator' | 'api'>
type Resolved = { resolved: number; runId: string | null }

const inbox = (office: Office, query = '') => read<Inbox>(office, `/drift?${query}`)
const observe = (office: Office) =>
  send<{ chats: number; unreadable: number; drift: number; held: number }>(office, 'POST', '/observations', {}, 200)
const resolve = (office: Office, remedy: 'mend' | 'accept', items: DriftItem[]) =>
  send<Resolved>(office, 'POST', '/drift/resolutions', { remedy, items: items.map(({ id }) => id) }, 200)

/** One of each kind: the teachers' chat renamed, a guardian gone, a pupil of 10А and a stranger in 9А's chat, 10А's parents' chat deleted. */
async function openDriftedScene(): Promise<Scene> {
  const scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  await inMessenger(emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await inMessenger(emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  await inMessenger(emulator, titles.class9, 'add', { userId: 1008, by: 1001 })
  await inMessenger(emulator, titles.class9, 'add', { userId: 5000, by: 1001 })
  await ageChats(scene.house.db)
  await inMessenger(emulator, titles.parents10, 'delete')
  return scene
}

test('«Проверить сейчас» finds what people changed in the messenger, and changes nothing there', async () => {
  await using scene = await openDriftedScene()
  const before = scene.emulator.chats()
  assert.deepEqual(await observe(scene), { chats: 4, unreadable: 0, drift: 5, held: 0 })
  assert.deepEqual(scene.emulator.chats(), before)
  const { total, byKind, rows } = await inbox(scene)
  assert.deepEqual([total, byKind], [5, { renamed: 1, left: 1, stranger: 2, 'chat-gone': 1 }])
  const found = Object.groupBy(rows, ({ kind }) => kind)
  const only = (kind: DriftItem['kind']) => found[kind]?.map((item) => [item.chatTitle, item.person?.surname, item.account, item.detail])
  assert.deepEqual(only('renamed'), [[titles.teachers, undefined, null, 'Курилка']])
  assert.deepEqual(only('left'), [[titles.parents9, 'Пробный1002', '1002', 'unseen']], 'nobody told us how they went')
  assert.deepEqual(only('chat-gone'), [[titles.parents10, undefined, null, null]])
  assert.deepEqual(
    only('stranger')?.sort((one, other) => String(one[2]).localeCompare(String(other[2]))),
    [
      [titles.class9, 'Пробный1008', '1008', null],
      [titles.class9, undefined, '5000', null],
    ],
  )
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).drift, 5)
  assert.deepEqual((await chatNamed(scene, titles.parents10)).state, 'gone')

  await observe(scene)
  assert.equal((await inbox(scene)).total, 5, 'a second look finds nothing twice')
  const filtered = await inbox(scene, 'kind=stranger&size=1&page=2')
  assert.deepEqual([filtered.total, filtered.pages, filtered.rows.length, filtered.byKind.renamed], [2, 2, 1, 1])
  assert.equal((await inbox(scene, 'state=closed')).total, 0)
  for (const query of ['kind=flood', 'state=all', 'size=0']) assert.equal((await refusal(scene, 'GET', `/drift?${query}`)).status, 400)
})

test('mended, everything in the messenger is as the register says', async () => {
  await using scene = await openDriftedScene()
  const { emulator } = scene
  await observe(scene)
  const { rows } = await inbox(scene)
  const mended = await resolve(scene, 'mend', rows)
  assert.equal(mended.resolved, 5)
  assert.equal((await endOf(scene, mended.runId ?? '')).state, 'done')
  assert.deepEqual(
    Object.values(titles).map((title) => inside(emulator, title).length),
    [2, 4, 4, 4, 4],
  )
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1001, 1003, 1005])
  assert.equal(emulator.chats().filter(({ deleted }) => !deleted).length, 5)
  await observe(scene)
  assert.equal((await inbox(scene)).total, 0)
  const closed = await inbox(scene, 'state=closed')
  assert.deepEqual([...new Set(closed.rows.map(({ state }) => state))], ['mended'])
  assert.ok(closed.rows.every(({ closedAt }) => closedAt !== null))
  assert.equal((await makePlan(scene)).empty, true)
})

test('only what was chosen is mended', async () => {
  await using scene = await openDriftedScene()
  const { emulator } = scene
  await observe(scene)
  const { rows } = await inbox(scene)
  const stranger = rows.filter(({ account }) => account === '5000')
  const { resolved, runId } = await resolve(scene, 'mend', stranger)
  assert.equal(resolved, 1)
  await endOf(scene, runId ?? '')
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1001, 1003, 1005, 1008])
  assert.deepEqual(inside(emulator, 'Курилка'), [1000, 1007])
  assert.ok(!inside(emulator, titles.parents9).includes(1002))
  assert.equal((await inbox(scene)).total, 4)
  assert.deepEqual(await resolve(scene, 'mend', stranger), { resolved: 0, runId: null }, 'a second press finds it closed')
})

test('accepted, everything stays as people made it and is not reported again', async () => {
  await using scene = await openDriftedScene()
  const { emulator, school } = scene
  await observe(scene)
  const before = chatsByTitle(emulator)
  const { rows } = await inbox(scene)
  assert.deepEqual(await resolve(scene, 'accept', rows), { resolved: 5, runId: null })
  await observe(scene)
  assert.deepEqual([(await inbox(scene)).total, (await read<MessengerHealth>(scene, '/messenger')).drift], [0, 0])
  assert.equal((await makePlan(scene)).empty, true)
  await synchronise(scene)
  assert.deepEqual(chatsByTitle(emulator), before)
  assert.equal((await chatNamed(scene, 'Курилка')).managed, true, 'the title was taken over')
  assert.equal((await chatNamed(scene, titles.parents10)).managed, false, 'the chat that vanished is the school’s own business')
  const left = await why(scene, (await chatNamed(scene, titles.parents9)).id, personOf(school, 1002))
  assert.deepEqual([left.state, left.next.what], ['left', 'respect-left'])
})

test('what is put right by people themselves is over, and what happens again is reported again', async () => {
  await using scene = await openDriftedScene()
  const { emulator } = scene
  await observe(scene)
  await resolve(scene, 'accept', (await inbox(scene, 'kind=left')).rows)
  await inMessenger(emulator, 'Курилка', 'rename', { title: titles.teachers, by: 1007 })
  await inMessenger(emulator, titles.class9, 'leave', { userId: 5000 })
  await inMessenger(emulator, titles.parents9, 'add', { userId: 1002, by: 1000 })
  await observe(scene)
  const closed = await inbox(scene, 'state=closed')
  assert.deepEqual(closed.byKind, { renamed: 1, stranger: 1, left: 1 })
  assert.deepEqual([...new Set(closed.rows.map(({ state }) => state))], ['over'])
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1002 })
  await inMessenger(emulator, titles.class9, 'add', { userId: 5000, by: 1001 })
  await observe(scene)
  assert.deepEqual((await inbox(scene)).byKind, { left: 1, stranger: 2, 'chat-gone': 1 })
})

test('a look that the messenger refuses concludes nothing', async () => {
  await using scene = await openDriftedScene()
  scene.emulator.addFault({ method: 'execute', times: 1, effect: { kind: 'http', status: 502 } })
  assert.deepEqual(await refusal(scene, 'POST', '/observations', {}), { status: 503, code: 'messenger-unavailable' })
  assert.equal((await inbox(scene)).total, 0)
  // One chat alone cannot be read: of the others everything is known.
  scene.emulator.addFault({ method: 'messages.getConversationMembers', times: 1, effect: { kind: 'error', code: 10 } })
  const { unreadable, chats } = await observe(scene)
  assert.deepEqual([unreadable, chats], [1, 3])
})

test('mending that would make a chat anew waits for the run that is under way, and nothing is written down before', async () => {
  await using scene = await openEngineHouse()
  const { emulator, house, school } = scene
  await synchronise(scene)
  await ageChats(scene.house.db)
  await inMessenger(emulator, titles.parents10, 'delete')
  await observe(scene)
  const { rows } = await inbox(scene)
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['chat-gone'],
  )
  await resolve(scene, 'accept', rows)
  await send(scene, 'PUT', `/chats/${rows[0]?.chatId}/managed`, { managed: true }, 200)
  await inMessenger(emulator, titles.teachers, 'delete')
  await observe(scene)
  const again = await inbox(scene, 'kind=chat-gone')
  await leaveClass(house, personOf(school, 1005))
  emulator.addFault({ method: 'messages.removeChatUser', times: 1, effect: { kind: 'delay', ms: 1_500 } })
  const underWay = await startRun(scene, await makePlan(scene))
  const items = again.rows.map(({ id }) => id)
  assert.ok(items.length > 0)
  assert.deepEqual(await refusal(scene, 'POST', '/drift/resolutions', { remedy: 'mend', items }), { status: 409, code: 'run-under-way' })
  assert.deepEqual(
    (await inbox(scene, 'kind=chat-gone')).rows.map(({ id }) => id),
    items,
  )
  await endOf(scene, underWay)
})

test('another school’s drift cannot be mended or accepted', async () => {
  await using scene = await openDriftedScene()
  const neighbours = await openNeighbours(scene)
  await observe(scene)
  const { rows } = await inbox(scene)
  const before = scene.emulator.chats()
  for (const remedy of ['mend', 'accept'] as const) assert.deepEqual(await resolve(neighbours, remedy, rows), { resolved: 0, runId: null })
  assert.deepEqual((await inbox(neighbours)).rows, [])
  assert.deepEqual((await inbox(scene)).rows, rows)
  assert.deepEqual(scene.emulator.chats(), before)
  assert.equal((await read<ChatPage>(scene, '/chats')).total, 5)
  assert.equal((await refusal(scene, 'POST', '/drift/resolutions', { remedy: 'mend', items: ['x'] })).status, 400)
  const stranger = rows.find(({ account }) => account === '5000')
  assert.equal(stranger?.person, null, 'whose account it is in the neighbouring school is not told')
})
