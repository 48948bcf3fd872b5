import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import { readClassTitle } from '#register/import/class-title.ts'
import type { ImportReport } from '#register/import/report.ts'
import { importSds } from '#register/import/sds.ts'
import { readRoster } from '#register/roster.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
import { type Files, school, snapshot, withFolder } from './fixtures/sds-school.ts'

after(stopTestServer)

const sample = process.env.SDS_SAMPLE_DIR ?? fileURLToPath(new URL('../../../shared/samples/sds-v2.1', import.meta.url))
const needsSample = existsSync(sample) ? {} : { skip: 'The SDS sample is not here: set SDS_SAMPLE_DIR to its folder.' }
const on = '2026-11-23'

const run = (db: Database, changes: Files = {}, options: Partial<Parameters<typeof importSds>[2]> = {}) =>
  withFolder({ ...school, ...changes }, (folder) => importSds(db, folder, { on, ...options }))

function assertEveryRowCounted(report: ImportReport): void {
  assert.deepEqual(report.broken, [])
  for (const { file, rows, created, updated, unchanged, refused, elsewhere } of report.files) {
    assert.equal(created + updated + unchanged + refused + elsewhere, rows, file)
  }
  assert.equal(
    report.refused.length,
    report.files.reduce((sum, { refused }) => sum + refused, 0),
  )
}

const total = (report: ImportReport, what: 'rows' | 'created' | 'updated' | 'unchanged' | 'refused' | 'elsewhere') =>
  report.files.reduce((sum, file) => sum + file[what], 0)

async function rosterOf(db: Database, report: ImportReport, name: string, day = on) {
  const id = report.organisations.find((one) => one.name === name)?.id ?? assert.fail(`no organisation ${name}`)
  return inOrganisation(db, id, (tx) => readRoster(tx, id, day))
}

test('the real sample is imported with every row accounted for, and again changes nothing', needsSample, async () => {
  await using database = await openTestDatabase()
  const first = await importSds(database.db, sample, { on })
  assertEveryRowCounted(first)
  assert.deepEqual(first.refused, [])
  const lines = await Promise.all(first.files.map(async ({ file }) => (await readFile(join(sample, file), 'utf8')).trim().split(/\r?\n/)))
  assert.deepEqual(
    first.files.map(({ rows }) => rows),
    lines.map((all) => all.length - 1),
  )
  assert.deepEqual(first.organisations.map(({ name, kind }) => `${kind} ${name}`).sort(), [
    'region Ministry of TwoDotOne',
    'school College of Engineering',
    'school School of TwoDotOne',
  ])
  assert.match(first.notes.join('\n'), /закончились/)

  const before = await snapshot(database.db)
  const second = await importSds(database.db, sample, { on })
  assertEveryRowCounted(second)
  assert.equal(total(second, 'unchanged'), total(second, 'rows'))
  assert.deepEqual(await snapshot(database.db), before)
})

test('a past register is dated to the current year when asked', needsSample, async () => {
  await using database = await openTestDatabase()
  const past = await rosterOf(database.db, await importSds(database.db, sample, { on }), 'School of TwoDotOne')
  assert.deepEqual([past.classes.length, past.pupils.length], [0, 0])
  const report = await importSds(database.db, sample, { on, currentYear: true, organisationName: 'School of TwoDotOne' })
  assertEveryRowCounted(report)
  assert.deepEqual(
    report.organisations.map(({ name }) => name),
    ['School of TwoDotOne'],
  )
  const roster = await rosterOf(database.db, report, 'School of TwoDotOne')
  assert.deepEqual([roster.classes.length, roster.pupils.length, roster.classTeachers.length, roster.guardians.length], [1, 3, 1, 3])
  assert.deepEqual(
    roster.staff.map(({ teaches }) => teaches),
    [true],
  )
  const before = await snapshot(database.db)
  const again = await importSds(database.db, sample, { on, currentYear: true, organisationName: 'School of TwoDotOne' })
  assert.deepEqual([total(again, 'created'), total(again, 'updated')], [0, 0])
  assert.deepEqual(await snapshot(database.db), before)
})

test('a school with a department, guardians and a pupil who left', async () => {
  await using database = await openTestDatabase()
  const report = await run(database.db)
  assertEveryRowCounted(report)
  assert.deepEqual(report.refused, [])
  const roster = await rosterOf(database.db, report, 'Школа № 1')
  assert.deepEqual(roster.classes.map(({ title }) => title).sort(), ['1А', '5В'])
  // One pupil left on 1 October, and the other class ended with its term anyway.
  assert.equal(roster.pupils.length, 1)
  assert.equal(roster.guardians.length, 1)
  assert.equal(roster.staff.length, 2)
  assert.deepEqual(
    roster.subjects.map(({ name }) => name),
    ['Математика'],
  )
  const inTerm = await rosterOf(database.db, report, 'Школа № 1', '2026-09-15')
  assert.equal(inTerm.pupils.length, 2)
  assert.equal(report.accounts.find(({ login }) => login === 'dir')?.staff, true)
  const stored = (await snapshot(database.db)).join('\n')
  for (const secret of ['secret-one', 'secret-five', 'a@example.org', '+70000000001', 'iep']) assert.ok(!stored.includes(secret), secret)
})

test('the same folder twice writes nothing; a changed one writes only what changed', async () => {
  await using database = await openTestDatabase()
  await run(database.db)
  const before = await snapshot(database.db)
  const second = await run(database.db)
  assertEveryRowCounted(second)
  assert.equal(total(second, 'unchanged'), total(second, 'rows'))
  assert.deepEqual(await snapshot(database.db), before)

  const changed = await run(database.db, { 'users.csv': String(school['users.csv']).replace('Перова', 'Новая') })
  const files = new Map(changed.files.map((file) => [file.file as string, file]))
  assert.equal(files.get('users.csv')?.updated, 1)
  assert.equal(total(changed, 'created'), 0)
  assert.equal((await snapshot(database.db)).filter((row) => !before.includes(row)).length, 1)
})

test('facts that the folder no longer has stay, and the report says how many', async () => {
  await using database = await openTestDatabase()
  await run(database.db)
  const before = await snapshot(database.db)
  const report = await run(database.db, { 'relationships.csv': null })
  assert.match(report.notes.join('\n'), /прошлых загрузок, которых в папке больше нет: 1;/)
  assert.deepEqual(await snapshot(database.db), before)
})

test('what the school added by hand survives the next import', async () => {
  await using database = await openTestDatabase()
  await run(database.db)
  await asSystem(database.db, (tx) =>
    tx.updateTable('person').set({ patronymic: 'Олеговна', gender: 'female' }).where('external_id', '=', '3').execute(),
  )
  const before = await snapshot(database.db)
  await run(database.db)
  assert.deepEqual(await snapshot(database.db), before)
})

const brokenFolders: [title: string, changes: Files, expected: { file: string; row: number | null; column: string | null }][] = [
  ['a missing file', { 'roles.csv': null }, { file: 'roles.csv', row: null, column: null }],
  ['classes without enrolments', { 'enrollments.csv': null }, { file: 'enrollments.csv', row: null, column: null }],
  [
    'a column in the wrong case',
    { 'roles.csv': 'userSourcedId,orgsourcedid,role\n1,s,student\n' },
    { file: 'roles.csv', row: 1, column: 'orgSourcedId' },
  ],
  [
    'bytes that are not UTF-8',
    { 'orgs.csv': new Uint8Array([0x73, 0x2c, 0xcf, 0xf0, 0x0a]) },
    { file: 'orgs.csv', row: null, column: null },
  ],
  ['an open quote', { 'userFlags.csv': 'userSourcedId,flag\n1,"iep\n' }, { file: 'userFlags.csv', row: 2, column: null }],
  ['a line break in a value', { 'userFlags.csv': 'userSourcedId,flag\n1,"a\nb"\n' }, { file: 'userFlags.csv', row: 2, column: 'flag' }],
  [
    'an id with two contents',
    { 'users.csv': `${school['users.csv']}1,p1,Ася,Другая,,,\n` },
    { file: 'users.csv', row: 8, column: 'sourcedId' },
  ],
]
for (const [title, changes, expected] of brokenFolders) {
  test(`${title} breaks the folder and changes nothing`, async () => {
    await using database = await openTestDatabase()
    await run(database.db)
    const before = await snapshot(database.db)
    const report = await run(database.db, { ...changes, 'courses.csv': 'sourcedId,orgSourcedId,title\nn,s,Физика\n' })
    assert.deepEqual(
      report.broken.map(({ file, row, column }) => ({ file, row, column })),
      [expected],
    )
    assert.ok(report.broken.every(({ reason }) => /[а-я]/.test(reason)))
    assert.deepEqual(await snapshot(database.db), before)
  })
}

test('a byte order mark, Windows line ends and the same row twice do no harm', async () => {
  await using database = await openTestDatabase()
  const users = `\ufeff${school['users.csv']}1,p1,Ася,Перова,secret-one,a@example.org,+70000000001\n`.replaceAll('\n', '\r\n')
  const report = await run(database.db, { 'users.csv': users })
  assertEveryRowCounted(report)
  assert.equal(report.accounts.filter(({ login }) => login === 'p1').length, 1)
})

test('bad rows are refused one by one, with the place and a reason that names nobody', async () => {
  await using database = await openTestDatabase()
  const report = await run(database.db, {
    'users.csv': `${school['users.csv']}7,p7,,Седьмова,,,\n`,
    'demographics.csv': 'userSourcedId,sex,birthDate\n1,female,05.05.2019\n',
    'roles.csv': `${school['roles.csv']}7,s,student,y,,\n1,nowhere,student,y,,\n1,s,wizard,y,,\n3,s,teacher,y,2027-01-01,2026-12-01\n3,s,teacher,zz,,\n1,s\n`,
    'classes.csv': `${school['classes.csv']}c3,r,2А,y,\nc4,s,1-а,y,\n`,
    'enrollments.csv': `${school['enrollments.csv']}c4,2,student\nc1,5,principal\n`,
    'relationships.csv': 'userSourcedId,relationshipUserSourcedId,relationshipRole\n1,4,doctor\n3,4,parent\n4,1,child\n',
  })
  assertEveryRowCounted(report)
  assert.deepEqual(
    report.refused.map(({ file, row, column }) => `${file}:${row} ${column}`).sort(),
    [
      'classes.csv:5 orgSourcedId',
      'classes.csv:6 title',
      'demographics.csv:2 birthDate',
      'enrollments.csv:6 classSourcedId',
      'enrollments.csv:7 role',
      'relationships.csv:2 relationshipRole',
      'relationships.csv:3 userSourcedId',
      'roles.csv:10 roleEndDate',
      'roles.csv:11 sessionSourcedId',
      'roles.csv:12 orgSourcedId',
      'roles.csv:7 userSourcedId',
      'roles.csv:8 orgSourcedId',
      'roles.csv:9 role',
      'users.csv:8 givenName',
    ].sort(),
  )
  for (const name of ['Перова', 'Седьмова', 'Третьева', 'Ася']) assert.ok(!report.refused.some(({ reason }) => reason.includes(name)))
  const roster = await rosterOf(database.db, report, 'Школа № 1')
  assert.equal(roster.guardians.length, 1)
})

test('one school is chosen by its id or name; the rows of others are counted apart', async () => {
  await using database = await openTestDatabase()
  for (const organisationName of ['s', 'Школа № 1']) {
    const report = await run(database.db, {}, { organisationName })
    assertEveryRowCounted(report)
    assert.deepEqual(
      report.organisations.map(({ name }) => name),
      ['Школа № 1'],
    )
    const files = new Map(report.files.map((file) => [file.file as string, file]))
    assert.deepEqual(
      ['orgs.csv', 'users.csv', 'roles.csv', 'classes.csv', 'enrollments.csv'].map((file) => files.get(file)?.elsewhere),
      [2, 1, 1, 1, 1],
    )
  }
  const unknown = await run(database.db, {}, { organisationName: 'Школа № 9' })
  assert.deepEqual(
    unknown.broken.map(({ file }) => file),
    ['orgs.csv'],
  )
})

test('the only school with classes takes the name it is given', async () => {
  await using database = await openTestDatabase()
  const one = {
    'classes.csv': String(school['classes.csv']).replace('c9,t,1А,y,\n', ''),
    'enrollments.csv': String(school['enrollments.csv']).replace('c9,6,student\n', ''),
  }
  const report = await run(database.db, one, { organisationName: 'Гимназия' })
  assert.deepEqual(
    report.organisations.map(({ name }) => name),
    ['Гимназия'],
  )
  assert.equal(total(await run(database.db, one, { organisationName: 'Гимназия' }), 'updated'), 0)
})

test('a class title that another class already has in the register breaks the folder', async () => {
  await using database = await openTestDatabase()
  await run(database.db)
  const before = await snapshot(database.db)
  const report = await run(database.db, {
    'classes.csv': String(school['classes.csv']).replace('c1,', 'c7,'),
    'enrollments.csv': String(school['enrollments.csv']).replaceAll('c1,', 'c7,'),
  })
  assert.deepEqual(
    report.broken.map(({ file, column }) => `${file} ${column}`),
    ['classes.csv title'],
  )
  assert.deepEqual(await snapshot(database.db), before)
})

test('class titles as schools write them', () => {
  const read = (title: string) => {
    const { grade, letter, title: shown } = readClassTitle(title)
    return `${grade} ${letter} ${shown}`
  }
  assert.deepEqual(['10', '1А', '10-Б', '5 «В»', '1A', '11А1', 'Biology 10', 'Хор'].map(read), [
    '10  10',
    '1 А 1А',
    '10 Б 10Б',
    '5 В 5В',
    '1 А 1А',
    '11 А1 11А1',
    'null  Biology 10',
    'null  Хор',
  ])
})
