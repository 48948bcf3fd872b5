import type { Db } from '#db/database.ts'

export type Organisation = { id: string; name: string; kind: 'region' | 'school'; parentId: string | null; timeZone: string }

/** One organisation; throws when the scope does not see it. */
export async function readOrganisation(tx: Db, organisationId: string): Promise<Organisation> {
  return tx
    .selectFrom('organisation')
    .select(['id', 'name', 'kind', 'parent_id as parentId', 'time_zone as timeZone'])
    .where('id', '=', organisationId)
    .executeTakeFirstOrThrow()
}
