import { sql } from 'kysely'
import type { ChatKind } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'

/** One fact of the register about a person that matters for one chat, with its dates (yyyy-mm-dd, both included). */
export type MembershipFact = {
  kind: 'enrolment' | 'class-teacher' | 'guardianship' | 'post' | 'teaching' | 'subgroup' | 'exception'
  of: string
  startsOn: string
  endsOn: string | null
  current: boolean
}

/**
 * What the register says, or said, about a person in connection with a chat: newest first. Facts about other classes are
 * left out; of guardians it is the enrolments of their children.
 */
export async function listMembershipFacts(
  tx: Db,
  personId: string,
  chat: { chatId: string; kind: ChatKind; classId: string | null; on: Date },
): Promise<MembershipFact[]> {
  const today = chat.on.toISOString().slice(0, 10)
  const ofClass = chat.classId === null ? sql`false` : sql`class_id = ${chat.classId}::uuid`
  const { rows } = await sql<MembershipFact>`
    with title as (
      select distinct on (name.class_id) name.class_id, name.title from class_name name
      join academic_year year on year.id = name.academic_year_id order by name.class_id, year.starts_on desc
    ), fact as (
      select 'enrolment' as kind, title.title as of, starts_on, ends_on from enrolment join title using (class_id)
        where person_id = ${personId}::uuid and ${ofClass}
      union all
      select 'class-teacher', title.title, starts_on, ends_on from class_teacher join title using (class_id)
        where person_id = ${personId}::uuid and ${ofClass}
      union all
      select 'guardianship', concat_ws(' ', pupil.surname, pupil.given_name, title.title),
             greatest(guardianship.starts_on, enrolment.starts_on), least(guardianship.ends_on, enrolment.ends_on)
        from guardianship join person pupil on pupil.id = guardianship.pupil_id
        join enrolment on enrolment.person_id = guardianship.pupil_id join title using (class_id)
        where guardian_id = ${personId}::uuid and ${ofClass}
      union all
      select 'post', post, starts_on, ends_on from staff_post where person_id = ${personId}::uuid
      union all
      select 'teaching', concat_ws(', ', subject.name, title.title, subgroup.name), starts_on, ends_on
        from teaching join subject on subject.id = teaching.subject_id join title using (class_id)
        left join subgroup on subgroup.id = teaching.subgroup_id
        where person_id = ${personId}::uuid and ${chat.classId === null ? sql`false` : sql`teaching.class_id = ${chat.classId}::uuid`}
      union all
      select 'subgroup', concat_ws(', ', title.title, subgroup.name), membership.starts_on, membership.ends_on
        from subgroup_membership membership join subgroup on subgroup.id = membership.subgroup_id join title using (class_id)
        where person_id = ${personId}::uuid and ${chat.classId === null ? sql`false` : sql`subgroup.class_id = ${chat.classId}::uuid`}
      union all
      select 'exception', reason, made_at::date, ends_on from chat_exception
        where person_id = ${personId}::uuid and chat_id = ${chat.chatId}::uuid
    )
    select kind, of, starts_on as "startsOn", ends_on as "endsOn",
           starts_on <= ${today}::date and (ends_on is null or ends_on >= ${today}::date) as current
    from fact order by current desc, starts_on desc, kind, of limit 30`.execute(tx)
  return rows
}
