import { sql } from 'kysely'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import { type Lane, MessengerError, type MessengerName } from '#messengers/messenger.ts'
import { type Engine, SyncError } from './engine.ts'
import { openRun } from './journal.ts'
import { keyOf } from './known.ts'
import type { Plan } from './plan.ts'
import { preparePlan } from './prepare.ts'
import { recordObservation } from './registry-rows.ts'
import { readSettings } from './settings.ts'

/** What a look at a whole school found. */
export type Looked = { chats: number; unreadable: number; drift: number; held: number }

/**
 * Looks at every chat of a school without changing anything there, and writes down what it saw. Where the school wants
 * it, and something is to be done that the brake does not hold, a run is opened for it.
 * @returns runId: of the run that somebody has to enqueue
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function observeSchool(engine: Engine, organisationId: string, lane: Lane): Promise<Looked & { runId: string | null }> {
  const plan = await preparePlan(engine, organisationId, lane, { recreate: false })
  return inOrganisation(engine.db, organisationId, async (tx) => {
    await recordObservation(tx, organisationId, plan)
    const { schedule } = await readSettings(tx, organisationId)
    const { rows } = await sql<{ paused: boolean }>`
      insert into school_watch as watch (organisation_id, messenger, observed_at, next_at)
      values (${organisationId}::uuid, ${engine.messenger.name}, now(), now() + ${schedule.observeEveryMinutes || 60} * interval '1 minute')
      on conflict (organisation_id, messenger) do update
        set observed_at = excluded.observed_at, next_at = excluded.next_at, error_kind = null, vendor_code = null
      returning paused_by_undo as paused`.execute(tx)
    const wanted =
      schedule.automatic && lane === 'background' && rows[0]?.paused === false && plan.chats.some((chat) => chat.steps.length > 0)
    return { ...numbersOf(plan), runId: wanted ? await openScheduled(tx, engine, organisationId) : null }
  })
}

async function openScheduled(tx: Parameters<typeof openRun>[0], engine: Engine, organisationId: string): Promise<string | null> {
  const { runId, joined } = await openRun(tx, {
    organisationId,
    messenger: engine.messenger.name,
    scope: 'school',
    scopeId: null,
    cause: 'schedule',
    // Nobody read the plan; what the brake lets through then is carried out.
    fingerprint: null,
    approved: [],
    requestedBy: null,
  })
  return joined ? null : runId
}

const numbersOf = (plan: Plan): Looked => ({
  chats: plan.chats.filter((chat) => chat.seen === 'present').length,
  unreadable: plan.counts.unreadable,
  drift: plan.chats.reduce((sum, chat) => sum + chat.drift.length, 0),
  held: plan.counts.held,
})

/** Looks at one chat after the messenger said that something happened in it. */
export async function observeChat(engine: Engine, { organisationId, chatId }: { organisationId: string; chatId: string }): Promise<void> {
  const row = await inOrganisation(engine.db, organisationId, (tx) =>
    tx
      .selectFrom('chat')
      .select(['kind', 'class_id', 'subgroup_id', 'subject_id'])
      .where('id', '=', chatId)
      .where('managed', '=', true)
      .where('state', 'in', ['live', 'gone'])
      .executeTakeFirst(),
  )
  if (row === undefined) return
  const plan = await preparePlan(engine, organisationId, 'person', { only: new Set([keyOf(row)]), recreate: false })
  await inOrganisation(engine.db, organisationId, (tx) => recordObservation(tx, organisationId, plan))
}

/**
 * Schools whose turn it is to be looked at. The next turn is written down at once, so that two processes do not look
 * at the same school; a school that nobody ever looked at begins at a moment of its own within its interval.
 */
export function claimDueSchools(db: Database, messenger: MessengerName, most = 20): Promise<string[]> {
  return asSystem(db, async (tx) => {
    const every = sql`coalesce((settings.settings -> 'schedule' ->> 'observeEveryMinutes')::int, 60)`
    await sql`
      insert into school_watch (organisation_id, messenger, next_at)
      select distinct chat.organisation_id, chat.messenger, now() + random() * ${every} * interval '1 minute'
      from chat left join chat_settings settings on settings.organisation_id = chat.organisation_id
      where chat.messenger = ${messenger} and chat.state = 'live'
      on conflict do nothing`.execute(tx)
    const { rows } = await sql<{ organisation_id: string; wanted: boolean }>`
      update school_watch watch set next_at = now() + greatest(${every}, 5) * interval '1 minute'
      from (select organisation_id, messenger from school_watch where messenger = ${messenger} and next_at <= now()
            order by next_at limit ${most} for update skip locked) due
      left join chat_settings settings on settings.organisation_id = due.organisation_id
      where watch.organisation_id = due.organisation_id and watch.messenger = due.messenger
      returning watch.organisation_id, ${every} > 0 as wanted`.execute(tx)
    return rows.filter((row) => row.wanted).map((row) => row.organisation_id)
  })
}

/** A look that failed is told on the Sferum page; the next one comes at its time. */
export async function noteFailedLook(engine: Engine, organisationId: string, error: unknown): Promise<void> {
  if (!(error instanceof MessengerError || error instanceof SyncError)) throw error
  const failure = error instanceof MessengerError ? error : { kind: 'unavailable', vendorCode: null }
  await inOrganisation(engine.db, organisationId, (tx) =>
    tx
      .updateTable('school_watch')
      .set({ error_kind: failure.kind, vendor_code: failure.vendorCode })
      .where('organisation_id', '=', organisationId)
      .where('messenger', '=', engine.messenger.name)
      .execute(),
  )
}

/** After «Отменить запуск» nothing runs by itself until somebody presses the button again. */
export async function pauseAutomatic(
  tx: Parameters<typeof openRun>[0],
  organisationId: string,
  messenger: MessengerName,
  paused: boolean,
): Promise<void> {
  await sql`
    insert into school_watch (organisation_id, messenger, paused_by_undo) values (${organisationId}::uuid, ${messenger}, ${paused})
    on conflict (organisation_id, messenger) do update set paused_by_undo = excluded.paused_by_undo`.execute(tx)
}
