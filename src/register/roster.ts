import { type RawBuilder, sql } from 'kysely'
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
 * Reads the roster of one school as of `on` (yyyy-mm-dd) in one statement, so that it is of one moment and costs one trip.
 * Classes are those with a name in the academic year of that day.
 */
export async function readRoster(tx: Db, organisationId: string, on: string): Promise<Roster> {
  const lists = rosterLists(organisationId, on)
  const columns = Object.entries(lists).map(
    ([name, list]) => sql`(select coalesce(json_agg(one), '[]') from (${list}) one) as ${sql.id(name)}`,
  )
  const { rows } = await sql<Roster>`
    select json_build_object('id', id, 'name', name) as organisation, ${sql.join(columns)}
    from organisation where id = ${organisationId}`.execute(tx)
  const [roster] = rows
  if (roster === undefined) throw new Error('There is no such school.')
  return roster
}

function rosterLists(org: string, on: string): Record<Exclude<keyof Roster, 'organisation'>, RawBuilder<unknown>> {
  const current = sql`organisation_id = ${org} and starts_on <= ${on}::date and (ends_on is null or ends_on >= ${on}::date)`
  return {
    classes: sql`
      select name.class_id as id, name.title, name.grade from class_name name
      join academic_year year on year.id = name.academic_year_id
      where name.organisation_id = ${org} and ${on}::date between year.starts_on and year.ends_on`,
    subgroups: sql`select id, class_id as "classId", name from subgroup where organisation_id = ${org}`,
    subjects: sql`select id, name from subject where organisation_id = ${org}`,
    classTeachers: sql`select distinct class_id as "classId", person_id as "personId" from class_teacher where ${current}`,
    pupils: sql`select distinct class_id as "classId", person_id as "personId" from enrolment where ${current}`,
    subgroupPupils: sql`
      select distinct member.subgroup_id as "subgroupId", member.person_id as "personId"
      from (select subgroup_id, person_id from subgroup_membership where ${current}) member
      join subgroup on subgroup.id = member.subgroup_id
      join (select class_id, person_id from enrolment where ${current}) enrolled
        on enrolled.person_id = member.person_id and enrolled.class_id = subgroup.class_id`,
    guardians: sql`
      select pupil_id as "pupilId", guardian_id as "guardianId" from guardianship where ${current}
      group by pupil_id, guardian_id order by pupil_id, min(starts_on), guardian_id`,
    staff: sql`select person_id as "personId", bool_or(teaches) as teaches from staff_post where ${current} group by person_id`,
    lessons: sql`
      select class_id as "classId", subgroup_id as "subgroupId", subject_id as "subjectId", person_id as "teacherId", bool_or(chat_wanted) as "chatWanted"
      from teaching where ${current}
      group by class_id, subgroup_id, subject_id, person_id`,
  }
}
