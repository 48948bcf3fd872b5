import { type SqlBool, sql } from 'kysely'
import writeXlsxFile, { type SheetData } from 'write-excel-file/node'
import type { ChatMember } from '#contract/chats.ts'
import type { MemberRole, MemberState } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'
import { likeFolded } from '#db/folded.ts'

export type MemberFilter = { q?: string | undefined; linked?: 'yes' | 'no' | undefined }

/** Everybody of one chat in Russian order of names; ✓ is the person's link as it is now. */
export async function listMembers(tx: Db, chatId: string, filter: MemberFilter): Promise<ChatMember[]> {
  const conditions = [sql<SqlBool>`member.chat_id = ${chatId}::uuid and member.state <> 'removed'`]
  if (filter.linked) conditions.push(filter.linked === 'yes' ? sql`link.id is not null` : sql`link.id is null`)
  for (const word of filter.q?.trim().split(/\s+/) ?? []) conditions.push(sql`person.name_folded like ${likeFolded(word)}`)
  const { rows } = await sql<Omit<ChatMember, 'failure'> & { errorKind: string | null; vendorCode: string | null }>`
    select member.person_id as "personId", person.surname, person.given_name as "givenName", person.patronymic, member.role,
           link.id is not null as linked, member.state, member.error_kind as "errorKind", member.vendor_code as "vendorCode"
    from chat_member member
    join chat on chat.id = member.chat_id
    join person on person.id = member.person_id
    left join link on link.person_id = member.person_id and link.system = chat.messenger
    where ${sql.join(conditions, sql` and `)}
    order by person.surname collate ru_numeric, person.given_name collate ru_numeric, person.patronymic collate ru_numeric, person.id`.execute(
    tx,
  )
  return rows.map(({ errorKind, vendorCode, ...member }) => ({
    ...member,
    // chat_member.error_kind is only ever written from a MessengerError.
    failure: errorKind === null ? null : { kind: errorKind as NonNullable<ChatMember['failure']>['kind'], vendorCode },
  }))
}

const roleNames: Record<MemberRole, string> = { TEACHER: 'Учитель', STUDENT: 'Ученик', PARENT: 'Родитель', ADMIN: 'Администрация' }
const stateNames: Record<MemberState, string> = {
  waiting: 'Ждёт связки',
  planned: 'Будет добавлен',
  invited: 'Приглашён',
  member: 'В чате',
  left: 'Вышел сам',
  removed: 'Убран',
  failed: 'Не удалось добавить',
}

/** The list as an XLSX file for a class teacher to print or pass on. */
export async function writeMembersXlsx(members: readonly ChatMember[]): Promise<Buffer> {
  const header = ['№', 'Фамилия, имя, отчество', 'Роль', 'Сферум', 'Состояние'].map((value) => ({ value, fontWeight: 'bold' as const }))
  const data: SheetData = [
    header,
    ...members.map((member, index) => [
      { value: index + 1, type: Number },
      { value: [member.surname, member.givenName, member.patronymic].filter(Boolean).join(' '), type: String },
      { value: roleNames[member.role], type: String },
      { value: member.linked ? '✓ связан' : '✕ не связан', type: String },
      { value: stateNames[member.state], type: String },
    ]),
  ]
  return writeXlsxFile(data, {
    sheet: 'Участники чата',
    columns: [{ width: 6 }, { width: 44 }, { width: 18 }, { width: 16 }, { width: 22 }],
  }).toBuffer()
}
