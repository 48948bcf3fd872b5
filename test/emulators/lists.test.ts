import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VkEmulator } from '../../emulators/start.ts'
import { callVk, code, communityToken, edu, serviceUser, startWorld, userToken } from './world.ts'

const firstPeer = 2_000_000_000

const members = async (emulator: VkEmulator) => {
  const answer = await callVk(emulator, 'messages.getConversationMembers', { peer_id: firstPeer + 1, count: 200 })
  return answer.error ? answer.error.error_code : answer.response.items.map((member: { member_id: number }) => member.member_id)
}
const titles = async (emulator: VkEmulator) => {
  const { response } = await callVk(emulator, 'messages.getConversations', { count: 200 })
  return response.items.map((item: { conversation: { chat_settings: { title: string } } }) => item.conversation.chat_settings.title)
}

test('stale lists tell of the world as it was, and every other method of the world as it is', async () => {
  let now = Date.UTC(2026, 8, 1)
  await using emulator = await startWorld({ clock: () => now })
  await callVk(emulator, 'messages.createChat', { title: '1А', user_ids: `${edu(1)},${edu(2)}` })
  now += 250
  await callVk(emulator, 'messages.editChat', { chat_id: 1, title: '2А' })
  await callVk(emulator, 'messages.addChatUser', { chat_id: 1, user_id: edu(3) })
  await callVk(emulator, 'messages.removeChatUser', { chat_id: 1, member_id: edu(1) })
  await callVk(emulator, 'messages.createChat', { title: '1Б' })
  assert.deepEqual(
    [await members(emulator), await titles(emulator)],
    [
      [serviceUser, edu(2), edu(3)],
      ['1Б', '2А'],
    ],
  )

  emulator.addFault({ times: 1e9, effect: { kind: 'stale-lists', ms: 100 } })
  assert.deepEqual([await members(emulator), await titles(emulator)], [[serviceUser, edu(1), edu(2)], ['1А']])
  const byId = await callVk(emulator, 'messages.getConversationsById', { peer_ids: `${firstPeer + 1},${firstPeer + 2}` })
  assert.equal(byId.response.items.length, 1)
  assert.equal(byId.response.items[0].chat_settings.title, '1А')
  assert.equal(byId.response.items[0].chat_settings.members_count, 3)
  const packed = await callVk(emulator, 'execute', { code: `return API.messages.getConversationsById({"peer_ids":${firstPeer + 1}});` })
  assert.equal(packed.response.items[0].chat_settings.title, '1А')
  assert.equal((await callVk(emulator, 'messages.getChat', { chat_id: 1 })).response.title, '2А', 'not a list')
  assert.equal(code(await callVk(emulator, 'messages.addChatUser', { chat_id: 1, user_id: edu(3) })), 15, 'writing knows the present')
  now += 100
  assert.deepEqual(
    [await members(emulator), await titles(emulator)],
    [
      [serviceUser, edu(2), edu(3)],
      ['1Б', '2А'],
    ],
  )
})

test('coming back, going again and roles are told as of then; before its beginning a chat is unknown', async () => {
  let now = Date.UTC(2026, 8, 1)
  await using emulator = await startWorld({ clock: () => now })
  const at = async (method: string, params: Record<string, string | number>, token = userToken) => {
    assert.equal((await callVk(emulator, method, params, token)).error, undefined)
    now += 1000
  }
  await at('messages.createChat', { title: '1А', user_ids: edu(1) }, communityToken)
  await at('messages.setMemberRole', { peer_id: firstPeer + 1, member_id: edu(1), role: 'admin' }, communityToken)
  await at('messages.removeChatUser', { chat_id: 1, member_id: edu(1) }, communityToken)
  const { link } = (await callVk(emulator, 'messages.getInviteLink', { peer_id: firstPeer + 1 }, communityToken)).response
  await at('messages.joinChatByInviteLink', { link })
  await at('messages.removeChatUser', { chat_id: 1, member_id: serviceUser })
  const asOf = async (ms: number) => {
    emulator.clearFaults()
    emulator.addFault({ method: 'messages.getConversationMembers', times: 1, effect: { kind: 'stale-lists', ms } })
    const answer = await callVk(emulator, 'messages.getConversationMembers', { peer_id: firstPeer + 1 }, communityToken)
    return (
      code(answer) ??
      answer.response.items.slice(1).map((member: { member_id: number; is_admin?: true }) => [member.member_id, member.is_admin])
    )
  }
  assert.deepEqual(await asOf(0), [])
  assert.deepEqual(await asOf(1500), [[serviceUser, undefined]])
  assert.deepEqual(await asOf(2500), [])
  assert.deepEqual(await asOf(3500), [[edu(1), true]])
  assert.deepEqual(await asOf(4500), [[edu(1), undefined]])
  assert.equal(await asOf(5500), 927)
})
