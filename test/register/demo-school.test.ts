import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { asSystem, inOrganisation } from '#db/database.ts'
import { type Roster, readRoster } from '#register/roster.ts'
import { givenNames, patronymicFrom, surnameFor } from '../../tools/demo-names.ts'
import { type DemoPerson, demoSeed, ensureDemoSchool } from '../../tools/demo-school.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'

const startYear = 2026
const { people, signIns } = demoSeed(startYear)
const byId = new Map(people.map((person) => [person.id, person]))
const ofSchool = people.filter(({ organisation }) => organisation === 'Демо школа')
const withRole = (role: DemoPerson['roles'][number]) => ofSchool.filter(({ roles }) => roles.includes(role))

let database: TestDatabase
let schools: Map<string, string>
let roster: Roster
let second: Roster
before(async () => {
  database = await openTestDatabase()
  await ensureDemoSchool(database.db, startYear)
  const rows = await asSystem(database.db, (tx) => tx.selectFrom('organisation').select(['id', 'name']).execute())
  schools = new Map(rows.map(({ id, name }) => [name, id]))
  roster = await rosterOf('Демо школа')
  second = await rosterOf('Вторая школа')
})
after(async () => {
  await database[Symbol.asyncDispose]()
  await stopTestServer()
})

test('the demo school has fourteen classes of twenty-five, their parents and forty people of staff', async () => {
  const titles = ['1А', '1Б', '2А', '3А', '4А', '5А', '5Б', '6А', '7А', '8А', '9А', '9Б', '10А', '11А']
  assert.deepEqual(roster.classes.map(({ title }) => title).sort(), titles.toSorted())
  for (const { id, title } of roster.classes) {
    assert.equal(roster.pupils.filter(({ classId }) => classId === id).length, 25, title)
    assert.equal(roster.classTeachers.filter(({ classId }) => classId === id).length, 1, title)
  }
  assert.equal(new Set(roster.classTeachers.map(({ personId }) => personId)).size, 14)
  assert.equal(roster.staff.length, 40)
  assert.equal(roster.staff.filter(({ teaches }) => teaches).length, 31)
  assert.equal(new Set(roster.guardians.map(({ guardianId }) => guardianId)).size, 550)
  assert.equal(withRole('guardian').filter(({ roles }) => roles.includes('teacher')).length, 3)
  assert.deepEqual([withRole('staff').length, withRole('guardian').length, withRole('pupil').length], [40, 550, 350])
  assert.deepEqual([second.classes.length, second.pupils.length, second.staff.length], [4, 32, 6])
})

test('the registry of the demo school would hold thirty chats, one of them for a lesson of a subgroup', async () => {
  const chatLessons = roster.lessons.filter(({ chatWanted }) => chatWanted)
  assert.equal(roster.classes.length * 2 + 1 + chatLessons.length, 30)
  const [lesson] = chatLessons
  assert.ok(lesson)
  const subgroup = roster.subgroups.find(({ id }) => id === lesson.subgroupId)
  assert.equal(subgroup?.name, 'группа 1')
  assert.equal(roster.classes.find(({ id }) => id === lesson.classId)?.title, '5А')
  assert.equal(roster.subjects.find(({ id }) => id === lesson.subjectId)?.name, 'Английский язык')
  assert.equal(second.lessons.filter(({ chatWanted }) => chatWanted).length, 0)
})

test('the subgroups split their class between two teachers', async () => {
  assert.equal(roster.subgroups.length, 6)
  for (const title of ['5А', '7А', '9А']) {
    const classId = roster.classes.find((one) => one.title === title)?.id
    const groups = roster.subgroups.filter((one) => one.classId === classId)
    assert.deepEqual(groups.map(({ name }) => name).sort(), ['группа 1', 'группа 2'])
    const members = roster.subgroupPupils.filter(({ subgroupId }) => groups.some(({ id }) => id === subgroupId))
    const pupils = roster.pupils.filter((one) => one.classId === classId).map(({ personId }) => personId)
    assert.deepEqual(members.map(({ personId }) => personId).sort(), pupils.toSorted())
  }
  const teachers = await asSystem(database.db, (tx) =>
    tx.selectFrom('teaching').select(['person_id', 'subgroup_id']).where('subgroup_id', 'is not', null).execute(),
  )
  assert.equal(teachers.length, 6)
  const ids = [...new Set(teachers.map(({ person_id }) => person_id))]
  assert.deepEqual(
    ids.map((id) => byId.get(id)?.linked),
    [true, true],
  )
})

test('every class is taught every subject of its grade by one teacher', async () => {
  const rows = await asSystem(database.db, (tx) =>
    tx
      .selectFrom('teaching')
      .innerJoin('subject', 'subject.id', 'teaching.subject_id')
      .innerJoin('class_name', 'class_name.class_id', 'teaching.class_id')
      .where('teaching.organisation_id', '=', schools.get('Демо школа') ?? '')
      .where('teaching.subgroup_id', 'is', null)
      .select(['class_name.title', 'subject.name', 'teaching.chat_wanted'])
      .execute(),
  )
  assert.equal(new Set(rows.map(({ title, name }) => `${title} ${name}`)).size, rows.length)
  assert.ok(rows.every(({ chat_wanted }) => !chat_wanted))
  assert.equal(new Set(rows.map(({ name }) => name)).size, 14)
  const of = (title: string) => rows.filter((row) => row.title === title).map(({ name }) => name)
  assert.equal(of('1А').length, 6)
  assert.equal(of('11А').length, 11)
  assert.ok(!of('5А').includes('Английский язык') && of('5Б').includes('Английский язык'))
})

test('four fifths of the staff, three fifths of the guardians and half of the pupils are linked', async () => {
  const share = (list: DemoPerson[]) => list.filter(({ linked }) => linked).length / list.length
  for (const [role, wanted] of [['staff', 0.8] as const, ['guardian', 0.6] as const, ['pupil', 0.5] as const]) {
    const actual = share(withRole(role))
    assert.ok(Math.abs(actual - wanted) <= 0.03, `${role}: ${actual}`)
  }
  const links = await asSystem(database.db, (tx) => tx.selectFrom('link').select(['person_id', 'system', 'external_id']).execute())
  const wanted = people.filter(({ linked }) => linked)
  assert.deepEqual(
    links.map(({ person_id, system, external_id }) => `${person_id} ${system} ${external_id}`).sort(),
    wanted.map(({ id, vkUserId }) => `${id} sferum ${vkUserId}`).sort(),
  )
  const lateTeachers = roster.classTeachers.filter(({ personId }) => !byId.get(personId)?.linked)
  const titles = lateTeachers.map(({ classId }) => roster.classes.find(({ id }) => id === classId)?.title)
  assert.deepEqual(titles.sort(), ['11А', '6А'])
})

test('a few linked people refuse to be added', () => {
  const refusing = people.filter(({ refusesAdding }) => refusesAdding)
  assert.ok(refusing.every(({ linked }) => linked))
  assert.deepEqual(refusing.map(({ roles }) => roles.at(-1)).filter((role) => role === 'pupil').length, 1)
  assert.equal(refusing.filter(({ roles }) => roles.includes('guardian')).length, 3)
  assert.equal(refusing.filter(({ roles }) => roles.includes('staff')).length, 2)
  const classTeachers = new Set(roster.classTeachers.map(({ personId }) => personId))
  const spared = new Set(signIns.map(({ personId }) => personId))
  assert.ok(refusing.every(({ id }) => !classTeachers.has(id) && !spared.has(id)))
})

test('everybody who signs in is who the demo says they are', async () => {
  const known = new Map(signIns.map((signIn) => [signIn.login, signIn]))
  assert.deepEqual([...known.keys()], ['admin', 'teacher', 'parent', 'pupil', 'operator', 'admin2'])
  assert.ok(signIns.every(({ password }) => password.length >= 10))
  const person = (login: string) => {
    const found = byId.get(known.get(login)?.personId ?? '')
    assert.ok(found)
    return found
  }
  const fifth = roster.classes.find(({ title }) => title === '5А')?.id
  const inFifth = new Set(roster.pupils.filter(({ classId }) => classId === fifth).map(({ personId }) => personId))
  assert.equal(roster.classTeachers.find(({ classId }) => classId === fifth)?.personId, person('teacher').id)
  assert.ok(roster.guardians.some(({ pupilId, guardianId }) => guardianId === person('parent').id && inFifth.has(pupilId)))
  assert.ok(inFifth.has(person('pupil').id))
  assert.deepEqual(
    ['admin', 'teacher', 'parent', 'pupil'].map((login) => person(login).linked),
    [false, true, false, true],
  )
  assert.equal(person('admin').vkUserId, 748_838_410)
  const grants = await asSystem(database.db, (tx) =>
    tx.selectFrom('role_grant').select(['organisation_id', 'person_id', 'role']).orderBy('role').execute(),
  )
  assert.deepEqual(grants.map((grant) => Object.values(grant).join(' ')).sort(), [
    ...[
      `${schools.get('Демо школа')} ${person('admin').id} administrator`,
      `${schools.get('Вторая школа')} ${person('admin2').id} administrator`,
      `${schools.get('Демо регион')} ${person('operator').id} operator`,
    ].sort(),
  ])
})

test('brothers and sisters share their guardians, their surname and a believable distance in age', () => {
  const guardiansOf = Map.groupBy(roster.guardians, ({ pupilId }) => pupilId)
  const families = Map.groupBy([...guardiansOf], ([, rows]) =>
    rows
      .map(({ guardianId }) => guardianId)
      .sort()
      .join(),
  )
  const siblings = [...families.values()].filter((children) => children.length > 1)
  assert.equal(families.size, 300)
  assert.equal(siblings.length, 48)
  const classOf = new Map(roster.pupils.map(({ personId, classId }) => [personId, classId]))
  for (const children of siblings) {
    const known = children.map(([id]) => byId.get(id)).filter((person) => person !== undefined)
    assert.equal(new Set(known.map(({ id }) => classOf.get(id))).size, known.length)
    const born = known.map(({ birthDate }) => Date.parse(birthDate)).sort((a, b) => a - b)
    for (let index = 1; index < born.length; index++) {
      assert.ok(((born[index] ?? 0) - (born[index - 1] ?? 0)) / 86_400_000 > 300, known.map(({ birthDate }) => birthDate).join())
    }
  }
  for (const { pupilId, guardianId } of roster.guardians) {
    const [pupil, guardian] = [byId.get(pupilId), byId.get(guardianId)]
    assert.ok(pupil && guardian)
    assert.ok(feminine(pupil) === feminine(guardian), `${pupil.surname} ${guardian.surname}`)
    if (guardian.gender === 'male') assert.equal(pupil.patronymic, patronymicFrom(guardian.givenName, pupil.gender))
    const years = Number(pupil.birthDate.slice(0, 4)) - Number(guardian.birthDate.slice(0, 4))
    assert.ok(years >= 19 && years <= 50, `a parent ${years} years older`)
  }
})

test('surnames and patronymics end as the gender wants it', () => {
  for (const { surname, givenName, patronymic, gender } of people) {
    const full = `${surname} ${givenName} ${patronymic}`
    assert.match(patronymic, gender === 'male' ? /(ович|евич|ьич|тич|мич)$/ : /(овна|евна|ична|инична)$/, full)
    if (gender === 'female') assert.match(surname, /(ова|ева|ёва|ина|ына|ая|ко|ых|их|ник)$/, full)
    else assert.match(surname, /(ов|ев|ёв|ин|ын|ий|ый|ой|ко|ых|их|ник)$/, full)
    assert.ok(givenNames[gender].includes(givenName), full)
  }
  assert.deepEqual(
    ['Соколов', 'Вишневский', 'Шевченко', 'Черных'].map((surname) => surnameFor(surname, 'female')),
    ['Соколова', 'Вишневская', 'Шевченко', 'Черных'],
  )
  assert.deepEqual(
    ['Илья', 'Лев', 'Никита', 'Фома', 'Андрей'].map((father) => `${patronymicFrom(father, 'male')} ${patronymicFrom(father, 'female')}`),
    ['Ильич Ильинична', 'Львович Львовна', 'Никитич Никитична', 'Фомич Фоминична', 'Андреевич Андреевна'],
  )
})

test('nobody has the name, the id or the account of somebody else', () => {
  const distinct = (of: (person: DemoPerson) => unknown) => new Set(people.map(of)).size
  assert.equal(
    distinct(({ surname, givenName }) => `${surname} ${givenName}`),
    people.length,
  )
  assert.equal(
    distinct(({ vkUserId }) => vkUserId),
    people.length,
  )
  assert.equal(byId.size, people.length)
  for (const { id, vkUserId } of people) {
    assert.match(String(vkUserId), /^\d{9}$/)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})

test('the ages fit the grades', async () => {
  for (const { classId, personId } of roster.pupils) {
    const grade = Number.parseInt(roster.classes.find(({ id }) => id === classId)?.title ?? '', 10)
    const months = (startYear - 1970) * 12 + 8 - monthsSinceEpoch(byId.get(personId)?.birthDate ?? '')
    assert.ok(months >= 78 + (grade - 1) * 12 && months <= 90 + (grade - 1) * 12, `${grade}: ${months} months`)
  }
})

test('the academic year is the one around today, and the people stay the same every year', async () => {
  const ids = (year?: number) => demoSeed(year).people.map(({ id, surname, vkUserId, linked }) => `${id} ${surname} ${vkUserId} ${linked}`)
  assert.deepEqual(ids(2031), ids(startYear))
  assert.deepEqual(ids(), ids(startYear))
  await using fresh = await openTestDatabase()
  await ensureDemoSchool(fresh.db)
  const current = await asSystem(fresh.db, (tx) =>
    tx.selectFrom('academic_year').select('title').where(sql<boolean>`current_date between starts_on and ends_on`).execute(),
  )
  assert.equal(current.length, 2)
})

test('two databases get the same school, and a second time nothing is written', async () => {
  await using another = await openTestDatabase()
  const began = performance.now()
  await ensureDemoSchool(another.db, startYear)
  assert.ok(performance.now() - began < 2000, 'in less than two seconds')
  assert.deepEqual(await contents(another, false), await contents(database, false))
  const earlier = await contents(another, true)
  await ensureDemoSchool(another.db, startYear)
  await ensureDemoSchool(another.db, startYear + 1)
  assert.deepEqual(await contents(another, true), earlier)
})

test('one school sees nobody of the other', async () => {
  for (const name of ['Демо школа', 'Вторая школа']) {
    const seen = await inOrganisation(database.db, schools.get(name) ?? '', (tx) => tx.selectFrom('person').select('id').execute())
    const own = people.filter(({ organisation }) => organisation === name).map(({ id }) => id)
    assert.deepEqual(seen.map(({ id }) => id).sort(), own.toSorted())
  }
  const tied = [...second.pupils, ...second.staff, ...second.classTeachers].map(({ personId }) => byId.get(personId)?.organisation)
  assert.deepEqual([...new Set(tied)], ['Вторая школа'])
})

const rosterOf = (name: string) =>
  inOrganisation(database.db, schools.get(name) ?? '', (tx) => readRoster(tx, schools.get(name) ?? '', `${startYear}-11-23`))

const feminine = ({ surname, gender }: DemoPerson) => (gender === 'female' ? surname : surnameFor(surname, 'female'))

const monthsSinceEpoch = (date: string) => {
  const [year = 0, month = 0] = date.split('-').map(Number)
  return (year - 1970) * 12 + month - 1
}

const tables = ['organisation', 'academic_year', 'school_class', 'class_name', 'subject', 'subgroup', 'person', 'staff_post']
tables.push('class_teacher', 'enrolment', 'subgroup_membership', 'guardianship', 'teaching', 'role_grant', 'link')

/** Every row of every table of the register, with the transaction that wrote it where asked; the time of writing aside. */
async function contents({ db }: TestDatabase, withWriter: boolean): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  await asSystem(db, async (tx) => {
    for (const table of tables) {
      const writer = withWriter ? sql`t.xmin::text` : sql`''`
      const { rows } = await sql<{ row: string }>`
        select (to_jsonb(t) - 'created_at' - 'linked_at' - 'granted_at')::text || ${writer} as row
        from ${sql.table(table)} t order by 1`.execute(tx)
      assert.ok(rows.length > 0, table)
      found[table] = rows.map(({ row }) => row)
    }
  })
  return found
}
