// To be put into test/http/settings.test.ts (the last two) and adopt.test.ts (the first two)
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { stopTestServer } from '../support/database.ts'
import { chatNamed, makePlan, openEngineHouse, personOf, refusal, send, synchronise, titles } from './engine-house.ts'

after(stopTestServer)

test('a character that no database holds is bad input wherever it is typed', async () => {
  await using scene = await openEngineHouse()
  const { id: run } = await synchronise(scene)
  const { id } = await chatNamed(scene, titles.class9)
  const personId = personOf(scene.school, 1008)
  for (const [method, path, body] of [
    ['GET', '/people?q=%00%00'],
    ['GET', '/chats?q=%00'],
    ['GET', `/runs/${run}/steps?q=%00`],
    ['GET', `/chats/${id}/members?q=%00`],
    ['POST', `/chats/${id}/exceptions`, { personId, effect: 'include', reason: 'так \u0000 надо', endsOn: null }],
    ['PATCH', `/chats/${id}`, { title: 'Чат \u0000' }],
    ['PUT', '/chat-settings', { titles: { TEACHER: 'Чат \u0000' } }],
    ['POST', '/chat-settings/preview', { titles: { TEACHER: 'Чат \u0000' } }],
  ] as const)
    assert.equal((await refusal(scene, method, path, body)).status, 400, `${method} ${path}`)
})

test('a last day that no calendar has is bad input', async () => {
  await using scene = await openEngineHouse()
  await synchronise(scene)
  const { id } = await chatNamed(scene, titles.class9)
  for (const endsOn of ['2026-02-30', '0000-01-01'])
    assert.equal(
      (
        await refusal(scene, 'POST', `/chats/${id}/exceptions`, {
          personId: personOf(scene.school, 1008),
          effect: 'include',
          reason: 'так надо',
          endsOn,
        })
      ).status,
      400,
      endsOn,
    )
})

test('a template that says nothing is refused, and nothing changes', async () => {
  await using scene = await openEngineHouse()
  await synchronise(scene)
  for (const template of ['', '   '])
    for (const [method, path] of [
      ['PUT', '/chat-settings'],
      ['POST', '/chat-settings/preview'],
    ] as const)
      assert.equal((await refusal(scene, method, path, { titles: { TEACHER: template } })).status, 400)
  assert.equal((await makePlan(scene)).empty, true)
})

test('a template of words that a chat does not have gives it the usual title, never an empty one', async () => {
  await using scene = await openEngineHouse()
  await send(scene, 'PUT', '/chat-settings', { titles: { TEACHER: '{Класс} - {Предмет}' } }, 200)
  assert.equal((await synchronise(scene)).state, 'done')
  assert.ok(await chatNamed(scene, titles.teachers))
})
