import { type SqlBool, sql } from 'kysely'
import type { ChatException } from '#contract/adopt.ts'
import type { Db } from '#db/database.ts'
import { likeFolded } from '#db/folded.ts'

type Row = Omit<ChatException, 'person' | 'madeAt'> & {
  personId: string
  surname: string
  givenName: string
  patronymic: string
  madeAt: Date
}

/** People put into a chat or kept out of it by hand, in Russian order of names. `today`: yyyy-mm-dd. */
export async function listExceptions(tx: Db, chatId: string, today: string, only?: string): Promise<ChatException[]> {
  const { rows } = await sql<Row>`
    select exception.id, exception.effect, exception.reason, exception.ends_on as "endsOn", exception.made_at as "madeAt",
           coalesce(exception.ends_on < ${today}::date, false) as over,
           person.id as "personId", person.surname, person.given_name as "givenName", person.patronymic
    from chat_exception exception join person on person.id = exception.person_id
    where exception.chat_id = ${chatId}::uuid ${only ? sql`and exception.id = ${only}::uuid` : sql``}
    order by over, person.surname collate ru_numeric, person.given_name collate ru_numeric, person.id`.execute(tx)
  return rows.map(({ personId, surname, givenName, patronymic, madeAt, ...row }) => ({
    ...row,
    person: { id: personId, surname, givenName, patronymic },
    madeAt: madeAt.toISOString(),
  }))
}

/** A second one for the same person replaces the first. null: no such chat or person in this organisation. */
export async function saveException(
  tx: Db,
  organisationId: string,
  exception: { chatId: string; personId: string; effect: 'include' | 'exclude'; reason: string; endsOn: string | null; madeBy: string },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into chat_exception (organisation_id, chat_id, person_id, effect, reason, ends_on, made_by)
    select chat.organisation_id, chat.id, person.id, ${exception.effect}, ${exception.reason}, ${exception.endsOn}::date, ${exception.madeBy}::uuid
    from chat, person
    where chat.id = ${exception.chatId}::uuid and person.id = ${exception.personId}::uuid and chat.state <> 'archived'
      and chat.organisation_id = ${organisationId}::uuid and person.organisation_id = ${organisationId}::uuid
    on conflict (chat_id, person_id) do update
      set effect = excluded.effect, reason = excluded.reason, ends_on = excluded.ends_on, made_by = excluded.made_by, made_at = now()
    returning id`.execute(tx)
  return rows[0]?.id ?? null
}

/** The person concerned, or null where there was no such exception. */
export async function removeException(tx: Db, chatId: string, exceptionId: string): Promise<string | null> {
  const row = await tx
    .deleteFrom('chat_exception')
    .where('id', '=', exceptionId)
    .where('chat_id', '=', chatId)
    .returning('person_id')
    .executeTakeFirst()
  return row?.person_id ?? null
}

const mostFound = 20

export type FoundPerson = { id: string; surname: string; givenName: string; patronymic: string; about: string; linked: boolean }

/** People of the school by parts of their name; `about` says who they are today. */
export async function findPeople(tx: Db, organisationId: string, q: string, today: string): Promise<FoundPerson[]> {
  const conditions = q
    .trim()
    .split(/\s+/)
    .map((word) => sql<SqlBool>`person.name_folded like ${likeFolded(word)}`)
  const current = (table: string) => sql`${sql.ref(`${table}.starts_on`)} <= ${today}::date
    and (${sql.ref(`${table}.ends_on`)} is null or ${sql.ref(`${table}.ends_on`)} >= ${today}::date)`
  const titles = sql`(select name.title from class_name name join academic_year year on year.id = name.academic_year_id
    where name.class_id = enrolment.class_id and ${today}::date between year.starts_on and year.ends_on)`
  const { rows } = await sql<FoundPerson>`
    select person.id, person.surname, person.given_name as "givenName", person.patronymic,
           coalesce(
             (select post from staff_post where person_id = person.id and ${current('staff_post')} order by starts_on limit 1),
             (select concat('ученик ', ${titles}) from enrolment where person_id = person.id and ${current('enrolment')} limit 1),
             (select concat('родитель ученика ', ${titles}) from guardianship join enrolment on enrolment.person_id = guardianship.pupil_id
              where guardian_id = person.id and ${current('guardianship')} and ${current('enrolment')} limit 1),
             'сейчас не в школе') as about,
           exists (select from link where link.person_id = person.id) as linked
    from person
    where person.organisation_id = ${organisationId}::uuid and ${sql.join(conditions, sql` and `)}
    order by person.surname collate ru_numeric, person.given_name collate ru_numeric, person.id limit ${mostFound}`.execute(tx)
  return rows
}
