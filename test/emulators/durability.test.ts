import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startVkEmulator } from '../../emulators/start.ts'
import { callVk, edu, seed, signIn, startWorld } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'vk-emulator-'))
after(() => rmSync(folder, { recursive: true }))

test('a restart on the same file changes nothing; new people of the seed are added', async () => {
  const dataFile = join(folder, 'restart.sqlite')
  const before = await startWorld({ dataFile })
  await callVk(before, 'messages.createChat', { title: '1А', user_ids: edu(1) })
  await callVk(before, 'messages.editChat', { chat_id: 1, title: '2А' })
  const { body } = await signIn(before, edu(1))
  const seen = before.chats()
  await before.close()

  const newcomer = { ...seed.accounts[0]!.profiles[1]!, userId: 740009999, surname: 'Новая' }
  await using again = await startWorld({
    dataFile,
    seed: { ...seed, accounts: [...seed.accounts, { login: 'new', profiles: [newcomer] }] },
  })
  const withoutLinks = (chats: typeof seen) => chats.map(({ inviteLink, ...chat }) => ({ ...chat, token: inviteLink.split('/join/')[1] }))
  assert.deepEqual(withoutLinks(again.chats()), withoutLinks(seen))
  assert.equal((await callVk(again, 'users.get', {}, String(body.access_token))).response[0].id, edu(1))
  assert.equal((await callVk(again, 'messages.addChatUser', { chat_id: 1, user_id: 740009999 })).response, 1)
  assert.equal((await callVk(again, 'messages.createChat', { title: '1Б' })).response.chat_id, 2)
  again.reset()
  assert.deepEqual(again.chats(), [])
  assert.equal((await callVk(again, 'messages.createChat', { title: 'Снова' })).response.chat_id, 1)
})

test('what was answered is still there after the process was killed', async () => {
  const seedFile = join(folder, 'seed.json')
  writeFileSync(seedFile, JSON.stringify(seed))
  const script = join(import.meta.dirname, '../../emulators/start.ts')
  const child = spawn(process.execPath, [script, '--port', '0', '--data', folder, '--seed', seedFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (text) => {
      const found = /http:\S+/.exec(String(text))?.[0]
      if (found) resolve(found)
    })
  })
  const made = await fetch(`${url}/method/messages.createChat`, {
    method: 'POST',
    body: new URLSearchParams({ v: '5.199', access_token: 'user-key', title: 'Выживший', user_ids: String(edu(1)) }),
  })
  assert.deepEqual(await made.json(), { response: { chat_id: 1, peer_ids: [edu(1)] } })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  await using again = await startVkEmulator({ port: 0, dataFile: join(folder, 'vk.sqlite'), seed })
  assert.equal(again.chats()[0]?.title, 'Выживший')
})
