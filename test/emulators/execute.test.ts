import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callVk, code, communityToken, edu, refuser, startWorld } from './world.ts'

test('packed calls run in order; a failed one is false in its place and listed apart', async () => {
  await using emulator = await startWorld()
  const script = `return [
    API.messages.createChat({"title":"1А \\u2014 «класс» \\"кавычки\\"","user_ids":[${edu(1)},${edu(2)}]}),
    API.messages.addChatUser({"chat_id":1,"user_id":${refuser}}),
    API.messages.addChatUser({"chat_id":1,"user_id":${edu(3)}}),
    API.messages.nothing({}),
  ];`
  const answer = await callVk(emulator, 'execute', { code: script })
  assert.deepEqual(answer.response, [{ chat_id: 1, peer_ids: [edu(1), edu(2)] }, false, 1, false])
  assert.deepEqual(
    answer.execute_errors?.map((error) => [error.method, error.error_code]),
    [
      ['messages.addChatUser', 981],
      ['messages.nothing', 3],
    ],
  )
  assert.equal(emulator.chats()[0]?.title, '1А — «класс» "кавычки"')
  const [call] = emulator.calls()
  assert.deepEqual(call?.packed, ['messages.createChat', 'messages.addChatUser', 'messages.addChatUser', 'messages.nothing'])
  assert.deepEqual(call?.packedErrors, ['messages.addChatUser:981', 'messages.nothing:3'])
})

test('the language: variables, conditions, loops, projections and sums', async () => {
  await using emulator = await startWorld()
  const run = async (script: string) => (await callVk(emulator, 'execute', { code: script, who: edu(2) }, communityToken)).response
  assert.deepEqual(
    await run(`var u = API.users.get({"user_ids":"${edu(1)},${edu(2)}"}); return {ids: u@.id, n: u.length, first: u[0].last_name};`),
    {
      ids: [edu(1), edu(2)],
      n: 2,
      first: 'Липова',
    },
  )
  assert.deepEqual(
    await run('var i = 0; var a = []; while (i < 3) { a.push(i * 2); i = i + 1; } return a + [parseInt("9")];'),
    [0, 2, 4, 9],
  )
  assert.equal(await run('if (Args.who == 5 || !Args.who) return "no"; else { return "yes" + 1; }'), 'yes1')
  assert.equal(
    await run('var c = API.messages.createChat({"title":"Чат"}); return API.messages.editChat({"chat_id": c.chat_id, "title": "Иное"});'),
    1,
  )
  assert.equal(emulator.chats()[0]?.title, 'Иное')
  assert.equal(await run('// nothing comes back\nvar a = 1;'), null)
})

test('at most 25 calls; broken text is 12, a broken run 13', async () => {
  await using emulator = await startWorld()
  const many = (n: number) => `return [${Array.from({ length: n }, () => 'API.utils.getServerTime({})').join(',')}];`
  assert.equal((await callVk(emulator, 'execute', { code: many(25) })).response.length, 25)
  assert.equal(code(await callVk(emulator, 'execute', { code: many(26) })), 13)
  assert.equal(code(await callVk(emulator, 'execute', { code: 'return [API.users.get({})' })), 12)
  assert.equal(code(await callVk(emulator, 'execute', { code: 'var x = 1' })), 12)
  assert.equal(code(await callVk(emulator, 'execute', { code: 'return 1 / 0;' })), 13)
  assert.equal(code(await callVk(emulator, 'execute', { code: 'while (true) { var x = 1; } return 1;' })), 13)
  assert.equal(code(await callVk(emulator, 'execute', {})), 100)
})

test('a packed request costs one call of the rate', async () => {
  await using emulator = await startWorld({ clock: () => 5_000, limits: { userCallsPerSecond: 3 } })
  const script = 'return [API.utils.getServerTime({}),API.utils.getServerTime({}),API.utils.getServerTime({}),API.utils.getServerTime({})];'
  for (let i = 0; i < 3; i++) assert.deepEqual((await callVk(emulator, 'execute', { code: script })).response, [5, 5, 5, 5])
  assert.equal(code(await callVk(emulator, 'execute', { code: script })), 6)
})
