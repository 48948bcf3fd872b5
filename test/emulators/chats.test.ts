import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocker, callVk, code, communityToken, edu, groupId, refuser, serviceUser, startWorld, userToken } from './world.ts'

const firstPeer = 2_000_000_000

test('every actor numbers the chats it sees by itself, and a number of one opens nothing for another', async () => {
  await using emulator = await startWorld()
  assert.deepEqual((await callVk(emulator, 'messages.createChat', { title: 'А', user_ids: edu(1) })).response, {
    chat_id: 1,
    peer_ids: [edu(1)],
  })
  assert.equal((await callVk(emulator, 'messages.createChat', { title: 'Б', user_ids: edu(2) })).response.chat_id, 2)
  assert.equal((await callVk(emulator, 'messages.createChat', { title: 'В', user_ids: edu(2) }, communityToken)).response.chat_id, 1)
  const [a, b, c] = emulator.chats()
  assert.deepEqual(a?.numbers, { [serviceUser]: 1, [edu(1)]: 1 })
  assert.deepEqual(b?.numbers, { [serviceUser]: 2, [edu(2)]: 1 })
  assert.deepEqual(c?.numbers, { [-groupId]: 1, [edu(2)]: 2 })
  assert.equal(code(await callVk(emulator, 'messages.editChat', { chat_id: 2, title: 'Г' }, communityToken)), 927)
})

test('createChat leaves out who refuses, silently; the answer tells who came', async () => {
  await using emulator = await startWorld()
  const list = [edu(1), refuser, blocker, edu(1)].join(',')
  assert.deepEqual((await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: list })).response.peer_ids, [edu(1), blocker])
  assert.deepEqual((await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: list }, communityToken)).response.peer_ids, [
    edu(1),
  ])
  assert.deepEqual(
    emulator.chats().map((chat) => chat.members.map((member) => member.id)),
    [
      [serviceUser, edu(1), blocker],
      [-groupId, edu(1)],
    ],
  )
  const old = await callVk(emulator, 'messages.createChat', { title: 'Х', v: '5.131' })
  assert.equal(old.response, 2, 'a bare number before 5.199')
})

test('createChat refuses an empty title, a title too long and unknown people, and creates nothing then', async () => {
  await using emulator = await startWorld()
  assert.equal(code(await callVk(emulator, 'messages.createChat', { title: '  ' })), 100)
  assert.equal(code(await callVk(emulator, 'messages.createChat', { title: 'я'.repeat(121) })), 100)
  assert.equal(code(await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: '5,6' })), 936)
  assert.equal(code(await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: 'a' })), 100)
  assert.equal(emulator.chats().length, 0)
})

test('people are added, taken out and refuse, each with its own number', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: edu(1) })
  const add = (userId: number | string, token = userToken) =>
    callVk(emulator, 'messages.addChatUser', { chat_id: 1, user_id: userId }, token)
  const remove = (userId: number) => callVk(emulator, 'messages.removeChatUser', { chat_id: 1, member_id: userId })
  assert.equal((await add(edu(2))).response, 1)
  assert.equal(code(await add(edu(2))), 15)
  assert.equal(code(await add(refuser)), 981)
  assert.equal(code(await add(12345)), 936)
  assert.equal(code(await add(0)), 100)
  assert.equal(code(await add(edu(3), communityToken)), 27, 'a community key cannot add')
  assert.equal(code(await add(edu(3), 'poor-key')), 15, 'nor a key without the right')
  assert.equal((await remove(edu(2))).response, 1)
  assert.equal(code(await remove(edu(2))), 935)
  assert.equal((await add(edu(2))).response, 1, 'somebody taken out can be put back')
  const [chat] = emulator.chats()
  await fetch(`${emulator.url}/_emulator/chats/${chat?.id}/leave`, { method: 'POST', body: JSON.stringify({ userId: edu(2) }) })
  assert.equal(code(await add(edu(2))), 15, 'somebody who left cannot')
  assert.equal(code(await callVk(emulator, 'messages.addChatUser', { chat_id: 100_000_001, user_id: edu(1) })), 100)
  assert.deepEqual(emulator.chats()[0]?.gone, [{ id: edu(2), state: 'left' }])
})

test('members are listed in pages of at most a thousand', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: [1, 2, 3, 4].map(edu).join(',') })
  const list = (more: Record<string, string | number>) =>
    callVk(emulator, 'messages.getConversationMembers', { peer_id: firstPeer + 1, ...more })
  const all = (await list({ count: 1000, extended: 1 })).response
  assert.equal(all.count, 5)
  assert.deepEqual(
    all.items.find((item: { is_owner?: boolean }) => item.is_owner),
    { member_id: serviceUser, join_date: all.items[0].join_date, invited_by: serviceUser, is_admin: true, is_owner: true, can_kick: false },
  )
  assert.equal(all.profiles.length, 5)
  const pages = [await list({ count: 3 }), await list({ count: 3, offset: 3 })]
  assert.deepEqual(
    pages.flatMap((page) => page.response.items.map((item: { member_id: number }) => item.member_id)),
    all.items.map((item: { member_id: number }) => item.member_id),
  )
  assert.equal(code(await list({ count: 1001 })), 100)
  assert.equal(code(await callVk(emulator, 'messages.getConversationMembers', {})), 100)
})

test('a chat that the actor was taken out of answers 917, one that is gone 927', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: edu(1) })
  await callVk(emulator, 'messages.createChat', { title: 'У', user_ids: edu(1) })
  const [first, second] = emulator.chats()
  await fetch(`${emulator.url}/_emulator/chats/${first?.id}/kick`, {
    method: 'POST',
    body: JSON.stringify({ userId: serviceUser, by: edu(1) }),
  })
  await fetch(`${emulator.url}/_emulator/chats/${second?.id}/delete`, { method: 'POST' })
  const members = (n: number) => callVk(emulator, 'messages.getConversationMembers', { peer_id: firstPeer + n })
  assert.equal(code(await members(1)), 917)
  assert.equal(code(await members(2)), 927)
  assert.equal(code(await members(3)), 927)
  assert.equal(code(await callVk(emulator, 'messages.editChat', { chat_id: 2, title: 'Я' })), 945)
  assert.equal(code(await callVk(emulator, 'messages.removeChatUser', { chat_id: 2, user_id: edu(1) })), 1017)
  const byId = (await callVk(emulator, 'messages.getConversationsById', { peer_ids: [1, 2, 3].map((n) => firstPeer + n).join(',') }))
    .response
  assert.deepEqual(
    byId.items.map((item: { chat_settings: { state: string } }) => item.chat_settings.state),
    ['kicked'],
  )
  assert.equal((await callVk(emulator, 'messages.getConversations', {})).response.count, 0)
})

test('a community renames, removes and invites by link; a person joins by it', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: edu(1) }, communityToken)
  assert.equal((await callVk(emulator, 'messages.editChat', { chat_id: 1, title: 'Родители 1А' }, communityToken)).response, 1)
  const { link } = (await callVk(emulator, 'messages.getInviteLink', { peer_id: firstPeer + 1, group_id: groupId }, communityToken))
    .response
  assert.ok(link.startsWith(`${emulator.url}/join/`))
  assert.equal(code(await callVk(emulator, 'messages.joinChatByInviteLink', { link }, communityToken)), 27)
  assert.deepEqual((await callVk(emulator, 'messages.getChatPreview', { link })).response.preview.title, 'Родители 1А')
  assert.deepEqual((await callVk(emulator, 'messages.joinChatByInviteLink', { link })).response, { chat_id: 1 })
  const joined = await fetch(link, { method: 'POST', body: new URLSearchParams({ as: String(edu(3)) }), redirect: 'manual' })
  assert.equal(joined.headers.get('location'), `/messenger/${edu(3)}/chats/1`)
  assert.equal((await callVk(emulator, 'messages.removeChatUser', { chat_id: 1, member_id: edu(1) }, communityToken)).response, 1)
  assert.equal(
    (await callVk(emulator, 'messages.setMemberRole', { peer_id: firstPeer + 1, member_id: edu(3), role: 'admin' }, communityToken))
      .response,
    1,
  )
  assert.deepEqual(emulator.chats()[0]?.members, [
    { id: -groupId, isAdmin: true },
    { id: serviceUser, isAdmin: false },
    { id: edu(3), isAdmin: true },
  ])
  const fresh = (await callVk(emulator, 'messages.getInviteLink', { peer_id: firstPeer + 1, reset: 1 }, communityToken)).response.link
  assert.notEqual(fresh, link)
  assert.equal(code(await callVk(emulator, 'messages.joinChatByInviteLink', { link })), 917)
  assert.equal(
    code(await callVk(emulator, 'messages.getInviteLink', { peer_id: firstPeer + 1 })),
    919,
    'an ordinary member does not see the link',
  )
})

test('messages reach chats and people once per random_id, and not those who forbid them', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Х', user_ids: edu(1) }, communityToken)
  const send = (params: Record<string, string | number>) =>
    callVk(emulator, 'messages.send', { message: 'Здравствуйте', random_id: 7, ...params }, communityToken)
  assert.equal((await send({ peer_id: firstPeer + 1 })).response, 0, 'message ids are 0 in community chats')
  await send({ peer_id: firstPeer + 1 })
  const id = (await send({ user_id: edu(1) })).response
  assert.equal((await send({ user_id: edu(1) })).response, id)
  assert.equal(code(await send({ user_id: blocker })), 901)
  const many = (await send({ peer_ids: `${edu(2)},${blocker}` })).response
  assert.equal(many[1].error.code, 901)
  const allowed = async (userId: number) =>
    (await callVk(emulator, 'messages.isMessagesFromGroupAllowed', { group_id: groupId, user_id: userId }, communityToken)).response
      .is_allowed
  assert.deepEqual([await allowed(edu(1)), await allowed(blocker)], [1, 0])
  const page = await (await fetch(`${emulator.url}/messenger/${edu(1)}/chats/1`)).text()
  assert.equal(page.split('class="bubble').length - 1, 1)
})

test('calls without a key, a version or a known name are refused as at VK', async () => {
  await using emulator = await startWorld()
  const bare = async (path: string) => (await (await fetch(`${emulator.url}/method/${path}`)).json()) as { error: { error_code: number } }
  assert.equal((await bare('users.get?v=5.199')).error.error_code, 5)
  assert.equal(code(await callVk(emulator, 'users.get', {}, 'wrong')), 5)
  assert.equal((await bare(`users.get?access_token=${userToken}`)).error.error_code, 8)
  assert.equal(code(await callVk(emulator, 'messages.createchat')), 3, 'names are case sensitive')
  assert.equal(code(await callVk(emulator, 'users.get', { user_ids: 'кто' })), 113)
  assert.equal(code(await callVk(emulator, 'users.get', { user_ids: edu(1) }, 'service-key')), undefined)
  assert.equal(code(await callVk(emulator, 'messages.getConversations', {}, 'service-key')), 28)
  const asBearer = await fetch(`${emulator.url}/method/users.get?v=5.199`, { headers: { Authorization: `Bearer ${userToken}` } })
  assert.equal(((await asBearer.json()) as { response: { id: number }[] }).response[0]?.id, serviceUser)
  const refused = await callVk(emulator, 'messages.editChat', { chat_id: 9, title: 'Я' })
  assert.ok(!JSON.stringify(refused).includes(userToken), 'the key is not echoed')
  assert.deepEqual(
    refused.error?.request_params.find((one) => one.key === 'method'),
    { key: 'method', value: 'messages.editChat' },
  )
})

test('three calls a second for a user, twenty for a community; one more is refused and remembered', async () => {
  let now = 1_000_000
  await using emulator = await startWorld({ clock: () => now, limits: { userCallsPerSecond: 3, communityCallsPerSecond: 20 } })
  const times = async (n: number, token: string) => {
    const codes: (number | undefined)[] = []
    for (let i = 0; i < n; i++) codes.push(code(await callVk(emulator, 'utils.getServerTime', {}, token)))
    return codes.filter((one) => one === 6).length
  }
  assert.equal(await times(4, userToken), 1)
  assert.equal(await times(21, communityToken), 1)
  now += 999
  assert.equal(await times(1, userToken), 1, 'the window slides')
  now += 1
  assert.equal(await times(3, userToken), 0)
  assert.equal(emulator.offences().length, 3)
  assert.ok(emulator.offences().every((call) => call.outcome === 'error:6'))
})
