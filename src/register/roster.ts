import { sql } from 'kysely'
import type { Db } from '#db/database.ts'

/** What the register says about one school on one day: every fact that decides who belongs into which chat. Ids only. */
export type Roster = {
  organisation: { id: string; name: string }
  classes: { id: string; title: string; grade: number | null }[]
  subgroups: { id: string; classId: string; name: string }[]
  subjects: { id: string; name: string }[]
  classTeachers: { classId: string; personId: string }[]
  pupils: { classId: string; personId: string }[]
  subgroupPupils: { subgroupId: string; personId: string }[]
  /** In the order in which they were recorded. */
  guardians: { pupilId: string; guardianId: string }[]
  staff: { personId: string; teaches: boolean }[]
  /** `chatWanted`: the school wants a chat of this lesson's own. */
  lessons: { classId: string; subgroupId: string | null; subjectId: string; teacherId: string; chatWanted: boolean }[]
}

/**
 * Reads the roster of one school as of `on` (yyyy-mm-dd), in a handful of set queries.
 * Classes are those with a name in the academic year of that day.
 */
export async function readRoster(tx: Db, organisationId: string, on: string): Promise<Roster> {
  const org = organisationId
  const current = sql`starts_on <= ${on}::date and (ends_on is null or ends_on >= ${on}::date)`
  const organisation = await tx.selectFrom('organisation').select(['id', 'name']).where('id', '=', org).executeTakeFirstOrThrow()
  const rows = async <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> => (await query.execute(tx)).rows
  return {
    organisation,
    classes: await rows(sql<{ id: string; title: string; grade: number | null }>`
      select name.class_id as id, name.title, name.grade from class_name name
      join academic_year year on year.id = name.academic_year_id
      where name.organisation_id = ${org} and ${on}::date between year.starts_on and year.ends_on`),
    subgroups: await rows(sql<{ id: string; classId: string; name: string }>`
      select id, class_id as "classId", name from subgroup where organisation_id = ${org}`),
    subjects: await tx.selectFrom('subject').select(['id', 'name']).where('organisation_id', '=', org).execute(),
    classTeachers: await rows(sql<{ classId: string; personId: string }>`
      select distinct class_id as "classId", person_id as "personId" from class_teacher where organisation_id = ${org} and ${current}`),
    pupils: await rows(sql<{ classId: string; personId: string }>`
      select distinct class_id as "classId", person_id as "personId" from enrolment where organisation_id = ${org} and ${current}`),
    subgroupPupils: await rows(sql<{ subgroupId: string; personId: string }>`
      select distinct member.subgroup_id as "subgroupId", member.person_id as "personId"
      from subgroup_membership member
      join subgroup on subgroup.id = member.subgroup_id
      where member.organisation_id = ${org} and ${current}
        and exists (select from enrolment where enrolment.person_id = member.person_id and enrolment.class_id = subgroup.class_id and ${current})`),
    guardians: await rows(sql<{ pupilId: string; guardianId: string }>`
      select pupil_id as "pupilId", guardian_id as "guardianId" from guardianship where organisation_id = ${org} and ${current}
      group by pupil_id, guardian_id order by pupil_id, min(starts_on), guardian_id`),
    staff: await rows(sql<{ personId: string; teaches: boolean }>`
      select person_id as "personId", bool_or(teaches) as teaches from staff_post where organisation_id = ${org} and ${current}
      group by person_id`),
    lessons: await rows(sql<Roster['lessons'][number]>`
      select class_id as "classId", subgroup_id as "subgroupId", subject_id as "subjectId", person_id as "teacherId", bool_or(chat_wanted) as "chatWanted"
      from teaching where organisation_id = ${org} and ${current}
      group by class_id, subgroup_id, subject_id, person_id`),
  }
}
