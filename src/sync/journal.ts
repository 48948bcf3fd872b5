import { sql } from 'kysely'
import type { RunCause, RunState } from '#contract/kinds.ts'
import type { PlanCounts } from '#contract/plans.ts'
import type { Db } from '#db/database.ts'
import type { MessengerName } from '#messengers/messenger.ts'
import { recordFindings } from './findings.ts'
import type { ChatPlan, Plan, Step } from './plan.ts'
import { ensureChats, recordMemberships } from './registry-rows.ts'
import type { Failure } from './settle.ts'

/** Told to everybody who watches runs; the payload is the run's id. */
export const runChannel = 'sync_run'

export type StepRow = { seq: number; chatId: string; personId: string | null; step: Step; wasSent: boolean }

export type RunScope = 'school' | 'person' | 'chat' | 'retry' | 'undo' | 'merge'

/**
 * What a smaller run was asked for. chats: by chat id, only these people, or null for everything in it; strangers:
 * accounts to take out, by chat id; merge: the chat that is to become an archive.
 */
export type Selection = {
  chats?: Record<string, string[] | null>
  strangers?: Record<string, string[]>
  merge?: { chatId: string; into: string }
}

type NewRun = {
  organisationId: string
  messenger: MessengerName
  scope: RunScope
  scopeId: string | null
  cause: RunCause
  fingerprint: string | null
  approved: readonly string[]
  selection?: Selection
  requestedBy: string | null
}

/** Scopes of which a school has one at a time: they may create chats, or take back what the other does. */
const exclusive = ['school', 'retry', 'undo', 'merge'] as const

/**
 * Opens a run, or finds the school's run that is under way already (`joined`): a second press, a second administrator
 * and a second server all meet here, on a unique index. Runs for one person or one chat never wait for others.
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
      cause: run.cause,
      selection: JSON.stringify(run.selection ?? {}),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'messenger'])
        .where('scope', 'in', exclusive)
        .where('state', 'in', ['queued', 'running'])
        .doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  if (opened) return { runId: opened.id, joined: false }
  const underWay = await findExclusiveRun(tx, run.organisationId, run.messenger)
  // It ended between the two statements: the next attempt opens a new one.
  return underWay ? { runId: underWay, joined: true } : openRun(tx, run)
}

/** The run that a school has under way, if any. */
export async function findExclusiveRun(tx: Db, organisationId: string, messenger: MessengerName): Promise<string | null> {
  const underWay = await tx
    .selectFrom('sync_run')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('messenger', '=', messenger)
    .where('scope', 'in', exclusive)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  return underWay?.id ?? null
}

/**
 * queued → running: the registry's rows, the memberships and every step are on record before the first request leaves.
 * @param about looked: the plan is made of what the messenger showed, not of what we remember
 */
export async function beginRun(
  tx: Db,
  run: { id: string; organisationId: string; messenger: MessengerName },
  plan: Plan,
  released: readonly { chat: ChatPlan; steps: readonly Step[] }[],
  about: { looked: boolean; counts: Partial<PlanCounts> },
): Promise<void> {
  const ids = await ensureChats(
    tx,
    run.organisationId,
    run.messenger,
    plan.chats.filter((chat) => chat.chatId !== null || chat.steps.length > 0),
  )
  await recordMemberships(tx, run.organisationId, plan.chats, ids, plan.readAt)
  if (about.looked)
    await recordFindings(
      tx,
      run.organisationId,
      plan.chats,
      ids,
      released.flatMap(({ steps }) => steps),
    )
  const rows = released.flatMap(({ chat, steps }) =>
    steps.map((step) => ({
      chat_id: ids.get(chat.key),
      person_id: 'personId' in step ? step.personId : null,
      kind: step.kind,
      approved: step.kind === 'remove-member' && step.approved,
      step,
    })),
  )
  await sql`
    insert into sync_step (run_id, seq, organisation_id, chat_id, person_id, kind, approved, step)
    select ${run.id}::uuid, ordinality, ${run.organisationId}::uuid, chat_id, person_id, kind, approved, step
    from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (chat_id uuid, person_id uuid, kind text, approved boolean, step jsonb))
      with ordinality as planned (chat_id, person_id, kind, approved, step, ordinality)`.execute(tx)
  await tx
    .updateTable('sync_run')
    .set({ state: 'running', started_at: sql`now()`, progress_at: sql`now()`, counts: JSON.stringify(about.counts) })
    .where('id', '=', run.id)
    .execute()
  await tellWatchers(tx, run.id)
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

/** Steps of a run that went on after a long time and that nobody wants any more; a create whose outcome is unknown stays. */
export async function skipOvertaken(tx: Db, runId: string, wanted: ReadonlySet<string>, identityOf: (step: Step) => string): Promise<void> {
  const open = await readUnfinishedSteps(tx, runId)
  const overtaken = open.filter(({ step, wasSent }) => !wasSent && !wanted.has(identityOf(step))).map(({ seq }) => seq)
  await sql`update sync_step set state = 'skipped', finished_at = now()
            where run_id = ${runId}::uuid and seq = any(${overtaken}::int[])`.execute(tx)
}

/** running → its end. Numbers decide: a run with a failed step is never `done`. */
export async function finishRun(
  tx: Db,
  runId: string,
  end: { state: 'finished' } | { state: 'stale' } | { state: 'stopped' } | { state: 'failed'; failure: Failure },
): Promise<RunState> {
  const failure = end.state === 'failed' ? end.failure : null
  const unfinished = failure ?? { kind: 'unavailable', vendorCode: null }
  if (end.state === 'finished' || end.state === 'failed') {
    await sql`update sync_step set state = 'failed', error_kind = ${unfinished.kind}, vendor_code = ${unfinished.vendorCode}, finished_at = now()
              where run_id = ${runId}::uuid and state in ('planned', 'sent')`.execute(tx)
  }
  const { rows } = await sql<{ failed: number }>`
    select count(*) as failed from sync_step where run_id = ${runId}::uuid and state in ('failed', 'skipped')`.execute(tx)
  const state: RunState = end.state === 'finished' ? ((rows[0]?.failed ?? 0) > 0 ? 'partly-failed' : 'done') : end.state
  await tx
    .updateTable('sync_run')
    .set({
      state,
      // A stopped run may go on.
      finished_at: state === 'stopped' ? null : sql`now()`,
      error_kind: failure?.kind ?? null,
      vendor_code: failure?.vendorCode ?? null,
    })
    .where('id', '=', runId)
    .execute()
  if (state === 'done' || state === 'partly-failed') await markSynchronised(tx, runId)
  await tellWatchers(tx, runId)
  return state
}

/** A school's run looked at every chat, a smaller one only at those it touched. */
async function markSynchronised(tx: Db, runId: string): Promise<void> {
  await sql`
    update chat set synced_at = now() from sync_run run
    where run.id = ${runId}::uuid and chat.organisation_id = run.organisation_id and chat.messenger = run.messenger and chat.state = 'live'
      and chat.managed and (run.scope = 'school' or chat.id in (select chat_id from sync_step where run_id = run.id))`.execute(tx)
}

/** Everybody who watches this run looks at it again. */
export async function tellWatchers(tx: Db, runId: string): Promise<void> {
  await sql`select pg_notify(${runChannel}, ${runId})`.execute(tx)
}
