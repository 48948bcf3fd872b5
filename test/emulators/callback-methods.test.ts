import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { VkEmulator } from '../../emulators/start.ts'
import { openReceiver } from './receiver.ts'
import { callVk, code, communityToken, edu, groupId, seed, startWorld, userToken } from './world.ts'

const call = (emulator: VkEmulator, method: string, params: Record<string, string | number> = {}, token = communityToken) =>
  callVk(emulator, `groups.${method}`, { group_id: groupId, ...params }, token)

test('a community adds its server, turns events on, moves it and takes it away', async () => {
  await using emulator = await startWorld({ limits: { callbackRetryMs: 5 } })
  const confirmation = (await call(emulator, 'getCallbackConfirmationCode')).response.code as string
  assert.match(confirmation, /^[0-9a-f]{8}$/)
  await using receiver = await openReceiver({ confirmation: () => confirmation })
  await using second = await openReceiver({ confirmation: () => confirmation })
  const server_id = (await call(emulator, 'addCallbackServer', { url: receiver.url, title: 'Чаты', secret_key: 's' })).response.server_id
  await emulator.callbacksIdle()
  const servers = async () => (await call(emulator, 'getCallbackServers')).response
  const described = { id: server_id, title: 'Чаты', creator_id: 0, url: receiver.url, secret_key: 's', status: 'ok' }
  assert.deepEqual(await servers(), { count: 1, items: [described] })

  await callVk(emulator, 'messages.createChat', { title: 'Чат', user_ids: edu(1) }, communityToken)
  const rename = (title: string) => callVk(emulator, 'messages.editChat', { chat_id: 1, title }, communityToken)
  await rename('Рано')
  assert.equal((await call(emulator, 'setCallbackSettings', { server_id, message_new: 1, api_version: '5.199' })).response, 1)
  await rename('Слышно')
  await emulator.callbacksIdle()
  assert.deepEqual(receiver.titles(), ['Слышно'])
  assert.equal(receiver.events[0]?.event.secret, 's')

  assert.equal((await call(emulator, 'editCallbackServer', { server_id, url: second.url, title: 'Новый' })).response, 1)
  await rename('На новом месте')
  await emulator.callbacksIdle()
  assert.deepEqual([receiver.titles(), second.titles()], [['Слышно'], ['На новом месте']])
  assert.equal(second.confirmations.length, 1)
  assert.equal((await call(emulator, 'deleteCallbackServer', { server_id })).response, 1)
  await rename('Некому')
  await emulator.callbacksIdle()
  assert.deepEqual([(await servers()).count, second.events.length], [0, 1])
})

test('refusals: who may not, what is wrong, what is not there, what is too much', async () => {
  await using emulator = await startWorld({ limits: { callbackAttempts: 1 } })
  const add = (params: Record<string, string | number>, token = communityToken) =>
    call(emulator, 'addCallbackServer', { url: 'http://127.0.0.1:1/', title: 'Чаты', ...params }, token).then(code)
  assert.equal(await add({}, userToken), 15)
  assert.equal(await add({}, 'service-key'), 28)
  assert.equal(await add({ group_id: 5 }), 15)
  assert.equal(await add({ group_id: 0 }), 100)
  assert.equal(await add({ title: '' }), 100)
  assert.equal(await add({ title: 'пятнадцать букв' }), 100)
  assert.equal(await add({ url: 'ftp://школа' }), 100)
  assert.equal(await add({ secret_key: 'x'.repeat(51) }), 100)
  assert.equal(code(await call(emulator, 'deleteCallbackServer', { server_id: 77 })), 104)
  assert.equal(code(await call(emulator, 'deleteCallbackServer')), 100)
  assert.equal(code(await call(emulator, 'setCallbackSettings', { message_new: 1 })), 104)
  for (let i = 0; i < 10; i++) assert.equal(await add({}), undefined)
  assert.equal(await add({}), 2000)
  await emulator.callbacksIdle()
  assert.deepEqual(new Set(emulator.callbacks().map(({ status }) => status)), new Set(['failed']))
})

test('a key without the right «manage» governs nothing', async () => {
  const poor = { ...seed, communities: seed.communities.map((community) => ({ ...community, rights: ['messages'] })) }
  await using emulator = await startWorld({ seed: poor })
  assert.equal(code(await call(emulator, 'getCallbackServers')), 15)
})

test('a server outlives a restart and need not confirm again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vk-callback-'))
  const dataFile = join(folder, 'vk.sqlite')
  try {
    const before = await startWorld({ dataFile })
    const confirmation = (await call(before, 'getCallbackConfirmationCode')).response.code as string
    await using receiver = await openReceiver({ confirmation: () => confirmation })
    await call(before, 'addCallbackServer', { url: receiver.url, title: 'Чаты' })
    await call(before, 'setCallbackSettings', { message_new: 1 })
    await before.callbacksIdle()
    await callVk(before, 'messages.createChat', { title: 'Чат' }, communityToken)
    await before.close()
    await using again = await startWorld({ dataFile })
    again.acts.rename(again.chats()[0]?.id ?? 0, 'После', -groupId)
    await again.callbacksIdle()
    assert.deepEqual([receiver.titles(), receiver.confirmations.length], [['После'], 1])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
