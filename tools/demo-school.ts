import { createHash } from 'node:crypto'
import { type Insertable, sql } from 'kysely'
import { asSystem, type Database, type Db } from '#db/database.ts'
import type { Tables } from '#db/tables.ts'
import { todayIn } from '#register/calendar.ts'
import { type Gender, givenNames, patronymicFrom, surnameFor, surnames } from './demo-names.ts'
import { demoSchool, englishSubject, primary, type SchoolPlan, type StaffPlan, secondSchool, subjects } from './demo-school-plan.ts'

// The demo region: two invented schools, the same at every start. Everything follows from stable keys; nothing is random.

export type DemoRole = 'staff' | 'teacher' | 'guardian' | 'pupil'

export type DemoPerson = {
  id: string
  surname: string
  givenName: string
  patronymic: string
  gender: Gender
  birthDate: string
  organisation: string
  roles: DemoRole[]
  vkUserId: number
  linked: boolean
  refusesAdding?: boolean
}

export type DemoSignIn = { login: string; password: string; role: string; personId: string; organisation: string }

export type DemoSeed = { people: DemoPerson[]; signIns: DemoSignIn[] }

/** @param startYear the academic year begins on 1 September of it */
export function demoSeed(startYear = currentStartYear()): DemoSeed {
  return describeDemo(startYear).seed
}

/** Writes the demo region where it is missing; where it is there, nothing is touched, however people have changed it since. */
export async function ensureDemoSchool(db: Database, startYear = currentStartYear()): Promise<void> {
  const { rows } = describeDemo(startYear)
  await asSystem(db, async (tx) => {
    // Two programs that start at the same moment must not both find it missing.
    await sql`select pg_advisory_xact_lock(hashtext('demo-school'))`.execute(tx)
    const known = await tx.selectFrom('organisation').select('id').where('id', '=', uuid('region')).executeTakeFirst()
    if (known) return
    for (const [table, list] of Object.entries(rows)) await insertRows(tx, table, list)
  })
}

const password = 'demo-school-2026'
const administratorVkUserId = 748_838_410

/** In the order in which they refer to each other. */
const emptyRows = () => ({
  organisation: [] as Insertable<Tables['organisation']>[],
  academic_year: [] as Insertable<Tables['academic_year']>[],
  school_class: [] as Insertable<Tables['school_class']>[],
  class_name: [] as Insertable<Tables['class_name']>[],
  subject: [] as Insertable<Tables['subject']>[],
  subgroup: [] as Insertable<Tables['subgroup']>[],
  person: [] as Insertable<Tables['person']>[],
  staff_post: [] as Insertable<Tables['staff_post']>[],
  class_teacher: [] as Insertable<Tables['class_teacher']>[],
  enrolment: [] as Insertable<Tables['enrolment']>[],
  subgroup_membership: [] as Insertable<Tables['subgroup_membership']>[],
  guardianship: [] as Insertable<Tables['guardianship']>[],
  teaching: [] as Insertable<Tables['teaching']>[],
  role_grant: [] as Insertable<Tables['role_grant']>[],
  link: [] as Insertable<Tables['link']>[],
})

type Rows = ReturnType<typeof emptyRows>
type SchoolClass = { title: string; grade: number; id: string }
type Staff = StaffPlan & { person: DemoPerson }
type Family = { children: { person: DemoPerson; classTitle: string }[]; mother?: DemoPerson; father?: DemoPerson }

const described = new Map<number, { seed: DemoSeed; rows: Rows }>()
function describeDemo(startYear: number): { seed: DemoSeed; rows: Rows } {
  const known = described.get(startYear)
  if (known) return known
  const rows = emptyRows()
  const invent = createInventor(startYear)
  rows.organisation.push({ id: uuid('region'), parent_id: null, kind: 'region', name: 'Демо регион' })
  const operator = invent.adult('region/operator', 'Демо регион', [], surnames[17] ?? '', 'female', startYear - 41)
  rows.role_grant.push({ organisation_id: uuid('region'), person_id: operator.id, role: 'operator' })

  const demo = describeSchool(rows, invent, demoSchool, startYear)
  const second = describeSchool(rows, invent, secondSchool, startYear)
  const family = demo.families.find(({ mother, children }) => mother && children.length > 1 && children[0]?.classTitle === '5А')
  const schoolmate = demo.families.find(({ children }) => children.length === 1 && children[0]?.classTitle === '5А')
  const [classTeacher, mother, pupil] = [demo.staff.get('class-5А')?.person, family?.mother, schoolmate?.children[0]?.person]
  const [administrator, administrator2] = [demo.staff.get('deputy-1')?.person, second.staff.get('director')?.person]
  if (!classTeacher || !mother || !pupil || !administrator || !administrator2)
    throw new Error('The demo school lacks somebody who signs in')
  administrator.vkUserId = administratorVkUserId

  chooseLinks(demo, [classTeacher, pupil], [administrator, mother], ['6А', '11А'])
  chooseLinks(second, [], [administrator2], [])
  chooseRefusing(demo, [classTeacher, mother, pupil])

  const signIn = (login: string, role: string, person: DemoPerson): DemoSignIn => ({
    login,
    password,
    role,
    personId: person.id,
    organisation: person.organisation,
  })
  const signIns = [
    signIn('admin', 'Администратор школы', administrator),
    signIn('teacher', 'Учитель', classTeacher),
    signIn('parent', 'Родитель', mother),
    signIn('pupil', 'Ученик', pupil),
    signIn('operator', 'Региональный оператор', operator),
    signIn('admin2', 'Администратор школы', administrator2),
  ]
  const seed = { people: invent.people, signIns }
  describePeople(rows, invent.people)
  described.set(startYear, { seed, rows })
  return { seed, rows }
}

type School = { plan: SchoolPlan; families: Family[]; staff: Map<string, Staff> }

function describeSchool(rows: Rows, invent: Inventor, plan: SchoolPlan, startYear: number): School {
  const org = uuid(plan.key)
  const yearId = uuid(`${plan.key}/year/${startYear}`)
  const starts_on = `${startYear}-09-01`
  const title = `${startYear}/${startYear + 1}`
  rows.organisation.push({ id: org, parent_id: uuid('region'), kind: 'school', name: plan.name })
  rows.academic_year.push({ id: yearId, organisation_id: org, title, starts_on, ends_on: `${startYear + 1}-08-31` })
  const schoolClasses = plan.classes.map(
    (name): SchoolClass => ({ title: name, grade: Number.parseInt(name, 10), id: uuid(`${plan.key}/class/${name}`) }),
  )
  for (const { id, title, grade } of schoolClasses) {
    rows.school_class.push({ id, organisation_id: org })
    const letter = title.slice(-1)
    rows.class_name.push({ organisation_id: org, class_id: id, academic_year_id: yearId, grade, letter, title })
  }
  const families = inventFamilies(invent, plan)
  const staff = inventStaff(invent, plan, families, startYear)
  const fact = { organisation_id: org, starts_on }
  const classIds = new Map(schoolClasses.map((schoolClass) => [schoolClass.title, schoolClass.id]))
  for (const { children, mother, father } of families) {
    for (const { person, classTitle } of children) {
      rows.enrolment.push({ ...fact, id: uuid(`enrolment/${person.id}`), class_id: need(classIds, classTitle), person_id: person.id })
      for (const [guardian, relation] of [[mother, 'mother'] as const, [father, 'father'] as const]) {
        if (!guardian) continue
        const id = uuid(`guardianship/${person.id}/${guardian.id}`)
        rows.guardianship.push({ ...fact, id, pupil_id: person.id, guardian_id: guardian.id, relation })
      }
    }
  }
  for (const { person, post, teaches, classTitle } of staff.values()) {
    rows.staff_post.push({ ...fact, id: uuid(`post/${person.id}`), person_id: person.id, post, teaches })
    if (classTitle === undefined) continue
    rows.class_teacher.push({ ...fact, id: uuid(`class-teacher/${person.id}`), class_id: need(classIds, classTitle), person_id: person.id })
  }
  const administrator = need(staff, plan.administrator).person
  rows.role_grant.push({ organisation_id: org, person_id: administrator.id, role: 'administrator' })
  const school = { plan, families, staff }
  describeLessons(rows, school, schoolClasses, fact)
  return school
}

function describeLessons(rows: Rows, { plan, staff, families }: School, schoolClasses: SchoolClass[], fact: Fact): void {
  const org = fact.organisation_id
  const subjectId = (name: string) => uuid(`${plan.key}/subject/${name}`)
  const lastGrade = Math.max(...schoolClasses.map(({ grade }) => grade))
  for (const [name, from] of subjects) {
    if (from <= lastGrade) rows.subject.push({ id: subjectId(name), organisation_id: org, name })
  }
  const teach = (person: DemoPerson, schoolClass: SchoolClass, subject: string, subgroup_id: string | null, chat_wanted: boolean) => {
    const id = uuid(`teaching/${schoolClass.id}/${subject}/${subgroup_id ?? ''}`)
    const row = { ...fact, id, person_id: person.id, class_id: schoolClass.id, subgroup_id, subject_id: subjectId(subject), chat_wanted }
    rows.teaching.push(row)
  }
  for (const schoolClass of schoolClasses) {
    for (const [subject, from, to] of subjects) {
      if (schoolClass.grade < from || schoolClass.grade > to) continue
      if (subject === englishSubject && plan.english?.classes.includes(schoolClass.title)) continue
      const able = [...staff.values()].filter(
        (one) => one.subjects.includes(subject) && (one.subjects !== primary || one.classTitle === schoolClass.title),
      )
      const own = able.find((one) => one.classTitle === schoolClass.title)
      teach((own ?? at(able, digest(`${schoolClass.id}/${subject}`))).person, schoolClass, subject, null, false)
    }
  }
  if (!plan.english) return
  const { classes: split, teachers, chatFor } = plan.english
  for (const schoolClass of schoolClasses.filter(({ title }) => split.includes(title))) {
    const pupils = families.flatMap(({ children }) => children).filter(({ classTitle }) => classTitle === schoolClass.title)
    const sorted = byDigest(pupils.map(({ person }) => person))
    const half = Math.ceil(sorted.length / 2)
    for (const [index, key] of teachers.entries()) {
      const name = `группа ${index + 1}`
      const id = uuid(`subgroup/${schoolClass.id}/${name}`)
      rows.subgroup.push({ id, organisation_id: org, class_id: schoolClass.id, name })
      const members = index === 0 ? sorted.slice(0, half) : sorted.slice(half)
      for (const { id: person_id } of members) rows.subgroup_membership.push({ ...fact, subgroup_id: id, person_id })
      teach(need(staff, key).person, schoolClass, englishSubject, id, schoolClass.title === chatFor && index === 0)
    }
  }
}

type Fact = { organisation_id: string; starts_on: string }

function describePeople(rows: Rows, people: DemoPerson[]): void {
  const ids = new Map(rows.organisation.map(({ id, name }) => [name, id ?? '']))
  for (const { id, surname, givenName: given_name, patronymic, gender, birthDate: birth_date, organisation, ...rest } of people) {
    const organisation_id = need(ids, organisation)
    rows.person.push({ id, organisation_id, surname, given_name, patronymic, gender, birth_date })
    if (!rest.linked) continue
    rows.link.push({ id: uuid(`link/${id}`), organisation_id, person_id: id, system: 'sferum', external_id: String(rest.vkUserId) })
  }
}

function inventFamilies(invent: Inventor, plan: SchoolPlan): Family[] {
  const taken = new Map<string, number>()
  for (const title of plan.siblings.flat()) taken.set(title, (taken.get(title) ?? 0) + 1)
  const alone = plan.classes.flatMap((title) => Array.from({ length: plan.pupilsEach - (taken.get(title) ?? 0) }, () => [title]))
  return [...plan.siblings, ...alone].map((titles, index) => {
    const key = `${plan.key}/family-${index}`
    // The step has no divisor in common with the number of surnames: all of them come up before one comes again.
    const surname = at(surnames, index * 101 + (plan.key === 'demo' ? 0 : 53))
    // One family in six has one parent here, and one in six of those the father.
    const oneParent = index % 6 === 4
    const onlyFather = index % 36 === 4
    const hasMother = !onlyFather
    const hasFather = !oneParent || onlyFather
    const eldest = Math.min(...titles.map((title) => invent.birthYear(Number.parseInt(title, 10))))
    const parent = (gender: Gender) =>
      invent.adult(`${key}/${gender}`, plan.name, ['guardian'], surname, gender, eldest - 21 - (digest(`${key}/${gender}/age`) % 15))
    const family: Family = { children: [] }
    if (hasMother) family.mother = parent('female')
    if (hasFather) family.father = parent('male')
    const fatherName = family.father?.givenName ?? at(givenNames.male, digest(`${key}/absent`))
    family.children = titles.map((classTitle, child) => ({
      person: invent.pupil(`${key}/child-${child}`, plan.name, surname, fatherName, Number.parseInt(classTitle, 10)),
      classTitle,
    }))
    return family
  })
}

function inventStaff(invent: Inventor, plan: SchoolPlan, families: Family[], startYear: number): Map<string, Staff> {
  return new Map(
    plan.staff.map((one, index): [string, Staff] => {
      const key = `${plan.key}/staff/${one.key}`
      const roles: DemoRole[] = one.teaches ? ['staff', 'teacher'] : ['staff']
      const gender = one.gender ?? (digest(`${key}/gender`) % 8 === 0 ? 'male' : 'female')
      if (one.familyOf !== undefined) {
        const family = families[one.familyOf]
        const person = one.gender === 'male' ? family?.father : family?.mother
        if (!person) throw new Error(`Nobody of family ${one.familyOf} can be ${one.key}`)
        person.roles.unshift(...roles)
        return [one.key, { ...one, person }]
      }
      const surname = at(surnames, index * 89 + (plan.key === 'demo' ? 31 : 7))
      const person = invent.adult(key, plan.name, roles, surname, gender, startYear - 27 - (digest(`${key}/age`) % 35))
      return [one.key, { ...one, person }]
    }),
  )
}

/** 80 % of the staff, 60 % of the guardians and half of the pupils have linked their account. */
function chooseLinks({ plan, staff, families }: School, linked: DemoPerson[], unlinked: DemoPerson[], lateClasses: string[]): void {
  const must = new Set(linked)
  const mustNot = new Set(unlinked)
  for (const { key, classTitle, person } of staff.values()) {
    if (classTitle !== undefined && lateClasses.includes(classTitle)) mustNot.add(person)
    else if (classTitle !== undefined || plan.english?.teachers.includes(key)) must.add(person)
  }
  const choose = (people: DemoPerson[], share: number) => {
    const first = people.filter((person) => must.has(person) || person.linked)
    const more = byDigest(people.filter((person) => !first.includes(person) && !mustNot.has(person)))
    for (const person of [...first, ...more].slice(0, Math.round(people.length * share))) person.linked = true
  }
  const employed = [...staff.values()].map(({ person }) => person)
  choose(employed, 0.8)
  // Teachers who are parents have had their turn.
  for (const person of employed) if (!person.linked) mustNot.add(person)
  choose(
    families.flatMap(({ mother, father }) => [mother, father].filter((parent) => parent !== undefined)),
    0.6,
  )
  choose(
    families.flatMap(({ children }) => children.map(({ person }) => person)),
    0.5,
  )
}

/** A few of those who linked forbid being added to chats. */
function chooseRefusing({ plan, staff, families }: School, except: DemoPerson[]): void {
  const mark = (people: (DemoPerson | undefined)[], count: number) => {
    const able = people.filter((person) => person !== undefined).filter((person) => person.linked && !except.includes(person))
    for (const person of byDigest(able).slice(0, count)) person.refusesAdding = true
  }
  const spared = (one: Staff) =>
    one.classTitle !== undefined || plan.english?.teachers.includes(one.key) || one.person.roles.includes('guardian')
  const employed = [...staff.values()]
  mark(
    employed.filter((one) => !spared(one)).map(({ person }) => person),
    2,
  )
  mark(
    families.flatMap(({ mother, father }) => [mother, father]).filter((parent) => !parent?.roles.includes('staff')),
    3,
  )
  mark(
    families.flatMap(({ children }) => children.map(({ person }) => person)),
    1,
  )
}

type Inventor = ReturnType<typeof createInventor>

/** Makes people up; no two share surname and given name, or an account. */
function createInventor(startYear: number) {
  const people: DemoPerson[] = []
  const names = new Set<string>()
  const accounts = new Set<number>([administratorVkUserId])

  /** The year in whose March the eldest of this grade are born: they start school at six and a half to seven and a half. */
  const birthYear = (grade: number) => startYear - 6 - grade

  const add = (key: string, person: Pick<DemoPerson, 'organisation' | 'roles' | 'surname' | 'gender' | 'birthDate'>, father: string) => {
    const surname = surnameFor(person.surname, person.gender)
    const givenName = unused(givenNames[person.gender], key, (name) => `${surname} ${name}`)
    let vkUserId = 500_000_000 + (digest(`${key}/account`) % 240_000_000)
    while (accounts.has(vkUserId)) vkUserId++
    accounts.add(vkUserId)
    const patronymic = patronymicFrom(father, person.gender)
    const added: DemoPerson = { id: uuid(key), ...person, surname, givenName, patronymic, vkUserId, linked: false }
    people.push(added)
    return added
  }

  const unused = (list: string[], key: string, full: (name: string) => string): string => {
    for (let turn = 0; turn < list.length; turn++) {
      const name = at(list, digest(`${key}/name`) + turn)
      if (names.has(full(name))) continue
      names.add(full(name))
      return name
    }
    throw new Error(`No name is left for ${key}`)
  }

  return {
    people,
    birthYear,
    adult(key: string, organisation: string, roles: DemoRole[], surname: string, gender: Gender, birthYear: number): DemoPerson {
      const birthDate = dayAfter(birthYear, 0, digest(`${key}/birth`) % 365)
      return add(key, { organisation, roles, surname, gender, birthDate }, at(givenNames.male, digest(`${key}/father`)))
    },
    pupil(key: string, organisation: string, surname: string, fatherName: string, grade: number): DemoPerson {
      const gender = digest(`${key}/gender`) % 2 === 0 ? 'male' : 'female'
      const birthDate = dayAfter(birthYear(grade), 2, digest(`${key}/birth`) % 365)
      return add(key, { organisation, roles: ['pupil'], surname, gender, birthDate }, fatherName)
    },
  }
}

/** One parameter a thousand rows; columns that a row does not name keep their default. */
async function insertRows(tx: Db, table: string, rows: object[]): Promise<void> {
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((column) => sql.ref(column)))
  for (let from = 0; from < rows.length; from += 1000) {
    const chunk = JSON.stringify(rows.slice(from, from + 1000))
    await sql`insert into ${sql.table(table)} (${columns})
      select ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${chunk}::jsonb)`.execute(tx)
  }
}

/** 1 September … 31 August around today. */
function currentStartYear(): number {
  const [year = 0, month = 0] = todayIn('Europe/Moscow', Date.now()).split('-').map(Number)
  return month >= 9 ? year : year - 1
}

function dayAfter(year: number, month: number, days: number): string {
  return new Date(Date.UTC(year, month, 1 + days)).toISOString().slice(0, 10)
}

/** A name-based UUID (RFC 9562, version 5 in shape): the same key is the same thing at every start. */
function uuid(key: string): string {
  const bytes = createHash('sha1').update(`aiti-school/demo/${key}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function digest(key: string): number {
  return createHash('sha1').update(key).digest().readUInt32BE(0)
}

function byDigest(people: DemoPerson[]): DemoPerson[] {
  return people.toSorted((a, b) => digest(a.id) - digest(b.id))
}

/** The item at a place, counted round and round. */
function at<T>(list: readonly T[], place: number): T {
  const item = list[place % list.length]
  if (item === undefined) throw new Error('The list is empty')
  return item
}

function need<T>(map: Map<string, T>, key: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`The demo school has no ${key}`)
  return value
}
