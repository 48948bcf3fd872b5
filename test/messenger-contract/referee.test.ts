import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noSchema, openReferee, schemaIsHere } from '../emulators/schema.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
import { createEngine, createSchool, link, startEmulatorFor, synchronise, unlink } from '../support/school.ts'

after(stopTestServer)

for (const mode of ['direct', 'invite'] as const) {
  test(`${mode}: every call that a whole synchronisation sends is in VK’s own schema, with its parameters and for this kind of token`, {
    skip: schemaIsHere ? false : noSchema,
  }, async () => {
    const referee = openReferee()
    await using database = await openTestDatabase()
    const school = await createSchool(database.db, 'Школа', [{ title: '1А', pupils: 3, classTeachers: 2, guardiansEach: 1 }])
    await link(database.db, school, () => true)
    await using emulator = await startEmulatorFor(school, {}, true)
    const engine = createEngine(database.db, emulator.url, mode)
    await synchronise(engine, school.org)
    await unlink(database.db, school.people.findLast((person) => person.role === 'guardian')?.id ?? '')
    await synchronise(engine, school.org)

    const sent = emulator
      .calls()
      .flatMap((call) => call.packed.map((method, index) => ({ method, params: call.packedParams?.[index] ?? {} })))
    assert.ok(sent.length > 10)
    for (const { method, params } of sent) {
      const known = referee.method(method)
      assert.ok(known, `${method} is in no schema`)
      assert.ok(known.access_token_type.includes(mode === 'direct' ? 'user' : 'group'), `${method} is not for this token`)
      const names = (known.parameters ?? []).map((parameter) => parameter.name)
      for (const name of Object.keys(params)) assert.ok(names.includes(name), `${method} has no parameter ${name}`)
      for (const parameter of known.parameters ?? [])
        if (parameter.required) assert.ok(parameter.name in params, `${method} wants ${parameter.name}`)
    }
  })
}
