import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
import { chatsByTitle, createEngine, createSchool, link, startEmulatorFor, synchronise } from '../support/school.ts'

after(stopTestServer)

test('the first run makes every chat with everybody who has linked, and the second has nothing to do', async () => {
  await using database = await openTestDatabase()
  const school = await createSchool(database.db, 'Школа', [
    { title: '1А', pupils: 3, classTeachers: 1, guardiansEach: 2 },
    { title: '2А', pupils: 2, classTeachers: 1, guardiansEach: 1 },
  ])
  await link(database.db, school, (person) => person.account % 4 !== 3)
  await using emulator = await startEmulatorFor(school)
  const engine = createEngine(database.db, emulator.url)

  const first = await synchronise(engine, school.org)
  assert.equal(first.state, 'done')
  assert.equal(first.plan.counts.create, 5)
  const accounts = (role: string, title: string) =>
    school.people
      .filter((person) => person.role === role && person.classTitle === title && person.account % 4 !== 3)
      .map((person) => person.account)
  const teachers = (title: string) => accounts('teacher', title)
  const sorted = (...lists: number[][]) => lists.flat().sort((a, b) => a - b)
  assert.deepEqual(chatsByTitle(emulator), {
    'Школа - 1А - Чат класса': sorted(teachers('1А'), accounts('pupil', '1А')),
    'Школа - 1А - Родительский чат': sorted(teachers('1А'), accounts('guardian', '1А')),
    'Школа - 2А - Чат класса': sorted(teachers('2А'), accounts('pupil', '2А')),
    'Школа - 2А - Родительский чат': sorted(teachers('2А'), accounts('guardian', '2А')),
    'Учительский чат': sorted(teachers('1А'), teachers('2А')),
  })

  emulator.clearCalls()
  const second = await synchronise(engine, school.org)
  assert.equal(second.plan.empty, true)
  assert.equal(second.state, 'done')
  const writes = emulator.calls().flatMap((call) => call.packed.filter((method) => !/\.get/.test(method)))
  assert.deepEqual(writes, [])
})
