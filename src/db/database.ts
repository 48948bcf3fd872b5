import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Tables } from './tables.ts'

/** The whole database. Tenant tables show nothing through it: ask inOrganisation or asSystem for a scope. */
export type Database = Kysely<Tables>
/** A transaction with a scope; what rooms take as their first argument. */
export type Db = Transaction<Tables>

// Dates stay texts (2026-09-01): a JavaScript Date would move them over midnight in some time zones.
pg.types.setTypeParser(pg.types.builtins.DATE, (value) => value)
// count(*) and identity columns are int8; ours stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, (value) => Number(value))

export type OpenDatabase = { db: Database; pool: pg.Pool; close: () => Promise<void> }

/** Opens a pool. `onError` hears of connections that broke while idle (the pool replaces them by itself). */
export function openDatabase(connectionString: string, onError: (error: Error) => void, max = 12): OpenDatabase {
  const pool = new pg.Pool({ connectionString, max, application_name: 'aiti-school' })
  pool.on('error', onError)
  // A connection that breaks while it works tells its query, and then the connection itself: unheard, that would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}

/** Runs `work` in one transaction that sees exactly one organisation (row-level security does the rest). */
export function inOrganisation<T>(db: Database, organisationId: string, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('app.organisation', ${organisationId}, true), set_config('app.scope', '', true)`.execute(tx)
    return work(tx)
  })
}

/**
 * Runs `work` in one transaction that sees every organisation. Only for what happens before an organisation
 * is known (sign-in, roles) and for the house's own chores (resuming runs, the demo school, imports).
 */
export function asSystem<T>(db: Database, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('app.scope', 'system', true)`.execute(tx)
    return work(tx)
  })
}
