import { sql } from 'kysely'
import type { MemberState } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'
import type { MessengerErrorKind } from '#messengers/messenger.ts'
import { tellWatchers } from './journal.ts'

export type Failure = { kind: MessengerErrorKind; vendorCode: string | null }

/** What one answer of the messenger changed, written together in one transaction. */
export type Effects = {
  steps: { seq: number; state: 'done' | 'failed' | 'skipped'; failure: Failure | null }[]
  members: { chatId: string; personId: string; state: MemberState; account: string | null; failure: Failure | null }[]
  /** Old accounts of people who stay: out of the chat, and out of mind. */
  formers: { chatId: string; personId: string; account: string }[]
  /** Old accounts that turned out to be inside. */
  formersFound: { chatId: string; personId: string; account: string }[]
  /** Strangers who were taken out. */
  strangers: { chatId: string; account: string }[]
  chats: ({ chatId: string } & (
    | { change: 'created'; actor: string; number: string; title: string }
    | { change: 'invite-link'; link: string }
    | { change: 'renamed'; title: string }
    | { change: 'failed'; failure: Failure }
    | { change: 'not-created' }
  ))[]
}

export const noEffects = (): Effects => ({ steps: [], members: [], formers: [], formersFound: [], strangers: [], chats: [] })

/** Before a request leaves: its steps are `sent`, its new chats `creating`. A crash after this is a question, not a loss. */
export async function markSent(tx: Db, runId: string, seqs: readonly number[], creating: readonly string[]): Promise<void> {
  await sql`update sync_step set state = 'sent' where run_id = ${runId}::uuid and seq = any(${seqs}::int[])`.execute(tx)
  await sql`update chat set state = 'creating' where id = any(${creating}::uuid[])`.execute(tx)
  await tellWatchers(tx, runId)
}

/** The request never left: its steps are as before. */
export async function markNotSent(tx: Db, runId: string, seqs: readonly number[], creating: readonly string[]): Promise<void> {
  await sql`update sync_step set state = 'planned' where run_id = ${runId}::uuid and seq = any(${seqs}::int[]) and state = 'sent'`.execute(
    tx,
  )
  await sql`update chat set state = 'planned' where id = any(${creating}::uuid[]) and state = 'creating'`.execute(tx)
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
  await settleFormers(tx, effects)
  await settleChats(tx, effects.chats)
  await closeDrift(tx, effects)
  await tx
    .updateTable('sync_run')
    .set({ requests: sql`requests + ${traffic.requests}`, calls: sql`calls + ${traffic.calls}`, progress_at: sql`now()` })
    .where('id', '=', runId)
    .execute()
  await tellWatchers(tx, runId)
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
           vendor_code = new.vendor_code, gone_how = null, changed_at = now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (chat_id uuid, person_id uuid, state text, external_id text, error_kind text, vendor_code text)
    where chat_member.chat_id = new.chat_id and chat_member.person_id = new.person_id`.execute(tx)
  const out = members.filter(({ state }) => state === 'removed' || state === 'waiting')
  if (out.length === 0) return
  // What was decided about this removal is over with it.
  await sql`
    delete from held_removal using unnest(${out.map((one) => one.chatId)}::uuid[], ${out.map((one) => one.personId)}::uuid[]) as gone (chat_id, person_id)
    where held_removal.chat_id = gone.chat_id and held_removal.person_id = gone.person_id`.execute(tx)
}

/** What was put right is over, whoever wanted it; the next look need not come first. */
async function closeDrift(tx: Db, { members, strangers, chats }: Effects): Promise<void> {
  const rows = [
    ...members.flatMap(({ chatId, personId, state }) =>
      state === 'member' || state === 'invited' ? [{ chat_id: chatId, kinds: ['left', 'kicked'], person_id: personId }] : [],
    ),
    ...strangers.map(({ chatId, account }) => ({ chat_id: chatId, kinds: ['stranger'], account })),
    ...chats.flatMap(({ chatId, change }) =>
      change === 'renamed'
        ? [{ chat_id: chatId, kinds: ['renamed'] }]
        : change === 'created'
          ? [{ chat_id: chatId, kinds: ['chat-gone'] }]
          : [],
    ),
  ]
  if (rows.length === 0) return
  await sql`
    update drift set state = 'over', closed_at = now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as mended (chat_id uuid, kinds text[], person_id uuid, account text)
    where drift.state in ('open', 'accepted') and drift.chat_id = mended.chat_id and drift.kind = any(mended.kinds)
      and drift.person_id is not distinct from mended.person_id and drift.account is not distinct from coalesce(mended.account, drift.account)`.execute(
    tx,
  )
}

async function settleFormers(tx: Db, { formers, formersFound }: Effects): Promise<void> {
  for (const { chatId, personId, account } of formersFound) {
    await sql`update chat_member set former_accounts = array_append(array_remove(former_accounts, ${account}), ${account})
              where chat_id = ${chatId}::uuid and person_id = ${personId}::uuid`.execute(tx)
  }
  if (formers.length === 0) return
  const rows = formers.map(({ chatId, personId, account }) => ({ chat_id: chatId, person_id: personId, account }))
  await sql`
    update chat_member set former_accounts = array(select unnest(former_accounts) except select unnest(gone.accounts))
    from (select chat_id, person_id, array_agg(account) as accounts
          from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (chat_id uuid, person_id uuid, account text)
          group by chat_id, person_id) gone
    where chat_member.chat_id = gone.chat_id and chat_member.person_id = gone.person_id`.execute(tx)
}

async function settleChats(tx: Db, chats: Effects['chats']): Promise<void> {
  for (const chat of chats) {
    const row = tx.updateTable('chat').where('id', '=', chat.chatId)
    switch (chat.change) {
      case 'created':
        await row
          .set({
            state: 'live',
            // What an administrator typed while nobody knew whether the chat exists is still wanted.
            title: sql`case when title_by = 'administrator' then title else ${chat.title} end`,
            actor: chat.actor,
            external_id: chat.number,
            made_at: sql`now()`,
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
