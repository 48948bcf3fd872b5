import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ChatMember } from '#contract/chats.ts'
import type { DriftItem } from '#contract/drift.ts'
import { stopTestServer } from '../support/database.ts'
import { community } from '../support/school.ts'
import {
  chatNamed,
  chatThere,
  eventually,
  inMessenger,
  inside,
  openEngineHouse,
  openNeighbours,
  read,
  type Scene,
  send,
  synchronise,
  titles,
} from './engine-house.ts'

after(stopTestServer)

const secret = 'a-secret-of-the-community'
const env = {
  SFERUM_MODE: 'invite',
  SFERUM_TOKEN: community.token,
  SFERUM_GROUP_ID: String(community.groupId),
  SFERUM_CALLBACK_SECRET: secret,
  SFERUM_CALLBACK_CONFIRMATION: 'c0nf1rm',
}
type Action = { type: string; member_id?: number; text?: string }
type Office = Pick<Scene, 'administrator' | 'api'>

/** What VK's server sends: no session, no cookies, no word of a browser. */
async function post({ house }: Scene, body: unknown): Promise<{ status: number; said: string }> {
  const answer = await fetch(new URL('/api/callbacks/sferum', house.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, said: await answer.text() }
}
const ok = { status: 200, said: 'ok' }
const envelope = { group_id: community.groupId, event_id: 'e1', v: '5.199', secret }

function eventOf(scene: Scene, title: string, from_id: number, action: Action) {
  const number = chatThere(scene.emulator, title).numbers[-community.groupId]
  assert.ok(number)
  const message = { id: 0, date: 1, peer_id: 2_000_000_000 + number, from_id, text: '', action }
  return { ...envelope, type: 'message_new', object: { message, client_info: {} } }
}

const kicked = (scene: Scene, title: string, by: number, member_id: number) =>
  eventOf(scene, title, by, { type: 'chat_kick_user', member_id })
const left = (scene: Scene, title: string, member_id: number) => kicked(scene, title, member_id, member_id)
const joined = (scene: Scene, title: string, who: number) => eventOf(scene, title, who, { type: 'chat_invite_user_by_link' })

/** A school whose chats a community keeps: adults are inside, pupils are invited. */
async function openCallbackScene(): Promise<Scene> {
  const scene = await openEngineHouse({ env })
  await synchronise(scene)
  return scene
}

const drift = async (office: Office) =>
  (await read<{ rows: DriftItem[] }>(office, '/drift')).rows
    .map(({ kind, person, account, detail }) => [kind, person?.surname ?? account, detail])
    .sort((one, other) => String(one[1]).localeCompare(String(other[1])))
const within = <T>(ask: () => Promise<T>, isSo: (answer: T) => boolean) => eventually(ask, isSo, 5_000)
const stateOf = async (scene: Scene, title: string, surname: string) => {
  const { rows } = await read<{ rows: ChatMember[] }>(scene, `/chats/${(await chatNamed(scene, title)).id}/members`)
  return rows.find((member) => member.surname === surname)?.state
}
/** As long as a look after an event takes at most, so that what does not happen has had its time. */
const looked = () => new Promise((resolve) => setTimeout(resolve, 1_800))

test('VK’s first question is answered with the confirmation, and only for our community', async () => {
  await using scene = await openEngineHouse({ env })
  assert.deepEqual(await post(scene, { type: 'confirmation', group_id: community.groupId }), { status: 200, said: 'c0nf1rm' })
  const other = await post(scene, { type: 'confirmation', group_id: 701 })
  assert.equal(other.status, 403)
  assert.ok(!other.said.includes('c0nf1rm'))
})

test('without the secret nothing is believed', async () => {
  await using scene = await openCallbackScene()
  await inMessenger(scene.emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  const event = kicked(scene, titles.parents9, 1000, 1002)
  const { secret: _, ...bare } = event
  for (const forged of [
    bare,
    { ...event, secret: 'guess' },
    { ...event, secret: '' },
    { ...event, secret: [secret] },
    { ...event, group_id: 1 },
  ])
    assert.equal((await post(scene, forged)).status, 403)
  for (const garbage of ['', '{', '[]', '"ok"', 'null']) assert.equal((await post(scene, garbage)).status, 403, garbage)
  await looked()
  assert.deepEqual(await drift(scene), [])
})

test('events of no interest get their «ok», or VK would send them for ever', async () => {
  await using scene = await openCallbackScene()
  const chat = eventOf(scene, titles.class9, 1000, { type: 'chat_pin_message' })
  const unknown = { ...chat, object: { message: { ...chat.object.message, peer_id: 2_000_000_777, action: { type: 'chat_kick_user' } } } }
  const privately = { ...chat, object: { message: { ...chat.object.message, peer_id: 1000, action: undefined } } }
  const ours = eventOf(scene, titles.class9, -community.groupId, { type: 'chat_title_update' })
  for (const event of [
    { ...envelope, type: 'wall_post_new', object: {} },
    { ...envelope, type: 'message_new' },
    { ...envelope, type: 'message_new', object: { message: 'hello' } },
    chat,
    unknown,
    privately,
    ours,
  ])
    assert.deepEqual(await post(scene, event), ok)
  await looked()
  assert.deepEqual(await drift(scene), [])
})

test('who was taken out and who left by themselves is known within seconds, and told apart', async () => {
  await using scene = await openCallbackScene()
  const { emulator } = scene
  await inMessenger(emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1004 })
  assert.deepEqual(await post(scene, kicked(scene, titles.parents9, 1000, 1002)), ok)
  assert.deepEqual(await post(scene, left(scene, titles.parents9, 1004)), ok)
  const found = await within(
    () => drift(scene),
    (rows) => rows.length === 2,
  )
  assert.deepEqual(found, [
    ['kicked', 'Пробный1002', null],
    ['left', 'Пробный1004', null],
  ])
  await synchronise(scene)
  assert.deepEqual(await drift(scene), found, 'a later look knows it still')
})

test('a new title and a stranger are known within seconds', async () => {
  await using scene = await openCallbackScene()
  const { emulator } = scene
  await inMessenger(emulator, titles.parents9, 'add', { userId: 5000, by: 1002 })
  await post(scene, eventOf(scene, titles.parents9, 1002, { type: 'chat_invite_user', member_id: 5000 }))
  const number = chatThere(emulator, titles.teachers).numbers[-community.groupId]
  await inMessenger(emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  const renamed = eventOf(scene, 'Курилка', 1000, { type: 'chat_title_update', text: 'Курилка' })
  assert.equal(renamed.object.message.peer_id, 2_000_000_000 + (number ?? 0))
  await post(scene, renamed)
  assert.deepEqual(
    await within(
      () => drift(scene),
      (rows) => rows.length === 2,
    ),
    [
      ['stranger', '5000', null],
      ['renamed', null, 'Курилка'],
    ],
  )
})

test('a pupil who came by the link is known to be inside within seconds', async () => {
  await using scene = await openCallbackScene()
  assert.equal(await stateOf(scene, titles.class9, 'Пробный1001'), 'invited')
  await inMessenger(scene.emulator, titles.class9, 'add', { userId: 1001 })
  await post(scene, joined(scene, titles.class9, 1001))
  await within(
    () => stateOf(scene, titles.class9, 'Пробный1001'),
    (state) => state === 'member',
  )
  assert.deepEqual(await drift(scene), [])
})

test('events that come twice or in the wrong order change nothing that the messenger does not show', async () => {
  await using scene = await openCallbackScene()
  const { emulator } = scene
  // Two left; one of them came back, and the news of it is older than the news of the leaving.
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1002 })
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1004 })
  await inMessenger(emulator, titles.parents9, 'add', { userId: 1004 })
  const [gone, back, goneAndBack] = [
    left(scene, titles.parents9, 1002),
    joined(scene, titles.parents9, 1004),
    left(scene, titles.parents9, 1004),
  ]
  for (const event of [gone, back, goneAndBack, gone, back, goneAndBack]) assert.deepEqual(await post(scene, event), ok)
  await within(
    () => drift(scene),
    (rows) => rows.length > 0,
  )
  for (const event of [goneAndBack, gone]) assert.deepEqual(await post(scene, event), ok)
  await looked()
  assert.deepEqual(await drift(scene), [['left', 'Пробный1002', null]])
  assert.equal(await stateOf(scene, titles.parents9, 'Пробный1004'), 'member')
  // An invented event about somebody who is inside does nothing at all.
  await post(scene, kicked(scene, titles.parents9, 1000, 1006))
  await looked()
  assert.equal(await stateOf(scene, titles.parents9, 'Пробный1006'), 'member')
  assert.ok(inside(emulator, titles.parents9).includes(1006))
})

test('an old word about somebody who is inside is not remembered against them', async () => {
  await using scene = await openCallbackScene()
  const { emulator } = scene
  // Taken out and put back; the event comes when they are back already.
  await inMessenger(emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  await inMessenger(emulator, titles.parents9, 'add', { userId: 1002, by: 1000 })
  await post(scene, kicked(scene, titles.parents9, 1000, 1002))
  await looked()
  assert.deepEqual(await drift(scene), [])
  // Later they leave by themselves, and that event is lost.
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1002 })
  await send(scene, 'POST', '/observations', {}, 200)
  assert.deepEqual(await drift(scene), [['left', 'Пробный1002', 'unseen']])
})

test('an event concerns the school whose chat it is, and nobody else', async () => {
  await using scene = await openCallbackScene()
  const neighbours = await openNeighbours(scene)
  await synchronise(neighbours)
  const theirs = 'Соседи - 1А - Родительский чат'
  await inMessenger(scene.emulator, titles.parents9, 'kick', { userId: 1002, by: 1000 })
  await inMessenger(scene.emulator, theirs, 'kick', { userId: 5002, by: 5000 })
  await post(scene, kicked(scene, theirs, 5000, 5002))
  assert.deepEqual(
    await within(
      () => drift(neighbours),
      (rows) => rows.length > 0,
    ),
    [['kicked', 'Пробный5002', null]],
  )
  assert.deepEqual(await drift(scene), [], 'nobody told about that one, and nobody looked')
})

test('a house without these settings answers as if there were no such door', async () => {
  await using scene = await openEngineHouse()
  for (const body of [
    { type: 'confirmation', group_id: community.groupId },
    { ...envelope, type: 'message_new' },
  ]) {
    const { status, said } = await post(scene, body)
    assert.deepEqual([status, JSON.parse(said)], [404, { code: 'not-found' }])
  }
  assert.deepEqual(await send(scene, 'POST', '/observations', {}, 200), { chats: 0, unreadable: 0, drift: 0, held: 0 })
})
