import { sql } from 'kysely'
import type { Db } from '#db/database.ts'
import type { MessengerName } from '#messengers/messenger.ts'
import { recordFindings } from './findings.ts'
import type { ChatPlan, Plan } from './plan.ts'

/** The registry's rows for chats that are wanted but not there yet; returns every key's chat id. */
export async function ensureChats(
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
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'messenger', 'kind', 'class_id', 'subgroup_id', 'subject_id'])
        .where('state', '<>', 'archived')
        .doUpdateSet((eb) => ({ title: eb.ref('chat.title') })),
    )
    .returning(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id'])
    .execute()
  const keys = new Map(missing.map((chat) => [[chat.kind, chat.classId, chat.subgroupId, chat.subjectId].join(), chat.key]))
  for (const row of rows) {
    const key = keys.get([row.kind, row.class_id, row.subgroup_id, row.subject_id].join())
    if (key) ids.set(key, row.id)
  }
  return ids
}

/**
 * Writes what planning found out about memberships; a no-op where nothing changed.
 * @param readAt a membership that somebody wrote after this is left as it is: they knew more
 */
export async function recordMemberships(
  tx: Db,
  organisationId: string,
  chats: readonly ChatPlan[],
  ids: ReadonlyMap<string, string>,
  readAt?: Date,
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
      former_accounts: member.formers,
    }))
  })
  await sql`
    insert into chat_member as old (organisation_id, chat_id, person_id, role, state, external_id, former_accounts)
    select ${organisationId}::uuid, chat_id, person_id, role, state, external_id, former_accounts
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (chat_id uuid, person_id uuid, role text, state text, external_id text, former_accounts text[])
    on conflict (chat_id, person_id) do update
      set role = excluded.role, state = excluded.state, external_id = excluded.external_id,
          former_accounts = excluded.former_accounts, changed_at = now(),
          gone_how = case when excluded.state = 'left' then old.gone_how end,
          error_kind = case when excluded.state = 'failed' then old.error_kind end,
          vendor_code = case when excluded.state = 'failed' then old.vendor_code end
      where ((old.role, old.state, old.external_id, old.former_accounts)
             is distinct from (excluded.role, excluded.state, excluded.external_id, excluded.former_accounts)
             -- Somebody who is inside is not gone, whatever a late event said.
             or (excluded.state = 'member' and old.gone_how is not null))
        and old.changed_at <= coalesce(${readAt ?? null}::timestamptz, 'infinity')`.execute(tx)
}

/** Chats that are in the registry and were seen (or not) just now, outside any run: bookkeeping only. */
export async function recordObservation(tx: Db, organisationId: string, plan: Plan): Promise<void> {
  const existing = plan.chats.filter((chat) => chat.chatId !== null)
  const ids = new Map(existing.map((chat) => [chat.key, chat.chatId ?? '']))
  await recordMemberships(tx, organisationId, existing, ids, plan.readAt)
  await recordFindings(tx, organisationId, existing, ids)
  await sql`update chat set state = 'gone' where id = any(${seenAs(existing, 'gone')}::uuid[]) and state = 'live'`.execute(tx)
  await sql`update chat set state = 'live' where id = any(${seenAs(existing, 'present')}::uuid[]) and state = 'gone'`.execute(tx)
  await sql`update chat set observed_at = now() where id = any(${seenAs(existing, 'present')}::uuid[])`.execute(tx)
  const asWanted = existing.filter((chat) => chat.seen === 'present' && chat.steps.length === 0).flatMap((chat) => chat.chatId ?? [])
  await sql`update chat set synced_at = now() where id = any(${asWanted}::uuid[])`.execute(tx)
}

const seenAs = (chats: readonly ChatPlan[], state: ChatPlan['seen']): string[] =>
  chats.filter((chat) => chat.seen === state).flatMap((chat) => chat.chatId ?? [])
