import { sql } from 'kysely'
import type { Db } from '#db/database.ts'
import type { AccountId, ChatNumber, MessengerName } from '#messengers/messenger.ts'
import type { KnownChat, KnownMember } from './plan.ts'

/** A chat of the registry with what is needed to look at it in the messenger. */
export type RegisteredChat = Omit<KnownChat, 'seen'> & { actor: string | null; number: ChatNumber | null; hasInviteLink: boolean }

// A lasting refusal (privacy, a closed profile) is asked again once a day: people do change their settings.
const retryRefusalAfter = '24 hours'

/**
 * The registry of one school as the engine sees it, members included.
 * @param only limits it to these chats (a person's, or one)
 */
export async function readRegisteredChats(
  tx: Db,
  organisationId: string,
  messenger: MessengerName,
  only?: readonly string[],
): Promise<RegisteredChat[]> {
  const chats = await tx
    .selectFrom('chat')
    .select(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id', 'title', 'title_by', 'state', 'actor', 'external_id', 'invite_link'])
    .where('organisation_id', '=', organisationId)
    .where('messenger', '=', messenger)
    .$if(only !== undefined, (query) => query.where('id', '=', sql<string>`any(${only ?? []}::uuid[])`))
    .execute()
  const members = await readMembers(tx, organisationId, only)
  return chats.map((chat) => ({
    id: chat.id,
    key: keyOf(chat),
    kind: chat.kind,
    state: chat.state,
    title: chat.title,
    titleBy: chat.title_by,
    actor: chat.actor,
    number: chat.external_id,
    hasInviteLink: chat.invite_link !== null,
    members: members.get(chat.id) ?? [],
  }))
}

async function readMembers(tx: Db, organisationId: string, only?: readonly string[]): Promise<Map<string, KnownMember[]>> {
  const rows = await tx
    .selectFrom('chat_member')
    .select(['chat_id', 'person_id', 'role', 'state', 'external_id', 'error_kind'])
    .select(sql<boolean>`changed_at < now() - ${retryRefusalAfter}::interval`.as('long_ago'))
    .where('organisation_id', '=', organisationId)
    .$if(only !== undefined, (query) => query.where('chat_id', '=', sql<string>`any(${only ?? []}::uuid[])`))
    .execute()
  const members = new Map<string, KnownMember[]>()
  for (const row of rows) {
    const lasting = row.error_kind === 'forbidden' || row.error_kind === 'rejected'
    const member: KnownMember = {
      personId: row.person_id,
      role: row.role,
      state: row.state,
      account: row.external_id,
      retryDue: !lasting || row.long_ago,
    }
    const ofChat = members.get(row.chat_id)
    if (ofChat) ofChat.push(member)
    else members.set(row.chat_id, [member])
  }
  return members
}

type KeyParts = { kind: KnownChat['kind']; class_id: string | null; subgroup_id: string | null; subject_id: string | null }

/** The same form that rules.ts gives to desired chats. */
export function keyOf({ kind, class_id, subgroup_id, subject_id }: KeyParts): string {
  switch (kind) {
    case 'TEACHER':
      return kind
    case 'SUBJECT':
      return `${kind}:${class_id}:${subgroup_id ?? '-'}:${subject_id}`
    case 'CLASS':
    case 'PARENTS':
      return `${kind}:${class_id}`
  }
}

/** Person → account for everybody of the school who has linked. */
export async function readAccounts(tx: Db, organisationId: string, system: MessengerName): Promise<Map<string, AccountId>> {
  const rows = await tx
    .selectFrom('link')
    .select(['person_id', 'external_id'])
    .where('organisation_id', '=', organisationId)
    .where('system', '=', system)
    .execute()
  return new Map(rows.map((row) => [row.person_id, row.external_id]))
}
