import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { VkEmulator, VkEmulatorOptions } from '../../emulators/start.ts'
import { openReceiver } from './receiver.ts'
import { noSchema, openReferee, schemaIsHere } from './schema.ts'
import { callVk, communityToken, edu, groupId, seed, serviceUser, startWorld } from './world.ts'

const firstPeer = 2_000_000_000

/** A world with one chat of the community, with edu(1) in it. */
async function openWorld(options: Partial<VkEmulatorOptions> = {}) {
  const emulator = await startWorld({ ...options, limits: { callbackRetryMs: 5, ...options.limits } })
  await callVk(emulator, 'messages.createChat', { title: 'Чат', user_ids: edu(1) }, communityToken)
  return { emulator, chatId: emulator.chats()[0]?.id ?? 0 }
}

const counts = (emulator: VkEmulator) => emulator.callbacks().map(({ status, sent, failed, queued }) => ({ status, sent, failed, queued }))

test('a confirmed server hears what people do in the community’s chats, in order, with its secret', async () => {
  const { emulator, chatId } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver()
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  emulator.acts.rename(chatId, 'Другой', edu(1))
  emulator.acts.join(chatId, edu(2))
  emulator.acts.leave(chatId, edu(2))
  emulator.acts.add(chatId, edu(3), edu(1))
  emulator.acts.kick(chatId, edu(1), -groupId)
  await callVk(emulator, 'messages.editChat', { chat_id: 1, title: 'Третий' }, communityToken)
  await emulator.callbacksIdle()
  assert.deepEqual(receiver.confirmations, [{ type: 'confirmation', group_id: groupId }])
  const told = receiver.events.map(({ event }) => [event.secret, event.object?.message.from_id, event.object?.message.action])
  assert.deepEqual(told, [
    ['s', edu(1), { type: 'chat_title_update', text: 'Другой' }],
    ['s', edu(2), { type: 'chat_invite_user_by_link', member_id: edu(2) }],
    ['s', edu(2), { type: 'chat_kick_user', member_id: edu(2) }],
    ['s', edu(1), { type: 'chat_invite_user', member_id: edu(3) }],
    ['s', -groupId, { type: 'chat_kick_user', member_id: edu(1) }],
    ['s', -groupId, { type: 'chat_title_update', text: 'Третий' }],
  ])
  assert.deepEqual(new Set(receiver.events.map(({ event }) => event.object?.message.peer_id)), new Set([firstPeer + 1]))
  assert.deepEqual(counts(emulator), [{ status: 'ok', sent: 6, failed: 0, queued: 0 }])
})

test('events have the shape of the vendor’s schema', { skip: schemaIsHere ? false : noSchema }, async () => {
  const referee = openReferee()
  const { emulator, chatId } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver()
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  emulator.acts.rename(chatId, 'Другой')
  emulator.acts.join(chatId, edu(2))
  emulator.acts.leave(chatId, edu(2))
  emulator.acts.add(chatId, edu(3))
  await emulator.callbacksIdle()
  assert.equal(receiver.events.length, 4)
  for (const { event } of receiver.events) {
    assert.equal(referee.complainOf('callback/objects.json', 'callback_base', event), undefined)
    assert.equal(referee.complainOf('callback/objects.json', 'callback_message_new', event.object), undefined)
  }
  const { object } = structuredClone(receiver.events[0]?.event ?? assert.fail())
  Object.assign(object?.message.action ?? {}, { type: 'chat_renamed' })
  assert.match(referee.complainOf('callback/objects.json', 'callback_message_new', object) ?? '', /allowed values/)
})

test('an event that is not answered with «ok» comes again under the same id, and is given up in the end', async () => {
  const { emulator, chatId } = await openWorld()
  await using _ = emulator
  const bad = [
    { status: 500, body: 'ok' },
    { status: 200, body: 'ok\n' },
    { status: 200, body: '{"ok":true}' },
  ]
  await using receiver = await openReceiver({ answer: () => bad.shift() ?? { status: 200, body: 'ok' } })
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  emulator.acts.rename(chatId, 'Другой')
  await emulator.callbacksIdle()
  assert.deepEqual(
    receiver.events.map(({ retry }) => retry),
    [undefined, '1', '2', '3'],
  )
  assert.equal(new Set(receiver.events.map(({ event }) => event.event_id)).size, 1)
  emulator.limits.callbackAttempts = 2
  for (let i = 0; i < 2; i++) bad.push({ status: 500, body: '' })
  emulator.acts.rename(chatId, 'Третий')
  emulator.acts.rename(chatId, 'Четвёртый')
  await emulator.callbacksIdle()
  assert.deepEqual(receiver.titles().slice(4), ['Третий', 'Третий', 'Четвёртый'])
  assert.deepEqual(counts(emulator), [{ status: 'ok', sent: 2, failed: 1, queued: 0 }])
})

test('a server that does not confirm hears nothing; one that answers «remove» is forgotten', async () => {
  const { emulator, chatId } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver({ answer: () => ({ status: 200, body: 'remove' }) })
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'something else' })
  emulator.acts.rename(chatId, 'Другой')
  await emulator.callbacksIdle()
  assert.equal(receiver.events.length, 0)
  assert.deepEqual(counts(emulator), [{ status: 'failed', sent: 0, failed: 1, queued: 0 }])
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  emulator.acts.rename(chatId, 'Третий')
  await emulator.callbacksIdle()
  assert.equal(receiver.events.length, 1)
  assert.deepEqual(emulator.callbacks(), [])
})

test('by the lever, the code is the community’s own, and the state is readable', async () => {
  const { emulator, chatId } = await openWorld()
  await using _ = emulator
  const { code } = (await callVk(emulator, 'groups.getCallbackConfirmationCode', { group_id: groupId }, communityToken)).response
  await using receiver = await openReceiver({ confirmation: () => code })
  const post = (body: object) => fetch(`${emulator.url}/_emulator/callback`, { method: 'POST', body: JSON.stringify(body) })
  assert.equal((await post({ groupId, url: 'nowhere' })).status, 400)
  assert.equal((await post({ groupId, url: receiver.url, secret: '' })).status, 201)
  await fetch(`${emulator.url}/_emulator/chats/${chatId}/join`, { method: 'POST', body: JSON.stringify({ userId: edu(2) }) })
  await emulator.callbacksIdle()
  assert.equal('secret' in (receiver.events[0]?.event ?? {}), false)
  const state = await (await fetch(`${emulator.url}/_emulator/callback`)).json()
  assert.deepEqual(state, { servers: [{ groupId, serverId: 1, url: receiver.url, status: 'ok', sent: 1, failed: 0, queued: 0 }] })
})

test('a chat that a user made is heard of only once the community is in it, under the community’s own number', async () => {
  const { emulator } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver()
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  for (const title of ['А', 'Б', 'В']) await callVk(emulator, 'messages.createChat', { title })
  const theirs = emulator.chats().find((chat) => chat.title === 'В')?.id ?? 0
  emulator.acts.rename(theirs, 'Никто не слышит')
  emulator.acts.add(theirs, -groupId)
  emulator.acts.rename(theirs, 'Слышно')
  emulator.acts.kick(theirs, -groupId)
  emulator.acts.rename(theirs, 'Снова не слышно')
  await emulator.callbacksIdle()
  assert.deepEqual(
    receiver.events.map(({ event }) => [event.object?.message.peer_id, event.object?.message.from_id, event.object?.message.action]),
    [
      [firstPeer + 2, serviceUser, { type: 'chat_invite_user', member_id: -groupId }],
      [firstPeer + 2, serviceUser, { type: 'chat_title_update', text: 'Слышно' }],
    ],
  )
})

test('events are repeated and out of order when asked for, the same way with the same seed', async () => {
  const run = async (chanceSeed: number) => {
    const { emulator, chatId } = await openWorld({ limits: { callbackDuplicates: 0.5, callbackShuffle: true, seed: chanceSeed } })
    await using _ = emulator
    await using receiver = await openReceiver()
    emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
    for (let i = 0; i < 12; i++) emulator.acts.rename(chatId, String(i))
    await emulator.callbacksIdle()
    assert.equal(new Set(receiver.events.map(({ event }) => event.event_id)).size, 12)
    return receiver.titles()
  }
  const [one, again] = await Promise.all([run(3), run(3)])
  assert.deepEqual(one, again)
  assert.ok(one.length > 12 && one.length < 24, `${one.length} deliveries`)
  assert.notDeepEqual(
    [...new Set(one)],
    [...new Set(one)].sort((a, b) => Number(a) - Number(b)),
  )
})

test('what was undone is not told, and a slow receiver holds nobody up', async () => {
  const { emulator } = await openWorld()
  await using _ = emulator
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await using receiver = await openReceiver({ answer: () => held.then(() => ({ status: 200, body: 'ok' })) })
  emulator.setCallback({ groupId, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'offline' } })
  const script = 'API.messages.editChat({"chat_id":1,"title":"Раз"});return API.messages.createChat({"title":"Два"});'
  await assert.rejects(callVk(emulator, 'execute', { code: script }, communityToken))
  for (const title of ['2А', '3А']) await callVk(emulator, 'messages.editChat', { chat_id: 1, title }, communityToken)
  assert.ok((emulator.callbacks()[0]?.queued ?? 0) > 0)
  release()
  await emulator.callbacksIdle()
  assert.deepEqual(receiver.titles(), ['2А', '3А'])
})

test('a server of the seed is asked at the start and after a reset; closing leaves nothing under way', async () => {
  await using receiver = await openReceiver({ answer: () => ({ status: 500, body: '' }) })
  const callback = { url: receiver.url, secret: 's', confirmation: 'confirmed' }
  const withCallback = { ...seed, communities: seed.communities.map((community) => ({ ...community, callback })) }
  const { emulator, chatId } = await openWorld({ seed: withCallback, limits: { callbackRetryMs: 60_000 } })
  await emulator.callbacksIdle()
  assert.equal(emulator.callbacks()[0]?.status, 'ok')
  emulator.reset()
  await emulator.callbacksIdle()
  assert.equal(receiver.confirmations.length, 2)
  await callVk(emulator, 'messages.createChat', { title: 'Чат' }, communityToken)
  emulator.acts.rename(chatId, 'Никогда не доставят')
  while (receiver.events.length === 0) await pause(5)
  await emulator.close()
  await emulator.callbacksIdle()
  assert.equal(receiver.events.length, 1)
  for (let i = 0; i < 200 && (await receiver.connections()) > 0; i++) await pause(5)
  assert.equal(await receiver.connections(), 0)
})
