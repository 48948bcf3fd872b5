import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem, inOrganisation } from '#db/database.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'

after(stopTestServer)

test('a transaction sees the people of its own organisation, and nobody without a scope', async () => {
  await using test = await openTestDatabase()
  const { db } = test
  const [one, two] = await asSystem(db, async (tx) => {
    const schools = await tx
      .insertInto('organisation')
      .values([
        { kind: 'school', name: 'Первая' },
        { kind: 'school', name: 'Вторая' },
      ])
      .returning('id')
      .execute()
    await tx
      .insertInto('person')
      .values(schools.map((school) => ({ organisation_id: school.id, surname: 'Яров', given_name: 'Пётр' })))
      .execute()
    return schools.map((school) => school.id)
  })
  assert.ok(one && two)
  assert.equal((await db.selectFrom('person').select('id').execute()).length, 0)
  const seen = await inOrganisation(db, one, (tx) => tx.selectFrom('person').select('organisation_id').execute())
  assert.deepEqual(seen, [{ organisation_id: one }])
  await assert.rejects(
    inOrganisation(db, one, (tx) =>
      tx.insertInto('person').values({ organisation_id: two, surname: 'Чужой', given_name: 'Иван' }).execute(),
    ),
    /row-level security/,
  )
})
