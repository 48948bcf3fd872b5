import { sql } from 'kysely'
import type { MemberState, RunState } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'
import type { MessengerErrorKind, MessengerName } from '#messengers/messenger.ts'
import type { ChatPlan, Plan, Step } from './plan.ts'

/** Told to everybody who watches runs; the payload is the run's id. */
export const runChannel = 'sync_run'

export type Failure = { kind: MessengerErrorKind; vendorCode: string | null }

export type StepRow = { seq: number; chatId: string; personId: string | null; step: Step; wasSent: boolean }

/** What one answer of the messenger changed, written together in one transaction. */
export type Effects = {
  steps: { seq: number; state: 'done' | 'failed' | 'skipped'; failure: Failure | null }[]
  members: { chatId: string; personId: string; state: MemberState; account: string | null; failure: Failure | null }[]
  chats: ({ chatId: string } & (
    | { change: 'created'; actor: string; number: string; title: string }
    | { change: 'invite-link'; link: string }
    | { change: 'renamed'; title: string }
    | { change: 'failed'; failure: Failure }
    | { change: 'not-created' }
  ))[]
}

export const noEffects = (): Effects => ({ steps: [], members: [], chats: [] })

type NewRun = {
  organisationId: string
  messenger: MessengerName
  scope: 'school' | 'person' | 'chat'
  scopeId: string | null
  fingerprint: string | null
  approved: readonly string[]
  requestedBy: string | null
}

/**
 * Opens a run, or finds the school's run that is under way already (`joined`): a second press, a second administrator
 * and a second server all meet here, on a unique index.
 */
export async function openRun(tx: Db, run: NewRun): Promise<{ runId: string; joined: boolean }> {
  const opened = await tx
    .insertInto('sync_run')
    .values({
      organisation_id: run.organisationId,
      messenger: run.messenger,
      scope: run.scope,
      scope_id: run.scopeId,
      fingerprint: run.fingerprint,
      approved: JSON.stringify(run.approved),
      requested_by: run.requestedBy,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'messenger'])
        .where('scope', '=', 'school')
        .where('state', 'in', ['queued', 'running'])
        .doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  if (opened) return { runId: opened.id, joined: false }
  const underWay = await tx
    .selectFrom('sync_run')
    .select('id')
    .where('organisation_id', '=', run.organisationId)
    .where('messenger', '=', run.messenger)
    .where('scope', '=', 'school')
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  // It ended between the two statements: the next attempt opens a new one.
  return underWay ? { runId: underWay.id, joined: true } : openRun(tx, run)
}

/** The registry's rows for chats that are wanted but not there yet; returns every key's chat id. */
async function ensureChats(
  tx: Db,
  organisationId: string,
  messenger: MessengerName,
  chats: readonly ChatPlan[],
): Promise<Map<string, string>> {
  const ids = new Map(chats.flatMap((chat) => (chat.chatId ? [[chat.key, chat.chatId] as const] : [])))
  const missing = chats.filter((chat) => chat.chatId === null)
  if (missing.length === 0) return ids
  const rows = await tx
    .insertInto('chat')
    .columns(['organisation_id', 'messenger', 'kind', 'class_id', 'subgroup_id', 'subject_id', 'title'])
    .expression(
      sql`select ${organisationId}::uuid, ${messenger}, kind, class_id, subgroup_id, subject_id, title
          from jsonb_to_recordset(${JSON.stringify(
            missing.map(({ kind, classId, subgroupId, subjectId, title }) => ({
              kind,
              class_id: classId,
              subgroup_id: subgroupId,
              subject_id: subjectId,
              title,
            })),
          )}::jsonb) as wanted (kind text, class_id uuid, subgroup_id uuid, subject_id uuid, title text)`,
    )
    // Another run may have made the row since the plan was derived: it is the same chat.
    .onConflict((conflict) => conflict.constraint('chat_one_per_key').doUpdateSet((eb) => ({ title: eb.ref('chat.title') })))
    .returning(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id'])
    .execute()
  const keys = new Map(missing.map((chat) => [[chat.kind, chat.classId, chat.subgroupId, chat.subjectId].join(), chat.key]))
  for (const row of rows) {
    const key = keys.get([row.kind, row.class_id, row.subgroup_id, row.subject_id].join())
    if (key) ids.set(key, row.id)
  }
  return ids
}

/** Writes what planning found out about memberships; a no-op where nothing changed. */
export async function recordMemberships(
  tx: Db,
  organisationId: string,
  chats: readonly ChatPlan[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = chats.flatMap((chat) => {
    const chatId = ids.get(chat.key)
    if (chatId === undefined) return []
    return chat.memberships.map((member) => ({
      chat_id: chatId,
      person_id: member.personId,
      role: member.role,
      state: member.state,
      external_id: member.account,
    }))
  })
  await sql`
    insert into chat_member as old (organisation_id, chat_id, person_id, role, state, external_id)
    select ${organisationId}::uuid, chat_id, person_id, role, state, external_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (chat_id uuid, person_id uuid, role text, state text, external_id text)
    on conflict (chat_id, person_id) do update
      set role = excluded.role, state = excluded.state, external_id = excluded.external_id, changed_at = now(),
          error_kind = case when excluded.state = 'failed' then old.error_kind end,
          vendor_code = case when excluded.state = 'failed' then old.vendor_code end
      where (old.role, old.state, old.external_id) is distinct from (excluded.role, excluded.state, excluded.external_id)`.execute(tx)
}

/** Chats that are in the registry and were seen (or not) just now, outside any run: bookkeeping only. */
export async function recordObservation(tx: Db, organisationId: string, plan: Plan): Promise<void> {
  const existing = plan.chats.filter((chat) => chat.chatId !== null)
  await recordMemberships(tx, organisationId, existing, new Map(existing.map((chat) => [chat.key, chat.chatId ?? ''])))
  const gone = existing.filter((chat) => chat.seen === 'gone').flatMap((chat) => chat.chatId ?? [])
  await sql`update chat set state = 'gone' where id = any(${gone}::uuid[]) and state = 'live'`.execute(tx)
  const asWanted = existing.filter((chat) => chat.seen === 'present' && chat.steps.length === 0).flatMap((chat) => chat.chatId ?? [])
  await sql`update chat set synced_at = now() where id = any(${asWanted}::uuid[])`.execute(tx)
}

/** queued → running: the registry's rows, the memberships and every step are on record before the first request leaves. */
export async function beginRun(
  tx: Db,
  run: { id: string; organisationId: string; messenger: MessengerName },
  plan: Plan,
  released: readonly { chat: ChatPlan; steps: readonly Step[] }[],
): Promise<void> {
  const ids = await ensureChats(
    tx,
    run.organisationId,
    run.messenger,
    plan.chats.filter((chat) => chat.chatId !== null || chat.steps.length > 0),
  )
  await recordMemberships(tx, run.organisationId, plan.chats, ids)
  const rows = released.flatMap(({ chat, steps }) =>
    steps.map((step) => ({
      chat_id: ids.get(chat.key),
      person_id: 'personId' in step ? step.personId : null,
      kind: step.kind,
      step,
    })),
  )
  await sql`
    insert into sync_step (run_id, seq, organisation_id, chat_id, person_id, kind, step)
    select ${run.id}::uuid, ordinality, ${run.organisationId}::uuid, chat_id, person_id, kind, step
    from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (chat_id uuid, person_id uuid, kind text, step jsonb))
      with ordinality as planned (chat_id, person_id, kind, step, ordinality)`.execute(tx)
  await tx.updateTable('sync_run').set({ state: 'running', started_at: sql`now()` }).where('id', '=', run.id).execute()
  await notify(tx, run.id)
}

/** Everything of a run that is not finished, in order. After a crash some of it was sent and its outcome is unknown. */
export async function readUnfinishedSteps(tx: Db, runId: string): Promise<StepRow[]> {
  const rows = await tx
    .selectFrom('sync_step')
    .select(['seq', 'chat_id', 'person_id', 'step', 'state'])
    .where('run_id', '=', runId)
    .where('state', 'in', ['planned', 'sent'])
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({
    seq: row.seq,
    chatId: row.chat_id,
    personId: row.person_id,
    // Written by beginRun in this form and by nobody else.
    step: row.step as Step,
    wasSent: row.state === 'sent',
  }))
}

/** Before a request leaves: its steps are `sent`, its new chats `creating`. A crash after this is a question, not a loss. */
export async function markSent(tx: Db, runId: string, seqs: readonly number[], creating: readonly string[]): Promise<void> {
  await sql`update sync_step set state = 'sent' where run_id = ${runId}::uuid and seq = any(${seqs}::int[])`.execute(tx)
  await sql`update chat set state = 'creating' where id = any(${creating}::uuid[])`.execute(tx)
  await notify(tx, runId)
}

/** After an answer: everything it changed. */
export async function settle(tx: Db, runId: string, effects: Effects, traffic: { requests: number; calls: number }): Promise<void> {
  const steps = effects.steps.map(({ seq, state, failure }) => ({
    seq,
    state,
    error_kind: failure?.kind,
    vendor_code: failure?.vendorCode,
  }))
  await sql`
    update sync_step set state = new.state, error_kind = new.error_kind, vendor_code = new.vendor_code, finished_at = now()
    from jsonb_to_recordset(${JSON.stringify(steps)}::jsonb) as new (seq int, state text, error_kind text, vendor_code text)
    where run_id = ${runId}::uuid and sync_step.seq = new.seq`.execute(tx)
  await settleMembers(tx, effects.members)
  await settleChats(tx, effects.chats)
  await tx
    .updateTable('sync_run')
    .set({ requests: sql`requests + ${traffic.requests}`, calls: sql`calls + ${traffic.calls}` })
    .where('id', '=', runId)
    .execute()
  await notify(tx, runId)
}

async function settleMembers(tx: Db, members: Effects['members']): Promise<void> {
  const rows = members.map(({ chatId, personId, state, account, failure }) => ({
    chat_id: chatId,
    person_id: personId,
    state,
    external_id: account,
    error_kind: failure?.kind,
    vendor_code: failure?.vendorCode,
  }))
  await sql`
    update chat_member set state = new.state, external_id = new.external_id, error_kind = new.error_kind,
           vendor_code = new.vendor_code, changed_at = now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (chat_id uuid, person_id uuid, state text, external_id text, error_kind text, vendor_code text)
    where chat_member.chat_id = new.chat_id and chat_member.person_id = new.person_id`.execute(tx)
}

async function settleChats(tx: Db, chats: Effects['chats']): Promise<void> {
  for (const chat of chats) {
    const row = tx.updateTable('chat').where('id', '=', chat.chatId)
    switch (chat.change) {
      case 'created':
        await row
          .set({
            state: 'live',
            title: chat.title,
            actor: chat.actor,
            external_id: chat.number,
            invite_link: null,
            error_kind: null,
            vendor_code: null,
          })
          .execute()
        break
      case 'invite-link':
        await row.set({ invite_link: chat.link }).execute()
        break
      case 'renamed':
        await row.set({ title: chat.title }).execute()
        break
      case 'failed':
        await row.set({ state: 'failed', error_kind: chat.failure.kind, vendor_code: chat.failure.vendorCode }).execute()
        break
      case 'not-created':
        await row.set({ state: 'planned' }).execute()
        break
    }
  }
}

/** running → its end. Numbers decide: a run with a failed step is never `done`. */
export async function finishRun(
  tx: Db,
  runId: string,
  end: { state: 'finished' } | { state: 'stale' } | { state: 'failed'; failure: Failure },
): Promise<RunState> {
  const failure = end.state === 'failed' ? end.failure : null
  const unfinished = failure ?? { kind: 'unavailable', vendorCode: null }
  if (end.state !== 'stale') {
    await sql`update sync_step set state = 'failed', error_kind = ${unfinished.kind}, vendor_code = ${unfinished.vendorCode}, finished_at = now()
              where run_id = ${runId}::uuid and state in ('planned', 'sent')`.execute(tx)
  }
  const { rows } = await sql<{ failed: number }>`
    select count(*) as failed from sync_step where run_id = ${runId}::uuid and state in ('failed', 'skipped')`.execute(tx)
  const state: RunState = end.state === 'finished' ? ((rows[0]?.failed ?? 0) > 0 ? 'partly-failed' : 'done') : end.state
  await tx
    .updateTable('sync_run')
    .set({ state, finished_at: sql`now()`, error_kind: failure?.kind ?? null, vendor_code: failure?.vendorCode ?? null })
    .where('id', '=', runId)
    .execute()
  if (state === 'done' || state === 'partly-failed') await markSynchronised(tx, runId)
  await notify(tx, runId)
  return state
}

/** A school's run looked at every chat, a smaller one only at those it touched. */
async function markSynchronised(tx: Db, runId: string): Promise<void> {
  await sql`
    update chat set synced_at = now() from sync_run run
    where run.id = ${runId}::uuid and chat.organisation_id = run.organisation_id and chat.messenger = run.messenger and chat.state = 'live'
      and (run.scope = 'school' or chat.id in (select chat_id from sync_step where run_id = run.id))`.execute(tx)
}

async function notify(tx: Db, runId: string): Promise<void> {
  await sql`select pg_notify(${runChannel}, ${runId})`.execute(tx)
}
