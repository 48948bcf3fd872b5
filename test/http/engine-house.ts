import assert from 'node:assert/strict'
import type { ChatPage, ChatRow } from '#contract/chats.ts'
import type { Plan, Run } from '#contract/plans.ts'
import type { Why } from '#contract/runs.ts'
import { asSystem } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import type { ChatState, VkEmulator } from '../../emulators/start.ts'
import { chatsByTitle, community, createSchool, link, serviceUser, startEmulatorFor, type TestSchool } from '../support/school.ts'
import { openTestHouse, password, readJson, type TestHouse, type Visitor } from './support.ts'

type Sizes = Parameters<typeof createSchool>[2]

/** 9А: accounts 1000 (teacher), 1001 1003 1005 (pupils), 1002 1004 1006 (their guardians); 10А: 1007, 1008…, 1009…. */
const twoClasses: Sizes = [
  { title: '9А', pupils: 3, classTeachers: 1, guardiansEach: 1 },
  { title: '10А', pupils: 3, classTeachers: 1, guardiansEach: 1 },
]
export const titles = {
  teachers: 'Учительский чат',
  class9: 'Школа - 9А - Чат класса',
  parents9: 'Школа - 9А - Родительский чат',
  class10: 'Школа - 10А - Чат класса',
  parents10: 'Школа - 10А - Родительский чат',
}

export type Scene = {
  emulator: VkEmulator
  house: TestHouse
  school: TestSchool
  administrator: Visitor
  api: string
  [Symbol.asyncDispose]: () => Promise<void>
}

type Options = {
  sizes?: Sizes
  /** Who has a link from the start; everybody unless it is said. */
  linked?: (person: TestSchool['people'][number]) => boolean
  limits?: Parameters<typeof startEmulatorFor>[1]
  env?: Record<string, string>
}

/** A house whose messenger is the emulator, a school in it, a neighbouring school's accounts, and the school's administrator signed in. */
export async function openEngineHouse({ sizes = twoClasses, linked = () => true, limits = {}, env = {} }: Options = {}): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const seed: TestSchool['seed'] = { clients: [], accounts: [], communities: [community], serviceUsers: [serviceUser] }
  const emulator = stack.use(await startEmulatorFor({ seed }, limits))
  const house = stack.use(await openTestHouse({ SFERUM_API_URL: emulator.url, SFERUM_TOKEN: serviceUser.token, ...env }))
  const school = await createSchool(house.db, 'Школа', sizes)
  seed.accounts.push(...school.seed.accounts, ...spareAccounts)
  emulator.reset()
  await link(house.db, school, linked)
  const administrator = await signInAs(house, school, 'administrator')
  return { emulator, house, school, administrator, api: apiOf(school), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Accounts 5000–5009 belong to nobody in the register, until a test makes a school of them. */
const spareAccounts = Array.from({ length: 10 }, (_, index): TestSchool['seed']['accounts'][number] => ({
  login: `spare${index}`,
  profiles: [
    {
      userId: 5000 + index,
      kind: 'edu',
      surname: 'Запасной',
      givenName: 'Женя',
      patronymic: '',
      gender: 'male',
      birthDate: '1980-01-01',
    },
  ],
}))

/** Another school in the same house, served by the same account of the messenger, with an administrator of its own. */
export async function openNeighbours(
  { house }: Scene,
  linked = true,
): Promise<{ school: TestSchool; administrator: Visitor; api: string }> {
  const school = await createSchool(house.db, 'Соседи', [{ title: '1А', pupils: 2, classTeachers: 1, guardiansEach: 1 }], 5000)
  await link(house.db, school, () => linked)
  return { school, administrator: await signInAs(house, school, 'neighbour'), api: apiOf(school) }
}

const apiOf = (school: TestSchool): string => `/api/organisations/${school.org}`

/** One more administrator of this school, signed in. */
export async function signInAs(house: TestHouse, school: TestSchool, login: string): Promise<Visitor> {
  await asSystem(house.db, async (tx) => {
    const { id } = await tx
      .insertInto('person')
      .values({ organisation_id: school.org, surname: `Директоров-${login}`, given_name: 'Женя' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await ensureSignIn(tx, { personId: id, login, password })
    await tx.insertInto('role_grant').values({ organisation_id: school.org, person_id: id, role: 'administrator' }).execute()
  })
  const visitor = house.visitor()
  assert.equal((await visitor.signIn(login)).status, 200)
  return visitor
}

type Office = Pick<Scene, 'administrator' | 'api'>

export async function read<T>({ administrator, api }: Office, path: string): Promise<T> {
  const answer = await administrator.get(`${api}${path}`)
  assert.equal(answer.status, 200, path)
  return readJson<T>(answer)
}

/** Sends and expects this status; the body. */
export async function send<T>({ administrator, api }: Office, method: string, path: string, body: unknown, status: number): Promise<T> {
  const answer = await administrator.send(method, `${api}${path}`, body)
  const said = await answer.text()
  assert.equal(answer.status, status, `${method} ${path}: ${said}`)
  return JSON.parse(said) as T
}

/** Sends what has to be refused, and answers with the code and its details. */
export async function refusal({ administrator, api }: Office, method: string, path: string, body?: unknown) {
  const answer = await administrator.send(method, `${api}${path}`, body)
  const { code, details } = await readJson<{ code: string; details?: Record<string, unknown> }>(answer)
  return { status: answer.status, code, ...(details?.reason ? { reason: details.reason } : {}) }
}
export const notFound = { status: 404, code: 'not-found' }

export const makePlan = (office: Office): Promise<Plan> => send<Plan>(office, 'POST', '/plans', {}, 201)

/** «Да» under a plan that was read; the run may be under way still. */
export async function startRun(office: Office, plan: Plan, approved: string[] = []): Promise<string> {
  const { run } = await send<{ run: Run }>(office, 'POST', '/runs', { plan: plan.id, fingerprint: plan.fingerprint, approved }, 202)
  return run.id
}

/** The button: plan, «Да», and the run to its end. */
export async function synchronise(office: Office, approved: string[] = []): Promise<Run> {
  return endOf(office, await startRun(office, await makePlan(office), approved))
}

export const endOf = (office: Office, runId: string): Promise<Run> =>
  eventually(
    () => read<Run>(office, `/runs/${runId}`),
    (run) => run.state !== 'queued' && run.state !== 'running',
  )

/** Asks again until it is so; what stays otherwise is shown. */
export async function eventually<T>(ask: () => Promise<T> | T, isSo: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > end) assert.fail(`still not so after ${withinMs} ms: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const personOf = (school: TestSchool, account: number): string => {
  const person = school.people.find((one) => one.account === account)
  assert.ok(person, `no person with the account ${account}`)
  return person.id
}

export const chatNamed = async (office: Office, title: string): Promise<ChatRow> => {
  const { rows } = await read<ChatPage>(office, '/chats?size=100')
  const row = rows.find((chat) => chat.title === title)
  assert.ok(row, `«${title}» is not among ${rows.map((chat) => chat.title).join(', ')}`)
  return row
}

export const why = async (office: Office, chatId: string, personId: string): Promise<Why> =>
  read<Why>(office, `/chats/${chatId}/members/${personId}/why`)

/** Accounts inside, without our own. */
export const inside = (emulator: VkEmulator, title: string): number[] => {
  const members = chatsByTitle(emulator)[title]
  assert.ok(members, `«${title}» is not in the messenger`)
  return members
}

export const chatThere = (emulator: VkEmulator, title: string): ChatState => {
  const chat = emulator.chats().find((one) => one.title === title && !one.deleted)
  assert.ok(chat, `«${title}» is not in the messenger`)
  return chat
}

/** Somebody does it in the messenger, past us. Answers with what the chat's window shows. */
export async function inMessenger(
  emulator: VkEmulator,
  title: string,
  act: 'rename' | 'kick' | 'leave' | 'add' | 'delete',
  how: { title?: string; userId?: number; by?: number } = {},
): Promise<{ lines: { kind: string; text: string }[] }> {
  const answer = await fetch(`${emulator.url}/_emulator/chats/${chatThere(emulator, title).id}/${act}`, {
    method: 'POST',
    body: JSON.stringify(how),
  })
  assert.equal(answer.status, 200)
  return readJson(answer)
}

/** A chat that somebody made by hand under the account that we are connected with; its number there. */
export async function makeChatByHand(emulator: VkEmulator, title: string, members: number[]): Promise<string> {
  const body = new URLSearchParams({ title, user_ids: members.join(), access_token: serviceUser.token, v: '5.199' })
  const answer = await fetch(`${emulator.url}/method/messages.createChat`, { method: 'POST', body })
  const { response } = await readJson<{ response?: { chat_id: number } }>(answer)
  assert.ok(response)
  return String(response.chat_id)
}

/** The pupil is in the class no more: the register's word, as of today. */
export const leaveClass = (house: TestHouse, personId: string): Promise<unknown> =>
  asSystem(house.db, (tx) => tx.deleteFrom('enrolment').where('person_id', '=', personId).execute())

/** The pupil is in the class again. */
export async function enterClass(house: TestHouse, school: TestSchool, account: number): Promise<void> {
  const pupil = school.people.find((one) => one.account === account)
  const class_id = school.classIds.get(pupil?.classTitle ?? '')
  assert.ok(pupil && class_id)
  const fact = { organisation_id: school.org, person_id: pupil.id, class_id, starts_on: '2026-09-01' }
  await asSystem(house.db, (tx) => tx.insertInto('enrolment').values(fact).execute())
}
