import { sql } from 'kysely'
import type { Db } from '#db/database.ts'
import type { Tables } from '#db/tables.ts'

export type Outcome = 'created' | 'updated' | 'unchanged'

export type Target = {
  table: keyof Tables & string
  /** Column → PostgreSQL type. */
  columns: Record<string, string>
  /** Columns that tell a row from every other. */
  conflict: string[]
  /** What the source decides, and what it only fills in: with «fill» a null of the source changes nothing. */
  update: Record<string, 'take' | 'fill'>
}

/** Writes rows in one statement and touches none that is already as it should be. Answers for every row, in order. */
export async function upsert(tx: Db, target: Target, rows: Record<string, unknown>[]): Promise<Outcome[]> {
  if (rows.length === 0) return []
  const table = sql.table(target.table)
  const list = (names: string[]) => sql.join(names.map((name) => sql.ref(name)))
  const columns = Object.entries(target.columns)
  const types = sql.join(columns.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`))
  const updates = Object.entries(target.update).map(([name, way]) => {
    const taken = sql.ref(`excluded.${name}`)
    const kept = sql.ref(`${target.table}.${name}`)
    return { name, kept, next: way === 'take' ? taken : sql`coalesce(${taken}, ${kept})` }
  })
  const action =
    updates.length === 0
      ? sql`do nothing`
      : sql`do update set ${sql.join(updates.map(({ name, next }) => sql`${sql.ref(name)} = ${next}`))}
            where ${sql.join(
              updates.map(({ kept, next }) => sql`${kept} is distinct from ${next}`),
              sql` or `,
            )}`
  const names = columns.map(([name]) => name)
  // A row that the statement itself inserted has no xmax; one that it changed has.
  const { rows: written } = await sql<Record<string, unknown> & { is_new: boolean }>`
    insert into ${table} (${list(names)})
    select ${list(names)} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (${types})
    on conflict (${list(target.conflict)}) ${action}
    returning ${list(target.conflict)}, (xmax = 0) as is_new`.execute(tx)
  const identity = (row: Record<string, unknown>) => JSON.stringify(target.conflict.map((name) => row[name] ?? null))
  const outcomes = new Map(written.map((row) => [identity(row), row.is_new ? ('created' as const) : ('updated' as const)]))
  return rows.map((row) => outcomes.get(identity(row)) ?? 'unchanged')
}
