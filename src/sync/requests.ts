import { sql } from 'kysely'
import type { RunCause } from '#contract/kinds.ts'
import type { RunRefusal } from '#contract/runs.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import type { MessengerName } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { findExclusiveRun, openRun, type RunScope, type Selection, tellWatchers } from './journal.ts'
import { listInterruptedRuns } from './unfinished.ts'

/** Who asks for a run, of which school and messenger. */
export type Asker = { organisationId: string; messenger: MessengerName; requestedBy: string | null }
export type Requested = { ok: true; runId: string } | { ok: false; reason: RunRefusal }

/** A run for single chats or people; those that may create a chat wait for the school's run and are waited for. */
export async function requestSmallRun(
  tx: Db,
  asker: Asker,
  { selection, cause, scopeId }: { selection: Selection; cause: RunCause; scopeId: string | null },
): Promise<Requested> {
  const chosen = [...new Set([...Object.keys(selection.chats ?? {}), ...Object.keys(selection.strangers ?? {})])]
  const notLive = await tx
    .selectFrom('chat')
    .select('id')
    .where('id', '=', sql<string>`any(${chosen}::uuid[])`)
    .where('state', '<>', 'live')
    .limit(1)
    .executeTakeFirst()
  return request(tx, asker, { scope: notLive ? 'retry' : 'chat', scopeId, cause, selection })
}

/** «Повторить неудавшиеся»: the chats and people of a run whose steps failed or were left out, and nobody else. */
export async function requestRetry(tx: Db, asker: Asker, runId: string): Promise<Requested> {
  const reason = (await readPossible(tx, asker, runId)).retry
  if (reason !== null) return { ok: false, reason }
  const rows = await tx
    .selectFrom('sync_step')
    .select(['chat_id', 'person_id', 'kind'])
    .where('run_id', '=', runId)
    .where('state', 'in', ['failed', 'skipped'])
    .execute()
  const chats: Record<string, string[] | null> = {}
  for (const { chat_id, person_id, kind } of rows) {
    const people = chats[chat_id]
    if (kind === 'create-chat' || people === null) chats[chat_id] = null
    else chats[chat_id] = [...(people ?? []), ...(person_id === null ? [] : [person_id])]
  }
  // A lasting refusal is otherwise asked again only a day later; here a person wants it now.
  await sql`
    update chat_member set state = 'planned', changed_at = now() from sync_step step
    where step.run_id = ${runId}::uuid and step.state = 'failed' and step.chat_id = chat_member.chat_id
      and step.person_id = chat_member.person_id and chat_member.state = 'failed'`.execute(tx)
  return request(tx, asker, { scope: 'retry', scopeId: runId, cause: 'retry', selection: { chats } })
}

/** Repeats what failed in runs that a messenger's outage ended, without anybody's pressing; `enqueue` in the same transaction. */
export async function retryInterrupted(
  { db, messenger }: Engine,
  enqueue: (tx: Db, run: { organisationId: string; runId: string }) => Promise<void>,
): Promise<void> {
  for (const { id, organisationId } of await listInterruptedRuns(db)) {
    await inOrganisation(db, organisationId, async (tx) => {
      const requested = await requestRetry(tx, { organisationId, messenger: messenger.name, requestedBy: null }, id)
      if (requested.ok) await enqueue(tx, { organisationId, runId: requested.runId })
    })
  }
}

/** «Отменить запуск», after its plan was read: `fingerprint` is that plan's. */
export const requestUndo = (tx: Db, asker: Asker, undoOf: string, fingerprint: string): Promise<Requested> =>
  request(tx, asker, { scope: 'undo', scopeId: undoOf, cause: 'undo', selection: {}, fingerprint })

export const requestMerge = (tx: Db, asker: Asker, merge: NonNullable<Selection['merge']>): Promise<Requested> =>
  request(tx, asker, { scope: 'merge', scopeId: merge.into, cause: 'merge', selection: { merge } })

async function request(
  tx: Db,
  asker: Asker,
  run: { scope: RunScope; scopeId: string | null; cause: RunCause; selection: Selection; fingerprint?: string },
): Promise<Requested> {
  const { runId, joined } = await openRun(tx, { ...asker, ...run, fingerprint: run.fingerprint ?? null, approved: [] })
  return joined ? { ok: false, reason: 'run-under-way' } : { ok: true, runId }
}

/** «Остановить»: the worker that is at it finds the mark within half a second. */
export async function requestStop(tx: Db, asker: Asker, runId: string): Promise<Requested> {
  const { numUpdatedRows } = await tx
    .updateTable('sync_run')
    .set({ stop_requested_at: sql`now()`, stopped_by: asker.requestedBy })
    .where('id', '=', runId)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return { ok: false, reason: 'finished' }
  await tellWatchers(tx, runId)
  return { ok: true, runId }
}

/** «Продолжить»: stopped → running, or queued where it had not begun. */
export async function requestResume(tx: Db, asker: Asker, runId: string): Promise<Requested> {
  const reason = (await readPossible(tx, asker, runId)).resume
  if (reason !== null) return { ok: false, reason }
  await sql`
    update sync_run set state = case when started_at is null then 'queued' else 'running' end,
           stop_requested_at = null, stopped_by = null, progress_at = null
    where id = ${runId}::uuid and state = 'stopped'`.execute(tx)
  await tellWatchers(tx, runId)
  return { ok: true, runId }
}

export type Possible = Record<'stop' | 'resume' | 'retry' | 'undo', RunRefusal | null>

/** What can be done with a run now, and why not. */
export async function readPossible(tx: Db, { organisationId, messenger }: Asker, runId: string): Promise<Possible> {
  const { rows } = await sql<{ state: string; scope: RunScope; failed: boolean; invertible: boolean; newer: boolean }>`
    select run.state, run.scope,
           exists (select from sync_step where run_id = run.id and state in ('failed', 'skipped')) as failed,
           exists (select from sync_step where run_id = run.id and state = 'done'
                   and kind in ('add-member', 'remove-member', 'rename-chat')) as invertible,
           exists (select from sync_run other where other.organisation_id = run.organisation_id and other.messenger = run.messenger
                   and other.scope <> 'person' and other.requested_at > run.requested_at) as newer
    from sync_run run where run.id = ${runId}::uuid`.execute(tx)
  const run = rows[0]
  if (run === undefined) return { stop: 'finished', resume: 'finished', retry: 'nothing-failed', undo: 'nothing-done' }
  const open = run.state === 'queued' || run.state === 'running'
  const underWay = open ? null : await findExclusiveRun(tx, organisationId, messenger)
  const busy = underWay === null ? null : ('run-under-way' as const)
  const notYet = open ? ('not-finished' as const) : null
  return {
    stop: open ? null : 'finished',
    resume: notYet ?? (run.state !== 'stopped' ? 'finished' : run.newer ? 'newer-run' : busy),
    retry: notYet ?? (run.scope === 'undo' || run.scope === 'merge' || !run.failed ? 'nothing-failed' : busy),
    undo: notYet ?? (run.scope === 'merge' || !run.invertible ? 'nothing-done' : busy),
  }
}
