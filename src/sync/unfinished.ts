import { sql } from 'kysely'
import { asSystem, type Database } from '#db/database.ts'
import type { RunRef } from './apply.ts'

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

/**
 * People whose link and memberships disagree: they linked or unlinked while a run was under way, or the job that should
 * have followed was lost with its process. Level, not edge: whoever finds them syncs them.
 */
export async function listLatecomers(db: Database): Promise<{ organisationId: string; personId: string }[]> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<{ organisationId: string; personId: string }>`
      select distinct member.organisation_id as "organisationId", member.person_id as "personId"
      from chat_member member
      join chat on chat.id = member.chat_id and chat.state = 'live'
      left join link on link.person_id = member.person_id and link.system = chat.messenger
      where (member.state = 'waiting' and link.id is not null)
         -- Held back for want of an adult, who has come in meanwhile.
         or (member.state = 'planned' and link.id is not null
             and exists (select from chat_member adult where adult.chat_id = chat.id and adult.state = 'member' and adult.role in ('TEACHER', 'ADMIN'))
             and not exists (select from sync_step step where step.chat_id = chat.id and step.person_id = member.person_id
                             and step.state in ('planned', 'sent')))
         or (member.state in ('member', 'invited') and member.external_id is distinct from link.external_id)`.execute(tx)
    return rows
  })
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
