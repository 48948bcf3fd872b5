import { sql } from 'kysely'
import { asSystem, type Database, type Db } from '#db/database.ts'
import type { RunRef } from './apply.ts'
import { isMassUnlinking } from './guard.ts'
import { readSettings } from './settings.ts'

/** Runs that a crash left unfinished: jobs ask for them at the start and every minute. */
export async function listUnfinishedRuns(db: Database): Promise<RunRef[]> {
  const rows = await asSystem(db, (tx) =>
    tx
      .selectFrom('sync_run')
      .select(['id', 'organisation_id'])
      .where('state', 'in', ['queued', 'running'])
      .orderBy('requested_at')
      .execute(),
  )
  return rows.map((row) => ({ id: row.id, organisationId: row.organisation_id }))
}

type Latecomer = { organisationId: string; personId: string }

/**
 * People whose link and memberships disagree: they linked or unlinked while a run was under way, or the job that should
 * have followed was lost with its process. Level, not edge: whoever finds them syncs them. Where so many of a school have
 * lost their links that the brake would hold it, they are left to the school's own plan.
 */
export async function listLatecomers(db: Database): Promise<Latecomer[]> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<Latecomer & { unlinked: boolean }>`
      select member.organisation_id as "organisationId", member.person_id as "personId", bool_or(link.id is null) as unlinked
      from chat_member member
      join chat on chat.id = member.chat_id and chat.state = 'live'
      left join link on link.person_id = member.person_id and link.system = chat.messenger
      where (member.state = 'waiting' and link.id is not null)
         -- Held back for want of an adult, who has come in meanwhile.
         or (member.state = 'planned' and link.id is not null
             and exists (select from chat_member adult where adult.chat_id = chat.id and adult.state = 'member' and adult.role in ('TEACHER', 'ADMIN'))
             and not exists (select from sync_step step where step.chat_id = chat.id and step.person_id = member.person_id
                             and step.state in ('planned', 'sent')))
         or (member.state in ('member', 'invited') and member.external_id is distinct from link.external_id)
      group by 1, 2`.execute(tx)
    const bySchool = Map.groupBy(rows, (row) => row.organisationId)
    const people: Latecomer[] = []
    for (const [organisationId, ofSchool] of bySchool) {
      const unlinked = ofSchool.filter((row) => row.unlinked).length
      const held =
        unlinked > 1 && isMassUnlinking(unlinked, await countInside(tx, organisationId), (await readSettings(tx, organisationId)).brake)
      people.push(...ofSchool.filter((row) => !(held && row.unlinked)).map(({ personId }) => ({ organisationId, personId })))
    }
    return people
  })
}

async function countInside(tx: Db, organisationId: string): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(distinct person_id)::int as people from chat_member
    where organisation_id = ${organisationId} and state = 'member'`.execute(tx)
  return rows[0]?.people ?? 0
}

const patience = { from: '10 minutes', until: '12 hours' }

/**
 * Runs that ended because the messenger was away, are the newest of their school, and are neither fresh nor old: what
 * they left undone is tried again by itself, so that a night's outage needs nobody in the morning.
 */
export async function listInterruptedRuns(db: Database): Promise<RunRef[]> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<RunRef>`
      select run.id, run.organisation_id as "organisationId" from sync_run run
      where run.state = 'failed' and run.error_kind in ('unavailable', 'rate-limited') and run.scope in ('school', 'retry')
        and run.finished_at between now() - ${patience.until}::interval and now() - ${patience.from}::interval
        and not exists (select from sync_run newer where newer.organisation_id = run.organisation_id and newer.messenger = run.messenger
                        and newer.scope not in ('person', 'chat') and newer.requested_at > run.requested_at)`.execute(tx)
    return rows
  })
}
