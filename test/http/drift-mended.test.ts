// To be put into test/http/drift.test.ts
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { DriftItem } from '#contract/drift.ts'
import type { MessengerHealth } from '#contract/runs.ts'
import { stopTestServer } from '../support/database.ts'
import { ageChats } from '../support/school.ts'
import { chatThere, endOf, inMessenger, openEngineHouse, read, send, synchronise, titles } from './engine-house.ts'

after(stopTestServer)
type Inbox = { total: number; rows: DriftItem[] }

test('a drift that was mended is not open again, neither now nor after the next look', async () => {
  await using scene = await openEngineHouse()
  await synchronise(scene)
  await inMessenger(scene.emulator, titles.class9, 'add', { userId: 5000, by: 1001 })
  await send(scene, 'POST', '/observations', {}, 200)
  const { rows } = await read<Inbox>(scene, '/drift')
  const { runId } = await send<{ runId: string }>(
    scene,
    'POST',
    '/drift/resolutions',
    { remedy: 'mend', items: rows.map(({ id }) => id) },
    200,
  )
  await endOf(scene, runId)
  assert.equal((await read<Inbox>(scene, '/drift')).total, 0)
  await send(scene, 'POST', '/observations', {}, 200)
  assert.deepEqual(
    (await read<Inbox>(scene, '/drift?state=closed')).rows.map(({ state }) => state),
    ['mended'],
  )
})

test('what the button put right in the messenger is no drift any more', async () => {
  await using scene = await openEngineHouse()
  await synchronise(scene)
  await inMessenger(scene.emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await ageChats(scene.house.db)
  await inMessenger(scene.emulator, titles.parents10, 'delete')
  await send(scene, 'POST', '/observations', {}, 200)
  assert.equal((await synchronise(scene)).state, 'done')
  assert.ok(chatThere(scene.emulator, titles.teachers))
  assert.ok(chatThere(scene.emulator, titles.parents10))
  assert.equal((await read<Inbox>(scene, '/drift')).total, 0)
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).drift, 0)
})
