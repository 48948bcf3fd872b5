import { sql } from 'kysely'
import type { DriftKind } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'
import type { ChatPlan, Step } from './plan.ts'

type ChatIds = ReadonlyMap<string, string>

/** Chats that the messenger really showed: of the others nothing is concluded. */
const looked = (chats: readonly ChatPlan[], ids: ChatIds) =>
  chats.flatMap((chat) => {
    const chatId = ids.get(chat.key)
    return chatId !== undefined && (chat.seen === 'present' || chat.seen === 'gone') ? [{ chat, chatId }] : []
  })

/**
 * What a look at the messenger found out: removals that the brake holds, and what people changed there.
 * @param steps of the run that begins with this look: what they put right is not told anew
 */
export async function recordFindings(
  tx: Db,
  organisationId: string,
  chats: readonly ChatPlan[],
  ids: ChatIds,
  steps: readonly Step[] = [],
): Promise<void> {
  const seen = looked(chats, ids)
  await recordHeld(tx, organisationId, seen)
  await recordDrift(tx, organisationId, seen, new Set(steps.flatMap(mends)))
}

/** Keeps what was decided about a removal for as long as somebody wants that removal. */
async function recordHeld(tx: Db, organisationId: string, seen: ReturnType<typeof looked>): Promise<void> {
  const rows = seen.flatMap(({ chat, chatId }) =>
    chat.held.flatMap(({ reason, steps, count, of, approvable }) =>
      steps.flatMap((step) =>
        step.kind === 'remove-member'
          ? [{ chat_id: chatId, person_id: step.personId, reason, why: step.reason, count, of, approvable }]
          : [],
      ),
    ),
  )
  const wanted = seen.flatMap(({ chat, chatId }) =>
    chat.steps.flatMap((step) => (step.kind === 'remove-member' ? [{ chat_id: chatId, person_id: step.personId }] : [])),
  )
  await sql`
    delete from held_removal where chat_id = any(${seen.map(({ chatId }) => chatId)}::uuid[])
      and (chat_id, person_id) not in (
        select chat_id, person_id from jsonb_to_recordset(${JSON.stringify([...rows, ...wanted])}::jsonb) as kept (chat_id uuid, person_id uuid))`.execute(
    tx,
  )
  await sql`
    insert into held_removal as old (organisation_id, chat_id, person_id, reason, why, count, of, approvable)
    select ${organisationId}::uuid, chat_id, person_id, reason, why, count, "of", approvable
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (chat_id uuid, person_id uuid, reason text, why jsonb, count int, "of" int, approvable boolean)
    on conflict (chat_id, person_id) do update
      -- A rejected removal keeps the reason for which it was held: that is what was decided on.
      set reason = case when excluded.reason = 'rejected' then old.reason else excluded.reason end,
          why = excluded.why, count = excluded.count, of = excluded.of, approvable = excluded.approvable
      where (old.reason, old.why, old.count, old.of, old.approvable)
            is distinct from (excluded.reason, excluded.why, excluded.count, excluded.of, excluded.approvable)`.execute(tx)
}

const driftKey = (key: string, kind: DriftKind, of: string | null): string => [key, kind, of].join(' ')

/** The drift that a step puts right. */
function mends(step: Step): string[] {
  switch (step.kind) {
    case 'create-chat':
      return [driftKey(step.key, 'chat-gone', null)]
    case 'rename-chat':
      return [driftKey(step.key, 'renamed', null)]
    case 'remove-stranger':
      return [driftKey(step.key, 'stranger', step.account)]
    case 'add-member':
    case 'invite-member':
      return [driftKey(step.key, 'left', step.personId), driftKey(step.key, 'kicked', step.personId)]
    case 'remove-member':
    case 'send-notice':
      return []
  }
}

async function recordDrift(tx: Db, organisationId: string, seen: ReturnType<typeof looked>, mending: ReadonlySet<string>): Promise<void> {
  const rows = seen.flatMap(({ chat, chatId }) =>
    chat.drift.map(({ kind, personId, account, detail }) => ({
      chat_id: chatId,
      kind,
      person_id: personId,
      account,
      detail,
      is_mended: mending.has(driftKey(chat.key, kind, personId ?? account)),
    })),
  )
  const found = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as found (chat_id uuid, kind text, person_id uuid, account text, detail text, is_mended boolean)`
  await sql`
    update drift set state = 'over', closed_at = now()
    where state in ('open', 'accepted') and chat_id = any(${seen.map(({ chatId }) => chatId)}::uuid[])
      and not exists (
        select from ${found} where found.chat_id = drift.chat_id and found.kind = drift.kind
          and found.person_id is not distinct from drift.person_id and found.account is not distinct from drift.account)`.execute(tx)
  await sql`
    insert into drift as old (organisation_id, chat_id, kind, person_id, account, detail)
    select ${organisationId}::uuid, chat_id, kind, person_id, account, detail from ${found}
    where not is_mended
    on conflict (chat_id, kind, person_id, account) where state in ('open', 'accepted')
      do update set detail = excluded.detail where old.detail is distinct from excluded.detail`.execute(tx)
}
