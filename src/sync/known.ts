import { sql } from 'kysely'
import type { Db } from '#db/database.ts'
import type { AccountId, ChatNumber, MessengerName } from '#messengers/messenger.ts'
import type { KnownChat, KnownMember } from './plan.ts'
import type { Exception } from './rules.ts'

/** A chat of the registry with what is needed to look at it in the messenger. */
export type RegisteredChat = Omit<KnownChat, 'seen'> & {
  actor: string | null
  number: ChatNumber | null
  hasInviteLink: boolean
  /** When we made it; null: it was adopted, or is not made yet. */
  madeAt: Date | null
}

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
    .select([
      'id',
      'kind',
      'class_id',
      'subgroup_id',
      'subject_id',
      'title',
      'title_by',
      'state',
      'actor',
      'external_id',
      'invite_link',
      'managed',
      'made_at',
    ])
    .where('organisation_id', '=', organisationId)
    .where('messenger', '=', messenger)
    .where('state', '<>', 'archived')
    .$if(only !== undefined, (query) => query.where('id', '=', sql<string>`any(${only ?? []}::uuid[])`))
    .execute()
  const members = await readMembers(tx, organisationId, only)
  const removed = await countRemovedThisWeek(tx, organisationId)
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
    managed: chat.managed,
    madeAt: chat.made_at,
    removedThisWeek: removed.get(chat.id) ?? 0,
    members: members.get(chat.id) ?? [],
  }))
}

const uuidLength = 36
type Rare = Pick<KnownMember, 'formers' | 'retryDue' | 'goneHow' | 'decision'>
const usual: Rare = { formers: [], retryDue: true, goneHow: null, decision: null }

/**
 * Chat → its members. A school has ten thousand: what every membership has comes as one text per chat, which costs a
 * third of as many rows; what few of them have comes in rows of its own.
 */
async function readMembers(tx: Db, organisationId: string, only?: readonly string[]): Promise<Map<string, KnownMember[]>> {
  const rare = await readRare(tx, organisationId, only)
  const { rows } = await sql<{ chat_id: string; members: string }>`
    select chat_id, string_agg(person_id || ' ' || role || ' ' || state || ' ' || coalesce(external_id, ''), E'\n') as members
    from chat_member
    where organisation_id = ${organisationId} ${only === undefined ? sql`` : sql`and chat_id = any(${only}::uuid[])`}
    group by chat_id`.execute(tx)
  return new Map(
    rows.map((row) => {
      const ofChat = rare.get(row.chat_id)
      const members = row.members.split('\n').map((line): KnownMember => {
        // Cut by places, not split: there are ten thousand of them.
        const roleEnds = line.indexOf(' ', uuidLength + 1)
        const stateEnds = line.indexOf(' ', roleEnds + 1)
        const personId = line.slice(0, uuidLength)
        const { formers, retryDue, goneHow, decision } = ofChat?.get(personId) ?? usual
        return {
          personId,
          role: line.slice(uuidLength + 1, roleEnds) as KnownMember['role'],
          state: line.slice(roleEnds + 1, stateEnds) as KnownMember['state'],
          account: stateEnds + 1 === line.length ? null : line.slice(stateEnds + 1),
          formers,
          retryDue,
          goneHow,
          decision,
        }
      })
      return [row.chat_id, members]
    }),
  )
}

/** Refusals, old accounts, departures and decisions: what a membership has beside its state, where it has it. */
async function readRare(tx: Db, organisationId: string, only?: readonly string[]): Promise<Map<string, Map<string, Rare>>> {
  const { rows } = await sql<{ chat_id: string; person_id: string; again: boolean } & Omit<Rare, 'retryDue'>>`
    select chat_id, person_id, former_accounts as formers, gone_how as "goneHow", held.decision,
           coalesce(error_kind not in ('forbidden', 'rejected'), true) or changed_at < now() - ${retryRefusalAfter}::interval as again
    from (
      select chat_id, person_id from chat_member
      where organisation_id = ${organisationId} and (error_kind is not null or gone_how is not null or former_accounts <> '{}')
      union
      select chat_id, person_id from held_removal where organisation_id = ${organisationId} and decision is not null
    ) unusual
    join chat_member member using (chat_id, person_id)
    left join held_removal held using (chat_id, person_id)
    ${only === undefined ? sql`` : sql`where chat_id = any(${only}::uuid[])`}`.execute(tx)
  const byChat = new Map<string, Map<string, Rare>>()
  for (const { chat_id, person_id, again, ...rest } of rows) {
    const ofChat = byChat.get(chat_id) ?? new Map<string, Rare>()
    byChat.set(chat_id, ofChat)
    ofChat.set(person_id, { ...rest, retryDue: again })
  }
  return byChat
}

/**
 * Chat → people whom we took out of it in the last seven days because the register said so, without an administrator's
 * word: slow bleeding looks like this.
 */
async function countRemovedThisWeek(tx: Db, organisationId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ chat_id: string; removed: number }>`
    select chat_id, count(*) as removed from sync_step
    where organisation_id = ${organisationId} and kind = 'remove-member' and state = 'done' and not approved
      and finished_at > now() - interval '7 days' and step -> 'reason' ->> 'code' = 'no-longer-belongs'
    group by chat_id`.execute(tx)
  return new Map(rows.map((row) => [row.chat_id, row.removed]))
}

/** Whom administrators put into chats or keep out of them by hand, as of today. */
export async function readExceptions(tx: Db, organisationId: string, messenger: MessengerName, on: string): Promise<Exception[]> {
  const rows = await tx
    .selectFrom('chat_exception')
    .innerJoin('chat', 'chat.id', 'chat_exception.chat_id')
    .select(['kind', 'class_id', 'subgroup_id', 'subject_id', 'person_id', 'effect', 'reason'])
    .where('chat_exception.organisation_id', '=', organisationId)
    .where('messenger', '=', messenger)
    .where((eb) => eb.or([eb('ends_on', 'is', null), eb('ends_on', '>=', on)]))
    .execute()
  return rows.map((row) => ({ key: keyOf(row), personId: row.person_id, effect: row.effect, reason: row.reason }))
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

/** Person → account for everybody of the school who has linked; as one text, which costs a fraction of as many rows. */
export async function readAccounts(tx: Db, organisationId: string, system: MessengerName): Promise<Map<string, AccountId>> {
  const { rows } = await sql<{ links: string | null }>`
    select string_agg(person_id || ' ' || external_id, E'\n') as links from link
    where organisation_id = ${organisationId} and system = ${system}`.execute(tx)
  const lines = rows[0]?.links?.split('\n') ?? []
  return new Map(lines.map((line) => [line.slice(0, uuidLength), line.slice(uuidLength + 1)]))
}
