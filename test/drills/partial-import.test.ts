import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { ImportReport } from '#register/import/report.ts'
import { importSds } from '#register/import/sds.ts'
import { readSourceState } from '#register/source.ts'
import type { Engine } from '#sync/engine.ts'
import type { VkEmulator } from '../../emulators/start.ts'
import { type Files, withFolder } from '../register/fixtures/sds-school.ts'
import { openTestDatabase, stopTestServer, type TestDatabase } from '../support/database.ts'
import { chatsByTitle, createEngine, makePlan, serviceUser, startEmulatorFor, synchronise } from '../support/school.ts'

after(stopTestServer)

// openwebwork/webwork2#3182: a page of the roster was not read, and whoever stood on it was dropped.
// opnsense/core#10128: the directory did not answer, which looked like a directory without people.

type Pupil = { id: number; leftOn?: string }
type Scene = AsyncDisposable & {
  database: TestDatabase
  emulator: VkEmulator
  engine: Engine
  org: string
  bring: (pupils: readonly Pupil[], changes?: Files) => Promise<ImportReport>
  linkEverybody: () => Promise<void>
  /** Pupils who are in the class's chat and guardians who are in theirs, by the number of the pupil. */
  inside: () => { pupils: number[]; guardians: number[] }
}

const on = '2026-11-23'
const schoolName = 'Школа'
const teacher = 1
const numbers = (from: number, to: number): Pupil[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: from + at }))
/** Pupils are 101…, their guardians 201…, and their accounts are a thousand more. */
const everybody = numbers(101, 120)
const guardianOf = (pupil: number) => pupil + 100
const accountOf = (user: number) => user + 1000

/** A folder of a school with one class, its teacher, these pupils and one guardian for each. */
function folderOf(pupils: readonly Pupil[]): Files {
  const lines = (head: string, rows: string[]) => [head, ...rows, ''].join('\n')
  return {
    'orgs.csv': `sourcedId,name,type\ns,${schoolName},school\n`,
    'academicSessions.csv': 'sourcedId,title,type,schoolYear,startDate,endDate\ny,2026/2027,schoolYear,2026,2026-09-01,2027-08-31\n',
    'users.csv': lines('sourcedId,username,givenName,familyName', [
      `${teacher},,Женя,Учителева`,
      ...pupils.flatMap(({ id }) => [`${id},,Женя,Пробный${id}`, `${guardianOf(id)},,Женя,Пробный${id}`]),
    ]),
    'roles.csv': lines('userSourcedId,orgSourcedId,role,sessionSourcedId,roleStartDate,roleEndDate', [
      `${teacher},s,teacher,y,,`,
      ...pupils.map(({ id, leftOn }) => `${id},s,student,y,,${leftOn ?? ''}`),
    ]),
    'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds\nc,s,5А,y\n',
    'enrollments.csv': lines('classSourcedId,userSourcedId,role', [`c,${teacher},teacher`, ...pupils.map(({ id }) => `c,${id},student`)]),
    'relationships.csv': lines(
      'userSourcedId,relationshipUserSourcedId,relationshipRole',
      pupils.map(({ id }) => `${id},${guardianOf(id)},parent`),
    ),
  }
}

/** Twenty pupils and their guardians in their chats, after a first import that was whole. */
async function openScene(): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openTestDatabase())
  const users = [teacher, ...numbers(101, 130).flatMap(({ id }) => [id, guardianOf(id)])]
  const accounts = users.map((user) => ({
    login: `a${user}`,
    profiles: [
      {
        userId: accountOf(user),
        kind: 'edu' as const,
        surname: 'Пробный',
        givenName: 'Женя',
        patronymic: '',
        gender: 'male' as const,
        birthDate: '2010-01-01',
      },
    ],
  }))
  const emulator = opened.use(await startEmulatorFor({ seed: { clients: [], accounts, communities: [], serviceUsers: [serviceUser] } }))
  const bring: Scene['bring'] = (pupils, changes = {}) =>
    withFolder({ ...folderOf(pupils), ...changes }, (folder) => importSds(database.db, folder, { on, organisationName: schoolName }))
  const org = (await bring(everybody)).organisations[0]?.id ?? assert.fail('no school was imported')
  const linkEverybody = async () => {
    await asSystem(database.db, async (tx) => {
      const people = await tx.selectFrom('person').select(['id', 'external_id']).where('organisation_id', '=', org).execute()
      const rows = people.map(({ id, external_id }) => ({
        organisation_id: org,
        person_id: id,
        system: 'sferum' as const,
        external_id: String(accountOf(Number(external_id))),
      }))
      await tx
        .insertInto('link')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    })
  }
  const of = (title: string, shift: number) =>
    (chatsByTitle(emulator)[title] ?? [])
      .map((account) => account - 1000)
      .filter((user) => user !== teacher)
      .map((user) => user - shift)
  const scene: Omit<Scene, keyof AsyncDisposable> = {
    database,
    emulator,
    engine: createEngine(database.db, emulator.url),
    org,
    bring,
    linkEverybody,
    inside: () => ({ pupils: of('Школа - 5А - Чат класса', 0), guardians: of('Школа - 5А - Родительский чат', 100) }),
  }
  await linkEverybody()
  assert.equal((await synchronise(scene.engine, org)).state, 'done')
  assert.deepEqual(scene.inside(), { pupils: ids(everybody), guardians: ids(everybody) })
  const rest = opened.move()
  return { ...scene, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const ids = (pupils: readonly Pupil[]): number[] => pupils.map(({ id }) => id)
const stateOf = async ({ database, org }: Scene) => (await inOrganisation(database.db, org, (tx) => readSourceState(tx, org)))?.state
const heldIn = async ({ engine, org }: Scene) =>
  (await makePlan(engine, org)).chats.flatMap(({ held }) => held.map(({ reason, count }) => [reason, count]))

/** Two pupils have left the school by the register's word, one has come, and the folder says so. */
const leavers: Pupil[] = [
  { id: 101, leftOn: '2026-10-01' },
  { id: 102, leftOn: '2026-10-01' },
]
const newcomer: Pupil = { id: 121 }
const changed = [...leavers, ...numbers(103, 120), newcomer]
const withNewcomer = { pupils: [...ids(everybody), 121], guardians: [...ids(everybody), 121] }
const asTheRegisterSays = { pupils: ids(changed).slice(2), guardians: ids(changed).slice(2) }

const broken: [incident: string, state: string, pupils: readonly Pupil[], changes: Files][] = [
  ['webwork2#3182: a folder that lost the second half of its pupils', 'shrunk', [...leavers, ...numbers(103, 110), newcomer], {}],
  [
    'webwork2#3182: a folder whose relationships name people who are on no page',
    'partial',
    changed,
    { 'relationships.csv': `${folderOf(changed)['relationships.csv']}101,999,parent\n` },
  ],
]
for (const [incident, state, pupils, changes] of broken) {
  test(`${incident} takes nobody out of a chat, and lets the newcomer in`, async () => {
    await using scene = await openScene()
    const { engine, org } = scene
    await scene.bring(pupils, changes)
    await scene.linkEverybody()
    assert.equal(await stateOf(scene), state)
    assert.equal((await synchronise(engine, org)).state, 'done')
    assert.deepEqual(scene.inside(), withNewcomer)
    assert.deepEqual(await heldIn(scene), [
      ['source-incomplete', 2],
      ['source-incomplete', 2],
    ])

    await scene.bring(changed)
    assert.equal(await stateOf(scene), 'complete')
    assert.equal((await synchronise(engine, org)).state, 'done')
    assert.deepEqual(scene.inside(), asTheRegisterSays, 'who has really left goes with the next whole folder')
  })
}

test('opnsense#10128: while the folder cannot be read nobody is taken out, and whoever links comes in', async () => {
  await using scene = await openScene()
  const { database, engine, org } = scene
  // The newcomer and the end of two enrolments had been brought in before; only then the folder broke.
  await scene.bring(changed)
  const unreadable: Files[] = [{ 'users.csv': null }, { 'enrollments.csv': new Uint8Array([0xcf, 0xf0, 0x0a]) }, { 'orgs.csv': '' }]
  for (const changes of unreadable) {
    const report = await scene.bring([], changes)
    assert.ok(report.broken.length > 0)
    assert.equal(await stateOf(scene), 'broken')
    assert.equal((await synchronise(engine, org)).state, 'done')
    assert.deepEqual(scene.inside(), { pupils: ids(everybody), guardians: ids(everybody) })
  }
  await scene.linkEverybody()
  await synchronise(engine, org)
  assert.deepEqual(scene.inside(), withNewcomer)
  assert.equal((await asSystem(database.db, (tx) => tx.selectFrom('enrolment').select('person_id').execute())).length, 21)
})

test('webwork2#3182: the same half again and again does not become the truth', async () => {
  await using scene = await openScene()
  const { engine, org } = scene
  for (let day = 0; day < 3; day++) {
    await scene.bring([...leavers, ...numbers(103, 110)])
    assert.equal(await stateOf(scene), 'shrunk', `day ${day}`)
    await synchronise(engine, org)
    assert.deepEqual(scene.inside(), { pupils: ids(everybody), guardians: ids(everybody) })
  }
})
