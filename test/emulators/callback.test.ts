import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startVkEmulator } from '../../emulators/start.ts'

type Event = {
  type: string
  secret?: string
  event_id?: string
  object?: { message: { peer_id: number; from_id: number; action: object } }
}

/** Somebody's Callback API server: confirms, and answers events with what `answer` says. */
async function openReceiver(answer: (event: Event) => { status: number; body: string }) {
  const events: { event: Event; retry: string | undefined }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const event = JSON.parse(text) as Event
    if (event.type === 'confirmation') return void response.end('confirmed')
    events.push({ event, retry: request.headers['x-retry-counter']?.toString() })
    const { status, body } = answer(event)
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, events, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) }
}

const community = { groupId: 700, token: 'c', rights: ['messages', 'manage'], name: 'Школа' }
const person = (userId: number) => ({
  login: `a${userId}`,
  profiles: [
    {
      userId,
      kind: 'edu' as const,
      surname: 'Пробный',
      givenName: 'Женя',
      patronymic: '',
      gender: 'male' as const,
      birthDate: '2010-01-01',
    },
  ],
})

async function openWorld() {
  const emulator = await startVkEmulator({
    port: 0,
    seed: { clients: [], accounts: [person(1), person(2)], communities: [community], serviceUsers: [] },
    limits: { callbackRetryMs: 5 },
  })
  const body = new URLSearchParams({ title: 'Чат', user_ids: '1', group_id: '700', access_token: 'c', v: '5.199' })
  await fetch(`${emulator.url}/method/messages.createChat`, { method: 'POST', body })
  const [chat] = emulator.chats()
  assert.ok(chat)
  const act = (what: string, given: object) =>
    fetch(`${emulator.url}/_emulator/chats/${chat.id}/${what}`, { method: 'POST', body: JSON.stringify(given) })
  return { emulator, act }
}

test('a confirmed server hears what people do in the community’s chats, in order, with its secret', async () => {
  const { emulator, act } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver(() => ({ status: 200, body: 'ok' }))
  emulator.setCallback({ groupId: 700, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  await act('rename', { title: 'Другой', by: 1 })
  await act('join', { userId: 2 })
  await act('leave', { userId: 2 })
  await act('kick', { userId: 1, by: -700 })
  await emulator.callbacksIdle()
  const told = receiver.events.map(({ event }) => [event.secret, event.object?.message.from_id, event.object?.message.action])
  assert.deepEqual(told, [
    ['s', 1, { type: 'chat_title_update', text: 'Другой' }],
    ['s', 2, { type: 'chat_invite_user_by_link', member_id: 2 }],
    ['s', 2, { type: 'chat_kick_user', member_id: 2 }],
    ['s', -700, { type: 'chat_kick_user', member_id: 1 }],
  ])
  assert.deepEqual(new Set(receiver.events.map(({ event }) => event.object?.message.peer_id)), new Set([2_000_000_001]))
  assert.deepEqual(emulator.callbacks(), [{ groupId: 700, status: 'ok', sent: 4, failed: 0, queued: 0 }])
})

test('an event that is not answered with «ok» comes again under the same id, and is given up in the end', async () => {
  const { emulator, act } = await openWorld()
  await using _ = emulator
  let refusals = 2
  await using receiver = await openReceiver(() => (refusals-- > 0 ? { status: 500, body: '' } : { status: 200, body: 'ok' }))
  emulator.setCallback({ groupId: 700, url: receiver.url, secret: 's', confirmation: 'confirmed' })
  await act('rename', { title: 'Другой', by: 1 })
  await emulator.callbacksIdle()
  assert.deepEqual(
    receiver.events.map(({ retry }) => retry),
    [undefined, '1', '2'],
  )
  assert.equal(new Set(receiver.events.map(({ event }) => event.event_id)).size, 1)
  refusals = 100
  await act('rename', { title: 'Третий', by: 1 })
  await emulator.callbacksIdle()
  assert.deepEqual(emulator.callbacks(), [{ groupId: 700, status: 'ok', sent: 1, failed: 1, queued: 0 }])
})

test('a server that does not confirm hears nothing', async () => {
  const { emulator, act } = await openWorld()
  await using _ = emulator
  await using receiver = await openReceiver(() => ({ status: 200, body: 'ok' }))
  emulator.setCallback({ groupId: 700, url: receiver.url, secret: 's', confirmation: 'something else' })
  await act('rename', { title: 'Другой', by: 1 })
  await emulator.callbacksIdle()
  assert.equal(receiver.events.length, 0)
  assert.equal(emulator.callbacks()[0]?.status, 'failed')
})
