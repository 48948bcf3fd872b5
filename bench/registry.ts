import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { listChats } from '#chats/registry.ts'
import { readConfig } from '#config.ts'
import type { ChatPage, ChatQuery } from '#contract/chats.ts'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import { startHouse } from '../src/house.ts'
import { openDatabaseFor, openFolder, openStack, percentile, round } from './ground.ts'

const chats = 100_000
const times = 100
const query: ChatQuery = { kind: 'CLASS', q: 'чат класса', sort: 'title', page: 100, size: 20 }
const password = 'a-long-password'

/** How fast is page 100 of 100,000 chats with a filter and a search, over HTTP, and how much of it is the bare SQL? */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { db, url } = await openDatabaseFor(stack)
  const org = await fill(db)
  const statements = await recordStatements(url, org)

  const folder = openFolder(stack)
  mkdirSync(join(folder, 'web'))
  const env = { PORT: '0', DATABASE_URL: url, DATA_FOLDER: folder, LOG_LEVEL: 'silent', VKID_CLIENT_ID: '1', SFERUM_TOKEN: 'none' }
  const { config, secrets } = readConfig({ ...env, SFERUM_API_URL: 'http://127.0.0.1:9', VKID_URL: 'http://127.0.0.1:9' })
  const house = await startHouse(config, secrets, { webFolder: join(folder, 'web') })
  stack.defer(house.stop)
  const cookie = await signIn(house.url)
  const address = new URL(`/api/organisations/${org}/chats?${new URLSearchParams({ ...query, page: '100', size: '20' })}`, house.url)
  const overHttp = async () => {
    const answer = await fetch(address, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    const page = (await answer.json()) as ChatPage
    if (page.rows.length !== query.size || page.page !== query.page)
      throw new Error(`The page is not what was asked for: HTTP ${answer.status}`)
  }

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  stack.defer(() => client.end())
  const bare = async () => {
    for (const { text, values } of statements) await client.query(text, values)
  }
  const [http = [], statementsAlone = []] = await measure([overHttp, bare])
  return {
    p50_ms: round(percentile(http, 0.5), 1),
    p95_ms: round(percentile(http, 0.95), 1),
    sql_p50_ms: round(percentile(statementsAlone, 0.5), 1),
    sql_p95_ms: round(percentile(statementsAlone, 0.95), 1),
    ratio: round(percentile(http, 0.95) / percentile(statementsAlone, 0.95)),
  }
}

/** In turns: what else the machine does meanwhile slows all of them down alike, and the ratio stays true. */
async function measure(works: (() => Promise<void>)[]): Promise<number[][]> {
  const taken = works.map((): number[] => [])
  for (let index = -10; index < times; index++) {
    for (const [which, work] of works.entries()) {
      const started = performance.now()
      await work()
      if (index >= 0) taken[which]?.push(performance.now() - started)
    }
  }
  return taken
}

/** One school with 100,000 chats of two kinds, five members each, and its administrator. */
async function fill(db: Database): Promise<string> {
  const org = await asSystem(db, async (tx) => {
    const { id } = await tx
      .insertInto('organisation')
      .values({ kind: 'school', name: 'Большая школа' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const person = { organisation_id: id, surname: 'Пробный', given_name: 'Женя' }
    const { id: personId } = await tx.insertInto('person').values(person).returning('id').executeTakeFirstOrThrow()
    await tx.insertInto('role_grant').values({ organisation_id: id, person_id: personId, role: 'administrator' }).execute()
    await ensureSignIn(tx, { personId, login: 'administrator', password })
    const year = { organisation_id: id, title: 'год', starts_on: '2020-09-01', ends_on: '2099-08-31' }
    const { id: yearId } = await tx.insertInto('academic_year').values(year).returning('id').executeTakeFirstOrThrow()
    await sql`
      with made as (
        insert into school_class (organisation_id, external_id) select ${id}::uuid, n::text from generate_series(1, ${chats / 2}) n returning id, external_id
      )
      insert into class_name (organisation_id, class_id, academic_year_id, title)
      select ${id}::uuid, id, ${yearId}::uuid, external_id || 'А' from made`.execute(tx)
    await sql`
      insert into chat (organisation_id, messenger, kind, class_id, title, state, actor, external_id, invite_link, synced_at)
      select name.organisation_id, 'sferum', kind, name.class_id,
             'Большая школа - ' || name.title || case kind when 'CLASS' then ' - Чат класса' else ' - Родительский чат' end,
             'live', '1', row_number() over ()::text, 'https://vk.me/join/' || name.class_id, now()
      from class_name name cross join (values ('CLASS'), ('PARENTS')) kinds (kind)`.execute(tx)
    await sql`
      insert into person (organisation_id, surname, given_name)
      select ${id}::uuid, 'Пробный' || n, 'Женя' from generate_series(1, 500) n`.execute(tx)
    await sql`
      insert into chat_member (organisation_id, chat_id, person_id, role, state)
      select chat.organisation_id, chat.id, person.id, 'PARENT', 'waiting'
      from (select organisation_id, id, row_number() over () as n from chat) chat
      join (select id, row_number() over () - 1 as n from person where surname like 'Пробный_%') person on person.n / 5 = chat.n % 100`.execute(
      tx,
    )
    return id
  })
  await sql`analyze`.execute(db)
  return org
}

/** The very statements that the registry sends, scope and all, with their values. */
async function recordStatements(url: string, org: string): Promise<{ text: string; values: unknown[] }[]> {
  const statements: { text: string; values: unknown[] }[] = []
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  const db: Database = new Kysely({
    dialect: new PostgresDialect({ pool }),
    log: ({ query: { sql: text, parameters } }) => void statements.push({ text, values: [...parameters] }),
  })
  const today = new Date().toISOString().slice(0, 10)
  const page = await inOrganisation(db, org, (tx) => listChats(tx, org, query, today))
  await db.destroy()
  if (page.total !== chats / 2 || page.rows.length !== query.size) throw new Error(`The registry found ${page.total} chats.`)
  return statements
}

async function signIn(url: string): Promise<string> {
  const answer = await fetch(new URL('/api/auth/sign-in/username', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin: url },
    body: JSON.stringify({ username: 'administrator', password }),
  })
  if (!answer.ok) throw new Error(`The sign-in answered HTTP ${answer.status}.`)
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
