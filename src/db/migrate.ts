import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

const folder = new URL('./migrations/', import.meta.url)

// The number is arbitrary and must never change: every process of every version asks for the same lock.
const advisoryLock = 7_240_001

/** One sentence for a human who can do something about it. */
export class DatabaseRefusal extends Error {
  override name = 'DatabaseRefusal'
}

/**
 * Brings the schema to this program's version; safe to call from many processes at once. `also` runs under the same lock:
 * the queue has a schema of its own.
 * @throws DatabaseRefusal with one sentence for a human: a newer schema, too old a server, a role that would bypass row-level security.
 */
export async function migrate(
  connectionString: string,
  also?: (connectionString: string) => Promise<void>,
): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString, application_name: 'aiti-school-migrate' })
  await client.connect()
  try {
    await refuseUnfitServer(client)
    await client.query('select pg_advisory_lock($1)', [advisoryLock])
    await client.query('create table if not exists schema_migration (name text primary key, applied_at timestamptz not null default now())')
    const known = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
    const done = (await client.query<{ name: string }>('select name from schema_migration order by name')).rows.map((row) => row.name)
    const newer = done.filter((name) => !known.includes(name))
    if (newer.length > 0) {
      throw new DatabaseRefusal(
        `The database was migrated by a newer version of the program (it knows ${newer.join(', ')}, this program does not): start that version, or restore a backup.`,
      )
    }
    const applied = known.filter((name) => !done.includes(name))
    for (const name of applied) await apply(client, name)
    await also?.(connectionString)
    return { applied }
  } finally {
    await client.end()
  }
}

async function apply(client: pg.Client, name: string): Promise<void> {
  const statements = await readFile(new URL(name, folder), 'utf8')
  await client.query('begin')
  try {
    await client.query(statements)
    await client.query('insert into schema_migration (name) values ($1)', [name])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

async function refuseUnfitServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number; bypasses: boolean; role: string }>(
    `select current_setting('server_version_num')::int as version, (rolsuper or rolbypassrls) as bypasses, rolname as role
     from pg_roles where rolname = current_user`,
  )
  const server = rows[0]
  if (server === undefined) throw new DatabaseRefusal('The database does not know the role it was reached with.')
  if (server.version < 150_000) throw new DatabaseRefusal('The database is PostgreSQL older than 15: use 15 or newer.')
  if (server.bypasses) {
    throw new DatabaseRefusal(
      `The database role "${server.role}" would bypass the wall between schools (row-level security): connect as an ordinary role that owns the database, for example CREATE ROLE aiti LOGIN PASSWORD '…'; CREATE DATABASE aiti OWNER aiti.`,
    )
  }
}
