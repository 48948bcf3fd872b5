import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callVk, edu, groupId, serviceUser, startWorld } from './world.ts'

test('people act in the messenger by the handle and by the lever', async () => {
  await using emulator = await startWorld({ limits: { removedMayJoinByLink: false } })
  await callVk(emulator, 'messages.createChat', { title: '1А', user_ids: edu(1) })
  const chatId = emulator.chats()[0]?.id ?? 0
  const members = () => emulator.chats()[0]?.members.map(({ id }) => id)
  emulator.acts.join(chatId, edu(2))
  emulator.acts.join(chatId, edu(2))
  emulator.acts.add(chatId, -groupId, edu(1))
  emulator.acts.leave(chatId, edu(1))
  emulator.acts.rename(chatId, '2А', edu(2))
  assert.deepEqual(members(), [-groupId, serviceUser, edu(2)])
  assert.equal(emulator.chats()[0]?.title, '2А')
  emulator.acts.kick(chatId, edu(2))
  assert.throws(() => emulator.acts.join(chatId, edu(2)), /917/, 'whoever was taken out, where the link does not let back in')
  assert.throws(() => emulator.acts.join(chatId, -groupId), /community/)
  assert.throws(() => emulator.acts.kick(chatId, edu(2)), /not in the chat/)
  assert.throws(() => emulator.acts.rename(99, 'Х'), /no such chat/)

  const act = async (path: string, body: object) => {
    const reply = await fetch(`${emulator.url}/_emulator/chats/${path}`, { method: 'POST', body: JSON.stringify(body) })
    return { status: reply.status, body: (await reply.json()) as { problem?: string; lines?: { kind: string }[] } }
  }
  const joined = await act(`${chatId}/join`, { userId: edu(1) })
  assert.deepEqual([joined.status, joined.body.lines?.at(-1)?.kind], [200, 'joined'])
  const refused = await act(`${chatId}/join`, { userId: edu(2) })
  assert.deepEqual([refused.status, refused.body.problem], [400, "917: You don't have access to this chat"])
  assert.equal((await act(`${chatId}/join`, {})).status, 400)
  assert.equal((await act('99/join', { userId: edu(1) })).status, 404)
  assert.equal((await act(`${chatId}/explode`, {})).status, 404)
  emulator.acts.delete(chatId)
  assert.throws(() => emulator.acts.join(chatId, edu(3)), /deleted/)
})
