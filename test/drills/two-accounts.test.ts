import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { LinkOutcome } from '#contract/link-outcomes.ts'
import { asSystem } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import { finishLink, type LinkSettings, startLink, unlink, type Who } from '#links/links.ts'
import { readCallback } from '#links/vkid.ts'
import type { Engine } from '#sync/engine.ts'
import { syncPerson } from '#sync/person.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import { chatsByTitle, createEngine, createSchool, makePlan, startEmulatorFor, synchronise, type TestSchool } from '../support/school.ts'

after(stopTestServer)

// Quill#5644: one person with two accounts, one account with two people.

type Person = TestSchool['people'][number]
type Scene = AsyncDisposable & {
  database: TestDatabase
  school: TestSchool
  emulator: VkEmulator
  engine: Engine
  /** Through the vendor's sign-in page, under this account. */
  link: (person: Person, account: number) => Promise<LinkOutcome>
  unlink: (person: Person) => Promise<void>
  /** What the job queue would do: looks at everybody whose link has changed. */
  runJobs: (newestFirst?: boolean) => Promise<void>
  teacher: Person
  pupils: Person[]
}

const redirectUri = 'http://127.0.0.1/links/sferum/callback'
const [second, third] = [5000, 5001]
const titles = { ofClass: 'Школа - 1А - Чат класса', ofParents: 'Школа - 1А - Родительский чат', ofTeachers: 'Учительский чат' }

/** A class with one class teacher, everybody linked and in their chats, and two accounts that nobody has linked. */
async function openScene(): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const school = await createSchool(database.db, 'Школа', [{ title: '1А', pupils: 4, classTeachers: 1, guardiansEach: 1 }])
  const client = { clientId: '51000001', serviceToken: 'service-key', name: 'Школа', redirectUris: [redirectUri], eduOnly: true }
  school.seed.clients.push(client)
  const names = { surname: 'Запасной', givenName: 'Женя', patronymic: '', gender: 'male', birthDate: '1980-01-01' } as const
  for (const userId of [second, third]) school.seed.accounts.push({ login: `a${userId}`, profiles: [{ userId, kind: 'edu', ...names }] })
  const emulator = opened.use(await startEmulatorFor(school, {}, true))
  const engine = createEngine(database.db, emulator.url)
  const changed = new Set<string>()
  const settings: LinkSettings = {
    vkid: { url: emulator.url, clientId: client.clientId, serviceToken: client.serviceToken, redirectUri, fetch },
    clock: systemClock,
    onLinkChanged: async (_, { personId }) => void changed.add(personId),
  }
  const whoIs = ({ id }: Person): Who => ({ organisationId: school.org, personId: id, sessionId: `session of ${id}` })
  const [teacher] = school.people
  assert.ok(teacher?.role === 'teacher')
  const scene: Omit<Scene, keyof AsyncDisposable> = {
    database,
    school,
    emulator,
    engine,
    teacher,
    pupils: school.people.filter((person) => person.role === 'pupil'),
    link: async (person, account) => {
      const { url } = await startLink(database.db, settings, whoIs(person))
      const { origin, search } = new URL(url)
      const body = new URLSearchParams({ user_id: String(account), decision: 'allow' })
      const answer = await fetch(`${origin}/authorize/consent${search}`, { method: 'POST', redirect: 'manual', body })
      const back = new URL(answer.headers.get('location') ?? assert.fail(`no way back: ${answer.status}`))
      return (await finishLink(database.db, settings, whoIs(person), readCallback(back.searchParams))).outcome
    },
    unlink: async (person) => assert.ok(await unlink(database.db, settings, whoIs(person))),
    runJobs: async (newestFirst = false) => {
      const people = newestFirst ? [...changed].reverse() : [...changed]
      changed.clear()
      for (const personId of people) await syncPerson(engine, { organisationId: school.org, personId })
    },
  }
  for (const person of school.people) assert.equal(await scene.link(person, person.account), 'linked')
  await synchronise(engine, school.org)
  changed.clear()
  const rest = opened.move()
  return { ...scene, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const linksOf = ({ database }: Scene) =>
  asSystem(database.db, async (tx) => {
    const rows = await tx.selectFrom('link').select(['person_id', 'external_id']).execute()
    return new Map(rows.map((row) => [row.external_id, row.person_id]))
  })

/** In how many chats this account was asked for or sent away, answered well. */
const told = (emulator: VkEmulator, method: string, account: number): number =>
  emulator
    .calls()
    .filter(({ packedErrors }) => !packedErrors.some((error) => error.startsWith(method)))
    .flatMap(({ packed, packedParams }) => packedParams?.filter((_, at) => packed[at] === method) ?? [])
    .filter(({ user_id, member_id }) => (user_id ?? member_id) === String(account)).length

const inOrder = (...accounts: number[]): number[] => accounts.sort((one, other) => one - other)

/** Everybody in the class's three chats, with these accounts instead of the teacher's own. */
const wanted = ({ school }: Scene, ofTeacher: number) => {
  const accounts = (role: Person['role']) => school.people.filter((person) => person.role === role).map(({ account }) => account)
  return {
    [titles.ofClass]: inOrder(...accounts('pupil'), ofTeacher),
    [titles.ofParents]: inOrder(...accounts('guardian'), ofTeacher),
    [titles.ofTeachers]: [ofTeacher],
  }
}

test('Quill#5644: an account that one person has linked cannot become another person’s, and moves nobody', async () => {
  await using scene = await openScene()
  const { emulator, engine, school, teacher, pupils, database } = scene
  const [pupil] = pupils
  assert.ok(pupil)
  await scene.unlink(pupil)
  await scene.runJobs()
  const before = [emulator.chats(), await linksOf(scene)]
  assert.equal(await scene.link(pupil, teacher.account), 'taken')
  await scene.runJobs()
  await synchronise(engine, school.org)
  assert.deepEqual([emulator.chats(), await linksOf(scene)], before)
  assert.equal((await linksOf(scene)).get(String(teacher.account)), teacher.id)

  // Whoever writes past the program meets the database's own rule.
  const row = { organisation_id: school.org, person_id: pupil.id, system: 'sferum' as const, external_id: String(teacher.account) }
  await assert.rejects(
    asSystem(database.db, (tx) => tx.insertInto('link').values(row).execute()),
    /link_one_person_per_external_id/,
  )
})

for (const when of ['looked at after either change', 'looked at once, after both', 'found by the next run of the school'] as const) {
  test(`Quill#5644: the new account comes in and the old one goes, once in every chat: ${when}`, async () => {
    await using scene = await openScene()
    const { emulator, engine, school, teacher } = scene
    assert.deepEqual(chatsByTitle(emulator), wanted(scene, teacher.account))
    emulator.clearCalls()
    await scene.unlink(teacher)
    if (when === 'looked at after either change') await scene.runJobs()
    assert.equal(await scene.link(teacher, second), 'linked')
    if (when !== 'found by the next run of the school') await scene.runJobs()
    await synchronise(engine, school.org)
    assert.deepEqual(chatsByTitle(emulator), wanted(scene, second))
    await synchronise(engine, school.org)
    assert.deepEqual(chatsByTitle(emulator), wanted(scene, second))
    assert.equal(emulator.chats().length, 3)
    assert.deepEqual(
      emulator.chats().map(({ gone }) => gone),
      Array.from({ length: 3 }, () => [{ id: teacher.account, state: 'kicked' }]),
    )
    assert.equal(told(emulator, 'messages.addChatUser', second), 3)
    assert.equal(told(emulator, 'messages.removeChatUser', teacher.account), 3)
    assert.equal((await makePlan(engine, school.org)).empty, true)
  })
}

for (const when of ['the teacher is looked at first', 'the pupil is looked at first', 'the next run of the school finds it'] as const) {
  test(`Quill#5644: a pupil’s account that the teacher had linked by mistake stays where the pupil belongs: ${when}`, async () => {
    await using scene = await openScene()
    const { emulator, engine, school, teacher, pupils } = scene
    const [pupil, ...others] = pupils
    assert.ok(pupil)
    // What was the teacher's account is the pupil's from now on, and the teacher has one of their own.
    await scene.unlink(teacher)
    await scene.unlink(pupil)
    assert.equal(await scene.link(teacher, third), 'linked')
    assert.equal(await scene.link(pupil, teacher.account), 'linked')
    if (when !== 'the next run of the school finds it') await scene.runJobs(when === 'the pupil is looked at first')
    for (let run = 0; run < 2; run++) await synchronise(engine, school.org)
    const everybody = wanted(scene, third)
    const ofClass = inOrder(teacher.account, third, ...others.map(({ account }) => account))
    assert.deepEqual(chatsByTitle(emulator), { ...everybody, [titles.ofClass]: ofClass })
    assert.equal((await makePlan(engine, school.org)).empty, true)
  })
}

test('Quill#5644: a family’s account that the father links after the mother left the school stays in the parents’ chat', async () => {
  await using scene = await openScene()
  const { database, emulator, engine, school } = scene
  const [mother] = school.people.filter(({ role }) => role === 'guardian')
  assert.ok(mother)
  const before = chatsByTitle(emulator)
  const organisation_id = school.org
  const father = await asSystem(database.db, async (tx) => {
    const values = { organisation_id, surname: 'Пробный', given_name: 'Женя' }
    const { id } = await tx.insertInto('person').values(values).returning('id').executeTakeFirstOrThrow()
    await tx.updateTable('guardianship').set({ guardian_id: id }).where('guardian_id', '=', mother.id).execute()
    return id
  })
  await scene.unlink(mother)
  assert.equal(await scene.link({ ...mother, id: father }, mother.account), 'linked')
  for (let run = 0; run < 2; run++) await synchronise(engine, school.org)
  assert.deepEqual(chatsByTitle(emulator), before)
  assert.equal((await makePlan(engine, school.org)).empty, true)
})
