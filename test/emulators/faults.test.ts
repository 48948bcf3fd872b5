import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultRule, VkEmulator } from '../../emulators/start.ts'
import { authorizeQuery, callVk, clientId, code, edu, pkce, postForm, startWorld } from './world.ts'

const setFault = async (emulator: VkEmulator, rule: FaultRule) => {
  const reply = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify(rule) })
  assert.equal(reply.status, 201)
}

test('an error strikes as often as told, after as many calls as told', async () => {
  await using emulator = await startWorld()
  await setFault(emulator, { method: 'utils.getServerTime', times: 2, after: 1, effect: { kind: 'error', code: 10 } })
  const codes: (number | undefined)[] = []
  for (let i = 0; i < 5; i++) codes.push(code(await callVk(emulator, 'utils.getServerTime')))
  assert.deepEqual(codes, [undefined, 10, 10, undefined, undefined])
})

test('a reply lost after the write: the chat is there and the client knows nothing', async () => {
  await using emulator = await startWorld()
  await setFault(emulator, { method: 'messages.createChat', times: 1, effect: { kind: 'lose-reply' } })
  await assert.rejects(callVk(emulator, 'messages.createChat', { title: 'Сирота' }))
  assert.equal(emulator.chats()[0]?.title, 'Сирота')
  assert.equal(emulator.calls()[0]?.outcome, 'lost')
  assert.equal((await callVk(emulator, 'messages.getConversations')).response.items[0].conversation.chat_settings.title, 'Сирота')
})

test('offline does nothing, and a whole packed request is lost or undone together', async () => {
  await using emulator = await startWorld()
  const script = 'return [API.messages.createChat({"title":"Раз"}),API.messages.createChat({"title":"Два"})];'
  await setFault(emulator, { method: 'messages.createChat', times: 1, after: 1, effect: { kind: 'offline' } })
  await assert.rejects(callVk(emulator, 'execute', { code: script }))
  assert.equal(emulator.chats().length, 0)
  await setFault(emulator, { method: 'messages.createChat', times: 1, after: 1, effect: { kind: 'lose-reply' } })
  await assert.rejects(callVk(emulator, 'execute', { code: script }))
  assert.equal(emulator.chats().length, 2)
  await setFault(emulator, { method: '*', times: 2, effect: { kind: 'offline' } })
  await assert.rejects(callVk(emulator, 'utils.getServerTime'))
  await assert.rejects(fetch(`${emulator.url}/authorize?${authorizeQuery(pkce())}`))
  assert.equal((await fetch(`${emulator.url}/authorize?${authorizeQuery(pkce())}`)).status, 200)
})

test('one person, one packed call, one key, one status', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х' })
  await setFault(emulator, { method: 'messages.addChatUser', userId: edu(2), times: 1, effect: { kind: 'error', code: 932 } })
  const script = `return [API.messages.addChatUser({"chat_id":1,"user_id":${edu(1)}}),API.messages.addChatUser({"chat_id":1,"user_id":${edu(2)}})];`
  const answer = await callVk(emulator, 'execute', { code: script })
  assert.deepEqual(answer.response, [1, false])
  assert.equal(answer.execute_errors?.[0]?.error_code, 932)
  await setFault(emulator, { token: 'community-key', times: 1, effect: { kind: 'http', status: 502 } })
  assert.equal((await callVk(emulator, 'utils.getServerTime')).response > 0, true)
  assert.equal((await fetch(`${emulator.url}/method/utils.getServerTime?v=5.199&access_token=community-key`)).status, 502)
})

test('a late reply comes after the work', async () => {
  await using emulator = await startWorld()
  await setFault(emulator, { method: 'messages.createChat', times: 1, effect: { kind: 'delay', ms: 150 } })
  const began = performance.now()
  const pending = callVk(emulator, 'messages.createChat', { title: 'Долгий' })
  const answer = await pending
  assert.ok(performance.now() - began >= 140)
  assert.equal(answer.response.chat_id, 1)
})

test('VK ID can fail too, and faults are seen and taken away', async () => {
  await using emulator = await startWorld()
  await setFault(emulator, { method: 'oauth2/user_info', times: 1, effect: { kind: 'error', code: 'server_error', message: 'сломано' } })
  const { body } = await postForm(`${emulator.url}/oauth2/user_info`, { client_id: clientId, access_token: 'x' })
  assert.deepEqual([body.error, body.error_description], ['server_error', 'сломано'])
  await setFault(emulator, { method: 'users.get', times: 5, effect: { kind: 'error', code: 9 } })
  const list = (await (await fetch(`${emulator.url}/_emulator/faults`)).json()) as { faults: { struck: number }[] }
  assert.deepEqual(
    list.faults.map((fault) => fault.struck),
    [1, 0],
  )
  await fetch(`${emulator.url}/_emulator/faults`, { method: 'DELETE' })
  assert.equal(code(await callVk(emulator, 'users.get')), undefined)
  const wrong = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: '{"times":1,"effect":{"kind":"explode"}}' })
  assert.equal(wrong.status, 400)
})

test('a share of calls fails, and the same ones again with the same seed', async () => {
  const run = async (seed: number) => {
    await using emulator = await startWorld({ limits: { seed } })
    emulator.addFault({ method: 'utils.getServerTime', share: 0.2, times: 1e9, effect: { kind: 'error', code: 10 } })
    const struck: boolean[] = []
    for (let i = 0; i < 200; i++) struck.push(code(await callVk(emulator, 'utils.getServerTime')) === 10)
    return struck
  }
  const [one, again, other] = await Promise.all([run(7), run(7), run(8)])
  assert.deepEqual(one, again)
  assert.notDeepEqual(one, other)
  const times = one.filter(Boolean).length
  assert.ok(times > 20 && times < 60, `${times} of 200`)
})

test('a share outside of 0 to 1, or stale lists of what is no list, are refused', async () => {
  await using emulator = await startWorld()
  const add = async (rule: object) => {
    const reply = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify(rule) })
    return { status: reply.status, body: (await reply.json()) as { problem?: string; times?: number } }
  }
  assert.match((await add({ share: 1.5, effect: { kind: 'offline' } })).body.problem ?? '', /share/)
  assert.match((await add({ method: 'users.get', effect: { kind: 'stale-lists', ms: 5 } })).body.problem ?? '', /stale-lists/)
  assert.match((await add({ effect: { kind: 'stale-lists' } })).body.problem ?? '', /ms/)
  assert.equal((await add({ share: 0.5, effect: { kind: 'offline' } })).body.times, 1e9)
})
