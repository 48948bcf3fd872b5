import { asSystem, type Database, type Db } from '#db/database.ts'
import type { Person, School, SchoolClass } from './school.ts'

// The register in PostgreSQL, kept as the model of the school says. Every act changes both.

const since = '2026-09-01'
const years = [
  { title: '2026/2027', starts_on: '2026-09-01', ends_on: '2027-08-31' },
  { title: '2027/2028', starts_on: '2027-09-01', ends_on: '2028-08-31' },
] as const

/** Writes the whole school, each table in one statement. */
export function writeSchool(db: Database, school: School): Promise<void> {
  const organisation_id = school.org
  const fact = { organisation_id, starts_on: since }
  return asSystem(db, async (tx) => {
    await tx.insertInto('organisation').values({ id: school.org, kind: 'school', name: school.title }).execute()
    await tx
      .insertInto('academic_year')
      .values(years.map((year, index) => ({ ...year, organisation_id, id: school.yearIds[index] })))
      .execute()
    await tx
      .insertInto('school_class')
      .values(school.classes.map(({ id }) => ({ organisation_id, id })))
      .execute()
    await writeNames(tx, school)
    if (school.people.length === 0) return
    await tx
      .insertInto('person')
      .values(school.people.map(({ id, called }) => ({ id, organisation_id, surname: called, given_name: 'Женя', patronymic: '' })))
      .execute()
    const posts = [...school.staff].map(({ id }) => ({ ...fact, person_id: id, post: 'учитель' }))
    if (posts.length > 0) await tx.insertInto('staff_post').values(posts).execute()
    const teachers = [...school.teaches].flatMap(([{ id }, people]) =>
      [...people].map((one) => ({ ...fact, class_id: id, person_id: one.id })),
    )
    if (teachers.length > 0) await tx.insertInto('class_teacher').values(teachers).execute()
    const pupils = [...school.classOf].map(([pupil, { id }]) => ({ ...fact, class_id: id, person_id: pupil.id }))
    if (pupils.length > 0) await tx.insertInto('enrolment').values(pupils).execute()
    const guardians = [...school.guardians].flatMap(([pupil, people]) =>
      [...people].map((one) => ({ ...fact, pupil_id: pupil.id, guardian_id: one.id })),
    )
    if (guardians.length > 0) await tx.insertInto('guardianship').values(guardians).execute()
    await writeLessons(tx, school)
    const links = [...school.links].map(([person, account]) => linkOf(school, person, account))
    if (links.length > 0) await tx.insertInto('link').values(links).execute()
  })
}

async function writeLessons(tx: Db, school: School): Promise<void> {
  const { subjectId: subject_id, org: organisation_id } = school
  const rows = school.classes.flatMap(({ id, lesson }) => {
    if (lesson === null) return []
    return [{ organisation_id, starts_on: since, person_id: lesson.teacher.id, class_id: id, subject_id, chat_wanted: true }]
  })
  if (rows.length === 0) return
  await tx.insertInto('subject').values({ organisation_id, id: subject_id, name: 'Предмет' }).execute()
  await tx.insertInto('teaching').values(rows).execute()
}

async function writeNames(tx: Db, school: School): Promise<void> {
  const rows = school.names.map(({ classId, year, title }) => ({
    organisation_id: school.org,
    class_id: classId,
    academic_year_id: school.yearIds[year] ?? '',
    title,
  }))
  await tx.insertInto('class_name').values(rows).execute()
}

const linkOf = (school: School, person: Person, account: string) => ({
  organisation_id: school.org,
  person_id: person.id,
  system: 'sferum' as const,
  external_id: account,
})

/** Links, links anew with another account, or unlinks (null). */
export function setLink(db: Database, school: School, person: Person, account: string | null): Promise<void> {
  if (account === null) school.links.delete(person)
  else school.links.set(person, account)
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('link').where('person_id', '=', person.id).execute()
    if (account !== null)
      await tx
        .insertInto('link')
        .values(linkOf(school, person, account))
        .execute()
  })
}

/** Enrols, moves to another class, or takes out of the school (null). */
export function setClass(db: Database, school: School, pupil: Person, to: SchoolClass | null): Promise<void> {
  if (to === null) school.classOf.delete(pupil)
  else school.classOf.set(pupil, to)
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('enrolment').where('person_id', '=', pupil.id).execute()
    if (to !== null)
      await tx
        .insertInto('enrolment')
        .values({ organisation_id: school.org, person_id: pupil.id, class_id: to.id, starts_on: since })
        .execute()
  })
}

export function setClassTeacher(db: Database, school: School, teacher: Person, of: SchoolClass, is: boolean): Promise<void> {
  const people = school.teaches.get(of) ?? new Set()
  school.teaches.set(of, people)
  if (is) people.add(teacher)
  else people.delete(teacher)
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('class_teacher').where('person_id', '=', teacher.id).where('class_id', '=', of.id).execute()
    const row = { organisation_id: school.org, person_id: teacher.id, class_id: of.id, starts_on: since }
    if (is) await tx.insertInto('class_teacher').values(row).execute()
  })
}

/** A member of the staff comes back or leaves the school, with every class that they led. */
export function setStaff(db: Database, school: School, one: Person, is: boolean): Promise<void> {
  if (is) school.staff.add(one)
  else {
    school.staff.delete(one)
    for (const people of school.teaches.values()) people.delete(one)
  }
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('staff_post').where('person_id', '=', one.id).execute()
    if (is)
      await tx
        .insertInto('staff_post')
        .values({ organisation_id: school.org, person_id: one.id, post: 'учитель', starts_on: since })
        .execute()
    else await tx.deleteFrom('class_teacher').where('person_id', '=', one.id).execute()
  })
}

export function setGuardian(db: Database, school: School, pupil: Person, guardian: Person, is: boolean): Promise<void> {
  const people = school.guardians.get(pupil) ?? new Set()
  school.guardians.set(pupil, people)
  if (is) people.add(guardian)
  else people.delete(guardian)
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('guardianship').where('pupil_id', '=', pupil.id).where('guardian_id', '=', guardian.id).execute()
    const row = { organisation_id: school.org, pupil_id: pupil.id, guardian_id: guardian.id, starts_on: since }
    if (is) await tx.insertInto('guardianship').values(row).execute()
  })
}

/** What a class is called in a year; null: it does not exist in that year. */
export function setClassName(db: Database, school: School, of: SchoolClass, year: number, title: string | null): Promise<void> {
  school.names = school.names.filter((name) => name.classId !== of.id || name.year !== year)
  if (title !== null) school.names.push({ classId: of.id, year, title })
  const yearId = school.yearIds[year] ?? ''
  return asSystem(db, async (tx) => {
    await tx.deleteFrom('class_name').where('class_id', '=', of.id).where('academic_year_id', '=', yearId).execute()
    const row = { organisation_id: school.org, class_id: of.id, academic_year_id: yearId, title: title ?? '' }
    if (title !== null) await tx.insertInto('class_name').values(row).execute()
  })
}

export function setLessonWanted(db: Database, of: SchoolClass, wanted: boolean): Promise<void> {
  if (of.lesson) of.lesson.wanted = wanted
  return asSystem(db, async (tx) => {
    await tx.updateTable('teaching').set({ chat_wanted: wanted }).where('class_id', '=', of.id).execute()
  })
}
