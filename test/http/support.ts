import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '#config.ts'
import { asSystem, type Database } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import { type House, type Overrides, startHouse } from '../../src/house.ts'
import { openTestDatabase } from '../support/database.ts'

export const password = 'a-long-password'

export type TestHouse = { house: House; db: Database; url: string; visitor: () => Visitor; [Symbol.asyncDispose]: () => Promise<void> }

/** The whole program on a database of its own, reached over real HTTP. Keys are given, so there is no sandbox; VK is nowhere unless `env` says where. */
export async function openTestHouse(env: Record<string, string> = {}, overrides: Overrides = {}): Promise<TestHouse> {
  const database = await openTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'aiti-house-'))
  const { config, secrets } = readConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_FOLDER: folder,
    LOG_LEVEL: 'silent',
    VKID_CLIENT_ID: '51000001',
    VKID_URL: 'http://127.0.0.1:9',
    SFERUM_API_URL: 'http://127.0.0.1:9',
    SFERUM_TOKEN: 'token',
    ...env,
  })
  const house = await startHouse(config, secrets, { signInsPerMinute: 1000, ...overrides })
  return {
    house,
    db: house.db,
    url: house.url,
    visitor: () => createVisitor(house.url),
    [Symbol.asyncDispose]: async () => {
      await house.stop()
      await database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The body as what the test expects it to be; assertions say whether it is. */
export const readJson = async <T = unknown>(answer: Response): Promise<T> => (await answer.json()) as T

/** A browser as far as HTTP goes: keeps cookies, says that it is on our own page, follows no redirects. */
export type Visitor = {
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
  get: (path: string) => Promise<Response>
  post: (path: string, body?: unknown) => Promise<Response>
  signIn: (login: string, as?: string) => Promise<Response>
  cookies: Map<string, string>
}

export function createVisitor(url: string): Visitor {
  const cookies = new Map<string, string>()
  const send: Visitor['send'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const at = pair.indexOf('=')
      if (/max-age=0/i.test(cookie)) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return answer
  }
  return {
    send,
    cookies,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    signIn: (login, as = password) => send('POST', '/api/auth/sign-in/username', { username: login, password: as }),
  }
}

export type Cast = {
  region: string
  school: string
  other: string
  foreign: string
  people: Record<'operator' | 'administrator' | 'teacher' | 'guardian' | 'pupil' | 'stranger', string>
}

/** A region with two schools, a school of another region, and one person of each role; the login is the role. `stranger` administers `other`. */
export function createCast(db: Database): Promise<Cast> {
  return asSystem(db, async (tx) => {
    const organisation = async (kind: 'region' | 'school', name: string, parent_id?: string) =>
      (
        await tx
          .insertInto('organisation')
          .values({ kind, name, parent_id: parent_id ?? null })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id
    const region = await organisation('region', 'Область')
    const school = await organisation('school', 'Школа 1', region)
    const other = await organisation('school', 'Школа 2', region)
    const foreign = await organisation('school', 'Школа 3', await organisation('region', 'Край'))
    const person = async (organisation_id: string, surname: string, login: string) => {
      const { id } = await tx
        .insertInto('person')
        .values({ organisation_id, surname, given_name: 'Женя', patronymic: 'Александрович' })
        .returning('id')
        .executeTakeFirstOrThrow()
      await ensureSignIn(tx, { personId: id, login, password })
      return id
    }
    const people = {
      operator: await person(region, 'Операторов', 'operator'),
      administrator: await person(school, 'Директоров', 'administrator'),
      teacher: await person(school, 'Учителев', 'teacher'),
      guardian: await person(school, 'Родителев', 'guardian'),
      pupil: await person(school, 'Учеников', 'pupil'),
      stranger: await person(other, 'Соседов', 'stranger'),
    }
    await tx
      .insertInto('role_grant')
      .values([
        { organisation_id: region, person_id: people.operator, role: 'operator' },
        { organisation_id: school, person_id: people.administrator, role: 'administrator' },
        { organisation_id: other, person_id: people.stranger, role: 'administrator' },
      ])
      .execute()
    const fact = { organisation_id: school, starts_on: '2020-09-01' }
    const { id: classId } = await tx
      .insertInto('school_class')
      .values({ organisation_id: school })
      .returning('id')
      .executeTakeFirstOrThrow()
    await tx
      .insertInto('staff_post')
      .values({ ...fact, person_id: people.teacher, post: 'учитель' })
      .execute()
    await tx
      .insertInto('guardianship')
      .values({ ...fact, guardian_id: people.guardian, pupil_id: people.pupil })
      .execute()
    await tx
      .insertInto('enrolment')
      .values({ ...fact, class_id: classId, person_id: people.pupil })
      .execute()
    return { region, school, other, foreign, people }
  })
}
