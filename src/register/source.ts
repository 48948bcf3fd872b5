import { sql } from 'kysely'
import type { Db } from '#db/database.ts'

/**
 * What the last import of a school's register was like. complete: every row was read and understood; partial: some rows
 * were refused; broken: it could not be read; shrunk: it holds suspiciously fewer people than the one before.
 */
export type SourceState = 'complete' | 'partial' | 'broken' | 'shrunk'
export type SourceCounts = { people: number; refused: number }

/** An import that holds less than this share of the people of the one before is not believed. */
const smallestShare = 0.8
const fewestPeople = 10

/** What to think of an import with these numbers after one with those. Pure. */
export function judgeSource(now: SourceCounts, before: SourceCounts | null): SourceState {
  if (now.refused > 0) return 'partial'
  if (before !== null && before.people >= fewestPeople && now.people < before.people * smallestShare) return 'shrunk'
  return 'complete'
}

/** null: the register was never imported. */
export async function readSourceState(tx: Db, organisationId: string): Promise<{ state: SourceState; readAt: Date } | null> {
  const row = await tx
    .selectFrom('register_source')
    .select(['state', 'read_at'])
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst()
  return row ? { state: row.state, readAt: row.read_at } : null
}

/**
 * Writes down what an import of this school was like; compared with the last one that was complete.
 * @param counts null: it could not be read at all
 */
export async function recordSource(tx: Db, organisationId: string, counts: SourceCounts | null): Promise<SourceState> {
  const row = await tx.selectFrom('register_source').select('previous').where('organisation_id', '=', organisationId).executeTakeFirst()
  const previous = row?.previous as Partial<SourceCounts> | undefined
  const before = previous?.people === undefined ? null : { people: previous.people, refused: previous.refused ?? 0 }
  const state = counts === null ? 'broken' : judgeSource(counts, before)
  // `previous` is the last import that was believed: a second broken one is not compared with the first.
  const believed = state === 'complete' ? counts : before
  await sql`
    insert into register_source (organisation_id, state, counts, previous, read_at)
    values (${organisationId}::uuid, ${state}, ${JSON.stringify(counts ?? {})}::jsonb, ${JSON.stringify(believed ?? {})}::jsonb, now())
    on conflict (organisation_id) do update
      set state = excluded.state, counts = excluded.counts, previous = excluded.previous, read_at = excluded.read_at`.execute(tx)
  return state
}
