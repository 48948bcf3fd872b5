import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ChatDetails, ChatMember, ChatPage, MyChats } from '#contract/chats.ts'
import type { Plan, PlanPerson, Run, RunFailure } from '#contract/plans.ts'
import { asSystem } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import { stopTestServer } from '../support/database.ts'
import { createSchool, link, serviceUser, startEmulatorFor, type TestSchool } from '../support/school.ts'
import { openTestHouse, password, readJson, type TestHouse, type Visitor } from './support.ts'

after(stopTestServer)

const sizes = [
  { title: '9А', pupils: 3, classTeachers: 1, guardiansEach: 1 },
  { title: '10А', pupils: 3, classTeachers: 1, guardiansEach: 1 },
]
const titleOf9A = 'Школа - 9А - Чат класса'

/** A house whose messenger is the emulator, a school in it, and its administrator signed in. */
async function openSchoolHouse(mayRefuse = false) {
  const stack = new AsyncDisposableStack()
  const people = { accounts: [] as TestSchool['seed']['accounts'] }
  const seed = { clients: [], accounts: people.accounts, communities: [], serviceUsers: [serviceUser] }
  const emulator = stack.use(await startEmulatorFor({ seed }))
  const house = stack.use(await openTestHouse({ SFERUM_API_URL: emulator.url, SFERUM_TOKEN: serviceUser.token }))
  const school = await createSchool(house.db, 'Школа', sizes)
  if (mayRefuse)
    for (const account of school.seed.accounts) for (const profile of account.profiles) profile.refusesAdding = profile.userId === 1001
  people.accounts.push(...school.seed.accounts)
  emulator.reset()
  await link(house.db, school, (person) => person.account % 5 !== 4)
  const administrator = await signInAs(house, school, 'administrator')
  return {
    emulator,
    house,
    school,
    administrator,
    api: `/api/organisations/${school.org}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function signInAs(house: TestHouse, school: TestSchool, login: string, role?: 'teacher' | 'pupil'): Promise<Visitor> {
  await asSystem(house.db, async (tx) => {
    const known = school.people.find((person) => person.role === role)?.id
    const personId =
      known ??
      (
        await tx
          .insertInto('person')
          .values({ organisation_id: school.org, surname: 'Директоров', given_name: 'Женя' })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id
    await ensureSignIn(tx, { personId, login, password })
    if (!role)
      await tx.insertInto('role_grant').values({ organisation_id: school.org, person_id: personId, role: 'administrator' }).execute()
  })
  const visitor = house.visitor()
  assert.equal((await visitor.signIn(login)).status, 200)
  return visitor
}

async function makeChats(visitor: Visitor, api: string): Promise<{ plan: Plan; run: Run }> {
  const plan = await readJson<Plan>(await visitor.post(`${api}/plans`, {}))
  const started = await visitor.post(`${api}/runs`, { plan: plan.id, fingerprint: plan.fingerprint })
  assert.equal(started.status, 202)
  const { run } = await readJson<{ run: Run }>(started)
  return { plan, run: await watchToTheEnd(visitor, `${api}/runs/${run.id}/events`) }
}

/** Reads the stream as a browser does; returns the last state. */
async function watchToTheEnd(visitor: Visitor, path: string): Promise<Run> {
  const answer = await visitor.get(path)
  assert.match(answer.headers.get('content-type') ?? '', /text\/event-stream/)
  const events = (await answer.text()).split('\n\n').filter((event) => event.includes('event: run'))
  const last = events
    .at(-1)
    ?.split('\n')
    .find((line) => line.startsWith('data: '))
  assert.ok(last)
  return JSON.parse(last.slice('data: '.length)) as Run
}

test('plan, «Да», live progress, registry: the administrator’s way through the API', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api, emulator } = scene
  const empty = await readJson<ChatPage>(await administrator.get(`${api}/chats`))
  assert.deepEqual({ total: empty.total, page: empty.page, pages: empty.pages }, { total: 0, page: 1, pages: 1 })

  const { plan, run } = await makeChats(administrator, api)
  assert.equal(plan.counts.create, 5)
  assert.equal(plan.empty, false)
  const ofClass = plan.chats.find((chat) => chat.title === titleOf9A)
  assert.ok(ofClass)
  const { people } = await readJson<{ people: PlanPerson[] }>(await administrator.get(`${api}/plans/${plan.id}/chat?key=${ofClass.key}`))
  assert.deepEqual([...new Set(people.map((person) => [person.change, person.reason, person.of].join(' ')))].sort(), [
    'add class-teacher 9А',
    'add pupil-of-class 9А',
  ])
  assert.equal(run.state, 'done')
  assert.equal(run.steps.done, run.steps.total)

  const page = await readJson<ChatPage>(await administrator.get(`${api}/chats`))
  assert.deepEqual(
    page.rows.map((row) => row.title),
    ['Учительский чат', titleOf9A, 'Школа - 9А - Родительский чат', 'Школа - 10А - Чат класса', 'Школа - 10А - Родительский чат'].sort(
      new Intl.Collator('ru', { numeric: true }).compare,
    ),
  )
  const row = page.rows.find((other) => other.title === titleOf9A)
  assert.ok(row)
  assert.ok(row.links.web?.startsWith(emulator.url))
  assert.equal(
    row.linked,
    emulator
      .chats()
      .find((chat) => chat.title === titleOf9A)
      ?.members.filter((member) => member.id !== serviceUser.userId).length,
  )
  assert.equal(row.total, 4)

  const again = await readJson<Plan>(await administrator.post(`${api}/plans`, {}))
  assert.equal(again.empty, true)
})

test('search, filters, pages and sorting are the server’s', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api } = scene
  await makeChats(administrator, api)
  const titles = async (query: string) =>
    (await readJson<ChatPage>(await administrator.get(`${api}/chats?${query}`))).rows.map((row) => row.title)
  assert.deepEqual(await titles('q=10а'), ['Школа - 10А - Родительский чат', 'Школа - 10А - Чат класса'])
  assert.deepEqual(await titles('kind=TEACHER'), ['Учительский чат'])
  assert.deepEqual(await titles('q=%25'), [])
  const { classes } = await readJson<{ classes: { id: string; title: string }[] }>(await administrator.get(`${api}/chat-filters`))
  assert.deepEqual(
    classes.map((row) => row.title),
    ['9А', '10А'],
  )
  assert.equal((await titles(`class=${classes[0]?.id}`)).length, 2)
  assert.deepEqual((await titles('sort=-title')).slice(0, 1), ['Школа - 10А - Чат класса'])
  assert.equal((await administrator.get(`${api}/chats?size=21`)).status, 400)
})

test('a second press and a second administrator find the run that is under way', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api, house, school, emulator } = scene
  const second = await signInAs(house, school, 'second-administrator')
  emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'delay', ms: 700 } })
  const plan = await readJson<Plan>(await administrator.post(`${api}/plans`, {}))
  const press = async (visitor: Visitor) =>
    readJson<{ run: Run; joined: boolean }>(await visitor.post(`${api}/runs`, { plan: plan.id, fingerprint: plan.fingerprint }))
  const [one, other] = await Promise.all([press(administrator), press(second)])
  assert.equal(one.run.id, other.run.id)
  assert.deepEqual([one.joined, other.joined].sort(), [false, true])
  const { run } = await readJson<{ run: Run }>(await second.get(`${api}/runs/current`))
  assert.equal(run.id, one.run.id)
  await watchToTheEnd(administrator, `${api}/runs/${run.id}/events`)
  assert.equal(emulator.chats().length, 5)
})

test('a rename reaches the messenger, or changes neither place and says why', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api, emulator } = scene
  await makeChats(administrator, api)
  const { rows } = await readJson<ChatPage>(await administrator.get(`${api}/chats?kind=TEACHER`))
  const id = rows[0]?.id
  const rename = (title: string) => administrator.send('PATCH', `${api}/chats/${id}`, { title })
  const titlesThere = () => emulator.chats().map((chat) => chat.title)
  const titleHere = async () => (await readJson<ChatDetails>(await administrator.get(`${api}/chats/${id}`))).title

  assert.equal((await rename('Учительская')).status, 200)
  assert.ok(titlesThere().includes('Учительская'))
  assert.equal(await titleHere(), 'Учительская')
  // The typed title wins over the template from now on.
  assert.equal((await readJson<Plan>(await administrator.post(`${api}/plans`, {}))).empty, true)

  for (const [effect, status, code] of [
    [{ kind: 'offline' }, 503, 'messenger-unavailable'],
    [{ kind: 'error', code: 925 }, 409, 'messenger-refused'],
  ] as const) {
    emulator.addFault({ method: 'messages.editChat', times: 1, effect })
    const answer = await rename('Другое')
    assert.equal(answer.status, status)
    assert.equal((await readJson<{ code: string }>(answer)).code, code)
    assert.ok(!titlesThere().includes('Другое'))
    assert.equal(await titleHere(), 'Учительская')
  }
  // The reply is lost after the write: what the messenger shows is what counts.
  emulator.addFault({ method: 'messages.editChat', times: 1, effect: { kind: 'lose-reply' } })
  assert.equal((await rename('Третье')).status, 200)
  assert.equal(await titleHere(), 'Третье')
  for (const title of ['', '   ', 'я'.repeat(121)]) assert.equal((await rename(title)).status, 400)
})

test('members with ✓ and ✕, searched, filtered and exported', async () => {
  await using scene = await openSchoolHouse(true)
  const { administrator, api } = scene
  const { run } = await makeChats(administrator, api)
  assert.equal(run.state, 'partly-failed')
  const { rows: failures } = await readJson<{ rows: RunFailure[] }>(await administrator.get(`${api}/runs/${run.id}/failures`))
  assert.deepEqual(
    failures.map(({ chatTitle, person, kind, vendorCode }) => [chatTitle, person?.surname, kind, vendorCode]),
    [[titleOf9A, 'Пробный1001', 'forbidden', '981']],
  )
  const chat = (await readJson<ChatPage>(await administrator.get(`${api}/chats?q=9А - Чат`))).rows[0]
  const members = async (query = '') =>
    (await readJson<{ rows: ChatMember[] }>(await administrator.get(`${api}/chats/${chat?.id}/members?${query}`))).rows
  assert.deepEqual(
    (await members()).map(({ surname, role, linked, state }) => [surname, role, linked, state]),
    [
      ['Пробный1000', 'TEACHER', true, 'member'],
      ['Пробный1001', 'STUDENT', true, 'failed'],
      ['Пробный1003', 'STUDENT', true, 'member'],
      ['Пробный1005', 'STUDENT', true, 'member'],
    ].map((row) => row),
  )
  assert.equal((await members('q=1003')).length, 1)
  assert.equal((await members('linked=no')).length, 0)
  const counts = (await readJson<ChatDetails>(await administrator.get(`${api}/chats/${chat?.id}`))).counts
  assert.equal(counts.total, counts.waiting + counts.planned + counts.invited + counts.member + counts.left + counts.failed)
  const file = await administrator.get(`${api}/chats/${chat?.id}/members.xlsx`)
  assert.equal(file.status, 200)
  const { default: readXlsx } = await import('read-excel-file/node')
  const sheet = await readXlsx(Buffer.from(await file.arrayBuffer()))
  assert.equal(JSON.stringify(sheet).includes('Пробный1003'), true)
})

test('«Мои чаты» shows a person only their own, and another school’s chat is not found', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api, house, school } = scene
  await makeChats(administrator, api)
  const pupil = await signInAs(house, school, 'pupil', 'pupil')
  const mine = await readJson<MyChats>(await pupil.get('/api/me/chats'))
  assert.deepEqual(
    mine.systems[0]?.chats.map((chat) => [chat.title, chat.state, chat.link !== null]),
    [[titleOf9A, 'member', true]],
  )
  const neighbours = await createSchool(house.db, 'Соседи', sizes, 5000)
  const neighbour = await signInAs(house, neighbours, 'neighbour')
  const { rows } = await readJson<ChatPage>(await administrator.get(`${api}/chats`))
  const id = rows[0]?.id
  const theirs = `/api/organisations/${neighbours.org}`
  assert.equal((await neighbour.get(`${theirs}/chats/${id}`)).status, 404)
  assert.equal((await neighbour.get(`${theirs}/chats/${id}/members`)).status, 404)
  assert.equal((await neighbour.send('PATCH', `${theirs}/chats/${id}`, { title: 'Наше' })).status, 404)
  assert.equal((await neighbour.get(`${api}/chats/${id}`)).status, 403)
})

test('an unreachable messenger is said plainly and plans nothing', async () => {
  await using scene = await openSchoolHouse()
  const { administrator, api, emulator } = scene
  await makeChats(administrator, api)
  emulator.addFault({ method: '*', times: 100, effect: { kind: 'offline' } })
  const answer = await administrator.post(`${api}/plans`, {})
  assert.equal(answer.status, 503)
  assert.equal((await readJson<{ code: string }>(answer)).code, 'messenger-unavailable')
})
