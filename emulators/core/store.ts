import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** The emulator's durable state. Synchronous on purpose: one request is one uninterrupted turn, so no half-done write is ever seen. */
export type Store = {
  all: <Row>(sql: string, ...values: SQLInputValue[]) => Row[]
  get: <Row>(sql: string, ...values: SQLInputValue[]) => Row | undefined
  run: (sql: string, ...values: SQLInputValue[]) => { id: number; changes: number }
  /** Joins the transaction that is already open, so that a page handler may call what an API method calls. */
  transaction: <T>(work: () => T) => T
  /** Runs once what is being done is really done, and never when it is undone; at once outside of a transaction. */
  afterCommit: (work: () => void) => void
  clear: () => void
  close: () => void
}

const tables = [
  'accounts',
  'profiles',
  'clients',
  'communities',
  'service_users',
  'chats',
  'chat_numbers',
  'chat_members',
  'chat_lines',
  'direct_messages',
  'callback_codes',
  'callback_servers',
  'codes',
  'tokens',
]

const schema = `
create table if not exists accounts (login text primary key, label text, position integer not null) strict;
create table if not exists profiles (
  user_id integer primary key, login text not null, kind text not null,
  surname text not null, given_name text not null, patronymic text not null, gender text not null, birth_date text not null,
  refuses_adding integer not null default 0, blocks_community integer not null default 0, search text not null) strict;
create index if not exists profiles_by_login on profiles (login);
create table if not exists clients (
  client_id text primary key, service_token text, name text not null, redirect_uris text not null, edu_only integer not null) strict;
create table if not exists communities (group_id integer primary key, name text not null, token text not null unique, rights text not null) strict;
create table if not exists service_users (user_id integer primary key, name text not null, token text not null unique, rights text not null) strict;
create table if not exists chats (
  id integer primary key autoincrement, title text not null, owner_id integer not null, created_at integer not null,
  updated_at integer not null, invite_token text not null unique, last_cmid integer not null default 0, deleted integer not null default 0) strict;
create table if not exists chat_numbers (
  actor_id integer not null, number integer not null, chat_id integer not null, cleared_cmid integer not null default -1,
  primary key (actor_id, number), unique (actor_id, chat_id)) strict, without rowid;
create table if not exists chat_members (
  chat_id integer not null, member_id integer not null, state text not null, is_admin integer not null,
  joined_at integer not null, invited_by integer not null, primary key (chat_id, member_id)) strict, without rowid;
create index if not exists chat_members_by_member on chat_members (member_id);
create table if not exists chat_lines (
  id integer primary key autoincrement, chat_id integer not null, cmid integer not null, kind text not null, actor_id integer not null,
  subject_id integer, text text not null, at integer not null, random_id integer not null default 0,
  at_ms integer not null default 0) strict;
create unique index if not exists chat_lines_by_chat on chat_lines (chat_id, cmid);
create table if not exists direct_messages (
  id integer primary key autoincrement, from_id integer not null, to_id integer not null, text text not null, at integer not null,
  random_id integer not null default 0) strict;
create index if not exists direct_messages_by_reader on direct_messages (to_id);
create table if not exists callback_codes (group_id integer primary key, code text not null) strict;
create table if not exists callback_servers (
  id integer primary key autoincrement, group_id integer not null, title text not null, url text not null, secret text not null,
  api_version text not null, message_new integer not null, status text not null) strict;
create table if not exists codes (
  code text primary key, client_id text not null, redirect_uri text not null, challenge text not null, user_id integer not null,
  device_id text not null, scope text not null, expires_at integer not null, used integer not null default 0) strict;
create table if not exists tokens (
  access_token text primary key, refresh_token text not null unique, id_token text not null unique, client_id text not null,
  user_id integer not null, device_id text not null, scope text not null, expires_at integer not null,
  refresh_expires_at integer not null, state text not null default 'live') strict;
`

export function openStore(file: string | undefined): Store {
  const db = new DatabaseSync(file ?? ':memory:')
  // WAL + NORMAL: a commit has reached the operating system, so it outlives a killed process (not a power cut).
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000;')
  db.exec(schema)
  // Files of before the column: their lines keep 0 and are read as the full second (history.ts).
  if (!db.prepare("select 1 from pragma_table_info('chat_lines') where name = 'at_ms'").get())
    db.exec('alter table chat_lines add column at_ms integer not null default 0')
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    const fresh = db.prepare(sql)
    prepared.set(sql, fresh)
    return fresh
  }
  let depth = 0
  let afterwards: (() => void)[] = []
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work()
    db.exec('begin immediate')
    depth++
    let result: T
    try {
      result = work()
      db.exec('commit')
    } catch (error) {
      db.exec('rollback')
      afterwards = []
      throw error
    } finally {
      depth--
    }
    const due = afterwards
    afterwards = []
    for (const one of due) one()
    return result
  }
  return {
    all: <Row>(sql: string, ...values: SQLInputValue[]) => statement(sql).all(...values) as Row[],
    get: <Row>(sql: string, ...values: SQLInputValue[]) => statement(sql).get(...values) as Row | undefined,
    run: (sql, ...values) => {
      const done = statement(sql).run(...values)
      return { id: Number(done.lastInsertRowid), changes: Number(done.changes) }
    },
    transaction,
    afterCommit: (work) => {
      if (depth > 0) afterwards.push(work)
      else work()
    },
    clear: () => transaction(() => db.exec(`${tables.map((table) => `delete from ${table};`).join('')} delete from sqlite_sequence;`)),
    close: () => db.close(),
  }
}
