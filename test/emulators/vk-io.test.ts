import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import type { Agent as SecureAgent } from 'node:https'
import { test } from 'node:test'
import { API } from 'vk-io'
import type { VkEmulator } from '../../emulators/start.ts'
import { communityToken, edu, groupId, refuser, serviceUser, startWorld, userToken } from './world.ts'

/** A client that knows nothing of us: what it can do here, it can do at VK. */
function client(emulator: VkEmulator, token: string, apiMode: 'sequential' | 'parallel' = 'sequential') {
  // Over http vk-io needs an agent of its own, or it refuses the protocol; its types know only https.
  const agent = new Agent() as unknown as SecureAgent
  return new API({ token, apiBaseUrl: `${emulator.url}/method`, agent, apiMode, apiLimit: 20, apiExecuteCount: 25 })
}

test('vk-io signs in with both keys, creates chats and lists them', async () => {
  await using emulator = await startWorld()
  const community = client(emulator, communityToken)
  const user = client(emulator, userToken)
  assert.equal((await community.groups.getTokenPermissions({})).permissions[0]?.name, 'messages')
  assert.equal((await user.users.get({}))[0]?.id, serviceUser)
  await community.messages.createChat({ title: '1А - Родительский чат', user_ids: [edu(1), edu(2)], group_id: groupId })
  const made = (await user.messages.createChat({ title: '1А - Чат класса', user_ids: [edu(1), refuser] })) as unknown
  assert.deepEqual(made, { chat_id: 1, peer_ids: [edu(1)] })
  await user.messages.addChatUser({ chat_id: 1, user_id: edu(3) })
  const list = await community.messages.getConversations({ count: 200 })
  assert.equal(list.items[0]?.conversation.chat_settings?.title, '1А - Родительский чат')
  const members = await user.messages.getConversationMembers({ peer_id: 2_000_000_001 })
  assert.deepEqual(
    members.items.map((member) => member.member_id),
    [serviceUser, edu(1), edu(3)],
  )
  await assert.rejects(user.messages.addChatUser({ chat_id: 1, user_id: refuser }), { code: 981 })
})

test('vk-io in its parallel mode packs calls into execute', async () => {
  await using emulator = await startWorld()
  const api = client(emulator, communityToken, 'parallel')
  const titles = Array.from({ length: 10 }, (_, i) => `${i + 1}А - «Чат» "класса"`)
  const made = await Promise.allSettled([
    ...titles.map((title) => api.messages.createChat({ title, user_ids: [edu(1)] })),
    api.messages.editChat({ chat_id: 999, title: 'нет такого' }),
  ])
  assert.equal(made.filter((one) => one.status === 'fulfilled').length, 10)
  const failed = made.at(-1)
  assert.equal(failed?.status === 'rejected' && (failed.reason as { code: number }).code, 927)
  assert.deepEqual(
    emulator.chats().map((chat) => chat.title),
    titles,
  )
  assert.ok(emulator.calls().some((call) => call.method === 'execute' && call.packed.length === 11))
})
