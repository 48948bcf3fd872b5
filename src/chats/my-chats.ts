import { sql } from 'kysely'
import type { MyChat, MyChats } from '#contract/chats.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import { findWhereInside } from '#sync/look.ts'

/** A person's own chats: those they are in, may come into, or would be in if they linked. */
export async function listMyChats(tx: Db, personId: string, on: string): Promise<MyChats> {
  const link = await tx.selectFrom('link').select('id').where('person_id', '=', personId).where('system', '=', 'sferum').executeTakeFirst()
  const { rows } = await sql<Omit<MyChat, 'failure'> & { errorKind: string | null; vendorCode: string | null }>`
    select chat.id, chat.title, chat.kind, organisation.name as organisation, name.title as "className", subject.name as subject,
           member.state, member.error_kind as "errorKind", member.vendor_code as "vendorCode",
           -- Whoever the messenger refused to add, or who left, may still come in by the link.
           case when chat.state = 'live' and member.state in ('member', 'invited', 'failed', 'left') then chat.invite_link end as link
    from chat_member member
    join chat on chat.id = member.chat_id
    join organisation on organisation.id = chat.organisation_id
    left join academic_year year on year.organisation_id = chat.organisation_id and ${on}::date between year.starts_on and year.ends_on
    left join class_name name on name.class_id = chat.class_id and name.academic_year_id = year.id
    left join subject on subject.id = chat.subject_id
    where member.person_id = ${personId}::uuid and member.state <> 'removed' and chat.messenger = 'sferum' and chat.state not in ('gone', 'archived')
    order by chat.title collate ru_numeric, chat.id`.execute(tx)
  const chats = rows.map(({ errorKind, vendorCode, ...chat }) => ({
    ...chat,
    // chat_member.error_kind is only ever written from a MessengerError.
    failure: errorKind === null ? null : { kind: errorKind as NonNullable<MyChat['failure']>['kind'], vendorCode },
  }))
  return { systems: [{ system: 'sferum', linked: link !== undefined, chats }] }
}

/**
 * After «Войти в чат»: asks the messenger whether the person has come in, and writes down what it says. When it does
 * not answer, nothing changes and the next look will tell.
 * @returns true when the person turned out to have come into a chat
 */
export async function refreshMyChats(engine: Engine, organisationId: string, personId: string): Promise<boolean> {
  const open = await inOrganisation(engine.db, organisationId, (tx) =>
    tx
      .selectFrom('chat_member')
      .innerJoin('chat', 'chat.id', 'chat_member.chat_id')
      .innerJoin('link', (join) => join.onRef('link.person_id', '=', 'chat_member.person_id').onRef('link.system', '=', 'chat.messenger'))
      .select(['chat.id', 'chat.external_id as number', 'chat.actor', 'link.external_id as account'])
      .where('chat_member.person_id', '=', personId)
      .where('chat_member.state', 'in', ['invited', 'failed', 'left'])
      .where('chat.state', '=', 'live')
      .where('chat.messenger', '=', engine.messenger.name)
      .execute(),
  )
  const cameIn = open.length > 0 ? await findWhereInside(engine, organisationId, open) : []
  if (cameIn.length === 0) return false
  await inOrganisation(engine.db, organisationId, async (tx) => {
    await sql`
      update chat_member set state = 'member', external_id = seen.account, error_kind = null, vendor_code = null, changed_at = now()
      from unnest(${cameIn.map((chat) => chat.id)}::uuid[], ${cameIn.map((chat) => chat.account)}::text[]) as seen (chat_id, account)
      where chat_member.chat_id = seen.chat_id and chat_member.person_id = ${personId}::uuid`.execute(tx)
  })
  return true
}
