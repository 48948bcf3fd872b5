import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chatSettings } from '#contract/chat-settings.ts'
import { inOrganisation } from '#db/database.ts'
import { executeRun } from '#sync/run.ts'
import { saveSettings } from '#sync/settings.ts'
import { claimDueSchools, observeSchool } from '#sync/watch.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
import { ageChats, chatsByTitle, createEngine, createSchool, link, startEmulatorFor, synchronise } from '../support/school.ts'

after(stopTestServer)

const sizes = [{ title: '1А', pupils: 3, classTeachers: 1, guardiansEach: 1 }]

test('a school is looked at when its time has come, once, and not at all where it does not want to be', async () => {
  await using database = await openTestDatabase()
  const [often, never] = [await createSchool(database.db, 'Часто', sizes), await createSchool(database.db, 'Никогда', sizes, 5000)]
  for (const school of [often, never]) await link(database.db, school, () => true)
  await using emulator = await startEmulatorFor({ seed: { ...often.seed, accounts: [...often.seed.accounts, ...never.seed.accounts] } })
  const engine = createEngine(database.db, emulator.url)
  for (const school of [often, never]) await synchronise(engine, school.org)
  const settings = chatSettings.parse({ schedule: { observeEveryMinutes: 0 } })
  await inOrganisation(database.db, never.org, (tx) => saveSettings(tx, never.org, settings))
  await claimDueSchools(database.db, 'sferum')
  await database.pool.query(`begin; select set_config('app.scope', 'system', true); update school_watch set next_at = now(); commit`)
  assert.deepEqual(await claimDueSchools(database.db, 'sferum'), [often.org])
  assert.deepEqual(await claimDueSchools(database.db, 'sferum'), [], 'its next turn is written down at once')
})

test('where the school wants it, a look that finds work opens a run by itself, but never makes a vanished chat again', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', sizes)
  await link(database.db, school, (person) => person.role !== 'guardian')
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)
  await synchronise(engine, school.org)
  await ageChats(database.db)
  await link(database.db, school, (person) => person.role === 'guardian')
  const gone = emulator.chats().find((chat) => chat.title.includes('Чат класса'))
  await fetch(`${emulator.url}/_emulator/chats/${gone?.id}/delete`, { method: 'POST', body: '{}' })

  assert.equal((await observeSchool(engine, school.org, 'background')).runId, null, 'nobody asked for it')
  const settings = chatSettings.parse({ schedule: { automatic: true } })
  await inOrganisation(database.db, school.org, (tx) => saveSettings(tx, school.org, settings))
  const { runId, drift } = await observeSchool(engine, school.org, 'background')
  assert.equal(drift, 1, 'the vanished chat is told')
  assert.ok(runId)
  assert.equal(await executeRun(engine, { id: runId, organisationId: school.org }), 'done')
  const chats = chatsByTitle(emulator)
  const parents = Object.entries(chats).find(([title]) => title.includes('Родительский'))
  assert.equal(parents?.[1].length, 4, 'the teacher and three guardians')
  assert.equal(emulator.chats().filter((chat) => chat.title.includes('Чат класса') && !chat.deleted).length, 0)
  assert.equal((await observeSchool(engine, school.org, 'background')).runId, null, 'nothing is left to do')
})
