import { sql } from 'kysely'
import type { Db } from '#db/database.ts'

export type Name = { surname: string; givenName: string; patronymic: string }

/** Person → name; people of other organisations are not there. */
export async function readNames(tx: Db, personIds: readonly string[]): Promise<Map<string, Name>> {
  if (personIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('person')
    .select(['id', 'surname', 'given_name', 'patronymic'])
    .where('id', '=', sql<string>`any(${[...new Set(personIds)]}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, { surname: row.surname, givenName: row.given_name, patronymic: row.patronymic }]))
}
