import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callVk, communityToken, edu, groupId, startWorld } from './world.ts'

const post = (url: string, form: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
const text = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).text()

test('a person sees the new title, renames, writes and leaves; the history tells all of it', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: '1А', user_ids: `${edu(1)},${edu(2)}` }, communityToken)
  await callVk(emulator, 'messages.editChat', { chat_id: 1, title: '1А - «Родители» <b>' }, communityToken)
  const home = `${emulator.url}/messenger/${edu(1)}`
  assert.match(await text(home), /1А - «Родители» &lt;b&gt;/)
  await post(`${home}/chats/1/rename`, { text: 'Наш чат' })
  await post(`${home}/chats/1/post`, { text: 'Добрый день' })
  const page = await text(`${home}/chats/1`)
  assert.match(page, /Наш чат/)
  assert.match(page, /Вера Липова: изменила название чата на «Наш чат»/)
  assert.match(page, /Чаты школы: создан чат «1А»/)
  assert.match(page, /Добрый день/)
  assert.match(page, /3\u00a0участника/)
  assert.match(page, /Эмулятор VK Мессенджера/)
  await post(`${home}/chats/1/leave`, {})
  assert.match(await text(`${home}/chats/1`), /Вы вышли из чата/)
  assert.deepEqual(
    emulator.chats()[0]?.members.map((member) => member.id),
    [-groupId, edu(2)],
  )
})

test('an invite link asks who one is, shows the chat and lets in', async () => {
  await using emulator = await startWorld()
  await callVk(emulator, 'messages.createChat', { title: 'Учительский чат' }, communityToken)
  const link = emulator.chats()[0]?.inviteLink ?? ''
  const asked = await fetch(link, { redirect: 'manual' })
  assert.match(asked.headers.get('location') ?? '', /^\/messenger\?next=/)
  const preview = await text(`${link}?as=${edu(4)}`)
  assert.match(preview, /Учительский чат/)
  assert.match(preview, /Вступить в чат/)
  const joined = await post(link, { as: String(edu(4)) })
  assert.equal(joined.headers.get('location'), `/messenger/${edu(4)}/chats/1`)
  assert.match(await text(link, { cookie: `vkm_as=${edu(4)}` }), /Вы уже в этом чате/)
  const deep = await fetch(`${emulator.url}/convo/2000000001`, { headers: { cookie: `vkm_as=${edu(4)}` }, redirect: 'manual' })
  assert.equal(deep.headers.get('location'), `/messenger/${edu(4)}/chats/1`)
  assert.equal((await fetch(`${emulator.url}/join/no-such`)).status, 404)
})

test('where only administrators may rename, others are told so', async () => {
  await using emulator = await startWorld({ limits: { membersMayRename: false } })
  await callVk(emulator, 'messages.createChat', { title: '1А', user_ids: edu(1) }, communityToken)
  const home = `${emulator.url}/messenger/${edu(1)}/chats/1`
  assert.match(await text(home), /Менять название могут только администраторы/)
  await post(`${home}/rename`, { text: 'Своё' })
  assert.equal(emulator.chats()[0]?.title, '1А')
})

test('pages run no script and load nothing from elsewhere', async () => {
  await using emulator = await startWorld()
  for (const path of ['/', '/messenger', `/messenger/${edu(1)}`, '/vkid-about']) {
    const reply = await fetch(emulator.url + path)
    assert.equal(reply.status, 200)
    assert.match(reply.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.doesNotMatch(await reply.text(), /<script|https?:\/\//)
  }
})
