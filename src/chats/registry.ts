import { type SqlBool, sql } from 'kysely'
import type { ChatDetails, ChatFilters, ChatPage, ChatQuery, ChatRow } from '#contract/chats.ts'
import type { Db } from '#db/database.ts'
import { likeFolded } from '#db/folded.ts'

type Row = Omit<ChatRow, 'links' | 'failure' | 'syncedAt' | 'linked' | 'total'> & {
  inviteLink: string | null
  errorKind: string | null
  vendorCode: string | null
  syncedAt: Date | null
  externalId: string | null
  titleBy: 'template' | 'administrator'
}

/** Russian order with numbers as numbers: 10А comes after 9А. */
const inRussian = sql.raw('collate ru_numeric')

const orders: Record<ChatQuery['sort'], ReturnType<typeof sql>> = {
  title: sql`chat.title ${inRussian}, chat.id`,
  '-title': sql`chat.title ${inRussian} desc, chat.id desc`,
  kind: sql`chat.kind, chat.title ${inRussian}, chat.id`,
  '-kind': sql`chat.kind desc, chat.title ${inRussian} desc, chat.id desc`,
  class: sql`name.title ${inRussian} nulls last, chat.title ${inRussian}, chat.id`,
  '-class': sql`name.title ${inRussian} desc nulls last, chat.title ${inRussian} desc, chat.id desc`,
  synced: sql`chat.synced_at nulls first, chat.id`,
  '-synced': sql`chat.synced_at desc nulls last, chat.id desc`,
}

/** One page of a school's registry with the number of all rows that fit the filters. `on` decides what classes are called. */
export async function listChats(tx: Db, organisationId: string, query: ChatQuery, on: string): Promise<ChatPage> {
  const where = whereOf(organisationId, query)
  const [{ total = 0 } = {}] = (await sql<{ total: number }>`select count(*) as total from chat where ${where}`.execute(tx)).rows
  const pages = Math.max(1, Math.ceil(total / query.size))
  const page = Math.min(query.page, pages)
  const order = orders[query.sort]
  // The page first, from the chats alone; names are fetched for its rows only.
  const { rows } = await sql<Row>`
    ${selectRows(on)}
    where chat.id in (
      select chat.id from chat ${query.sort.endsWith('class') ? joinClassNames(on) : sql``}
      where ${where}
      order by ${order}
      limit ${query.size} offset ${(page - 1) * query.size}
    )
    order by ${order}`.execute(tx)
  const counts = await countMembers(tx, rows)
  return { total, page, pages, size: query.size, rows: rows.map((row) => chatRow(row, counts)) }
}

function whereOf(organisationId: string, query: ChatQuery) {
  const conditions = [sql<SqlBool>`chat.organisation_id = ${organisationId}::uuid and chat.messenger = 'sferum'`]
  if (query.kind) conditions.push(sql`chat.kind = ${query.kind}`)
  if (query.class) conditions.push(sql`chat.class_id = ${query.class}::uuid`)
  // Archives are found when somebody asks for them.
  conditions.push(query.state ? sql`chat.state = ${query.state}` : sql`chat.state <> 'archived'`)
  const words = query.q?.trim()
  if (words) conditions.push(sql`chat.title_folded like ${likeFolded(words)}`)
  return sql.join(conditions, sql` and `)
}

const selectRows = (on: string) => sql`
  select chat.id, chat.title, chat.kind, organisation.name as organisation, name.title as "className", subgroup.name as subgroup,
         subject.name as subject, chat.state, chat.managed, chat.error_kind as "errorKind", chat.vendor_code as "vendorCode",
         chat.synced_at as "syncedAt", chat.invite_link as "inviteLink", chat.external_id as "externalId", chat.title_by as "titleBy"
  from chat
  join organisation on organisation.id = chat.organisation_id
  ${joinClassNames(on)}
  left join subgroup on subgroup.id = chat.subgroup_id
  left join subject on subject.id = chat.subject_id`

/** What each class is called in the academic year of the day. */
const joinClassNames = (on: string) => sql`
  left join academic_year year on year.organisation_id = chat.organisation_id and ${on}::date between year.starts_on and year.ends_on
  left join class_name name on name.class_id = chat.class_id and name.academic_year_id = year.id`

type Counts = Map<string, { linked: number; total: number }>

async function countMembers(tx: Db, rows: readonly { id: string }[]): Promise<Counts> {
  const { rows: counts } = await sql<{ id: string; linked: number; total: number }>`
    select member.chat_id as id, count(*) as total, count(link.id) as linked
    from chat_member member
    join chat on chat.id = member.chat_id
    left join link on link.person_id = member.person_id and link.system = chat.messenger
    where member.chat_id = any(${rows.map((row) => row.id)}::uuid[]) and member.state <> 'removed'
    group by member.chat_id`.execute(tx)
  return new Map(counts.map(({ id, linked, total }) => [id, { linked, total }]))
}

function chatRow({ inviteLink, errorKind, vendorCode, syncedAt, externalId: _, titleBy: __, ...row }: Row, counts: Counts): ChatRow {
  const { linked, total } = counts.get(row.id) ?? { linked: 0, total: 0 }
  const link = row.state === 'live' ? inviteLink : null
  return {
    ...row,
    linked,
    total,
    syncedAt: syncedAt?.toISOString() ?? null,
    // chat.error_kind is only ever written from a MessengerError.
    failure: errorKind === null ? null : { kind: errorKind as NonNullable<ChatRow['failure']>['kind'], vendorCode },
    // VK's chat numbers are local to whoever sees the chat: only the invite link, which is universal, can be shared.
    links: { web: link, android: link, ios: link },
  }
}

/** One chat with its numbers; null when the school has no such chat. */
export async function readChat(tx: Db, chatId: string, on: string): Promise<ChatDetails | null> {
  const { rows } = await sql<Row>`${selectRows(on)} where chat.id = ${chatId}::uuid`.execute(tx)
  const [row] = rows
  if (row === undefined) return null
  const counted = await sql<Omit<ChatDetails['counts'], 'linked' | 'total'>>`
    select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'planned') as planned,
           count(*) filter (where state = 'invited') as invited, count(*) filter (where state = 'member') as member,
           count(*) filter (where state = 'left') as "left", count(*) filter (where state = 'failed') as failed
    from chat_member where chat_id = ${chatId}::uuid`.execute(tx)
  const states = counted.rows[0] ?? { waiting: 0, planned: 0, invited: 0, member: 0, left: 0, failed: 0 }
  const base = chatRow(row, await countMembers(tx, rows))
  return { ...base, externalId: row.externalId, titleBy: row.titleBy, counts: { ...states, total: base.total, linked: base.linked } }
}

/** What the registry's filters offer: classes that have a chat, in Russian order. */
export async function listChatFilters(tx: Db, organisationId: string, on: string): Promise<ChatFilters> {
  const { rows } = await sql<{ id: string; title: string }>`
    select name.class_id as id, name.title
    from class_name name
    join academic_year year on year.id = name.academic_year_id and ${on}::date between year.starts_on and year.ends_on
    where name.organisation_id = ${organisationId}::uuid and exists (select from chat where chat.class_id = name.class_id)
    order by name.title ${inRussian}`.execute(tx)
  return { classes: rows }
}
