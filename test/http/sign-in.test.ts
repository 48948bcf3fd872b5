import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Problem } from '#contract/errors.ts'
import type { Me } from '#contract/me.ts'
import { stopTestServer } from '../support/database.ts'
import { createCast, createVisitor, openTestHouse, password, readJson } from './support.ts'

after(stopTestServer)

test('a person signs in, is known, and signs out', async () => {
  await using at = await openTestHouse()
  const cast = await createCast(at.db)
  const visitor = at.visitor()
  assert.equal((await visitor.get('/api/me')).status, 401)

  const answer = await visitor.signIn('Administrator')
  assert.equal(answer.status, 200)
  assert.equal(await answer.text(), '{}', 'the session token is in the cookie only')
  const cookie = answer.headers.get('set-cookie') ?? ''
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Lax/)
  assert.doesNotMatch(cookie, /Secure/, 'no TLS here')

  assert.deepEqual(await (await visitor.get('/api/me')).json(), {
    person: { id: cast.people.administrator, surname: 'Директоров', givenName: 'Женя', patronymic: 'Александрович' },
    login: 'administrator',
    organisation: { id: cast.school, name: 'Школа 1' },
    roles: ['administrator'],
    organisations: [{ id: cast.school, name: 'Школа 1', kind: 'school', roles: ['administrator'] }],
  })
  assert.deepEqual(await (await visitor.get('/api/auth/get-session')).json(), { signedIn: true })

  const stolen = at.visitor()
  for (const [name, value] of visitor.cookies) stolen.cookies.set(name, value)
  assert.equal((await visitor.post('/api/auth/sign-out')).status, 200)
  assert.equal(visitor.cookies.size, 0)
  assert.equal((await stolen.get('/api/me')).status, 401, 'the session is gone on the server too')
})

test('roles follow from the register; an operator of a region has the schools under it', async () => {
  await using at = await openTestHouse()
  const cast = await createCast(at.db)
  for (const role of ['teacher', 'guardian', 'pupil'] as const) {
    const visitor = at.visitor()
    await visitor.signIn(role)
    const me = await readJson<Me>(await visitor.get('/api/me'))
    assert.deepEqual([me.roles, me.organisations], [[role], []])
  }
  const operator = at.visitor()
  await operator.signIn('operator')
  const me = await readJson<Me>(await operator.get('/api/me'))
  assert.deepEqual(
    me.organisations.map((one) => one.id),
    [cast.region, cast.school, cast.other],
  )
})

test('a wrong password and an unknown login answer the same', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const visitor = at.visitor()
  for (const [login, secret] of [
    ['administrator', 'not-the-password'],
    ['nobody', password],
    ['имя с пробелом', password],
    ['', ''],
  ] as const) {
    const answer = await visitor.signIn(login, secret)
    assert.deepEqual([answer.status, await answer.json()], [401, { code: 'wrong-login-or-password' }])
  }
  assert.equal(visitor.cookies.size, 0)
})

test('too many attempts from one address have to wait', async () => {
  await using at = await openTestHouse({}, { signInsPerMinute: 3 })
  await createCast(at.db)
  const visitor = at.visitor()
  for (let attempt = 0; attempt < 3; attempt++) assert.equal((await visitor.signIn('teacher', 'wrong-password')).status, 401)
  const answer = await visitor.signIn('teacher')
  assert.equal(answer.status, 429)
  const problem = await readJson<Problem>(answer)
  assert.equal(problem.code, 'too-many-attempts')
  const seconds = Number(problem.details?.seconds)
  assert.ok(seconds > 0 && seconds <= 60)
  const pretender = await at
    .visitor()
    .send('POST', '/api/auth/sign-in/username', { username: 'teacher', password }, { 'x-forwarded-for': '203.0.113.7' })
  assert.equal(pretender.status, 429, 'X-Forwarded-For counts only behind a trusted proxy')
})

test('a changed password ends the other sessions', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const [here, elsewhere] = [at.visitor(), at.visitor()]
  await here.signIn('teacher')
  await elsewhere.signIn('teacher')

  const wrong = await here.post('/api/auth/change-password', { currentPassword: 'not-the-password', newPassword: 'another-password' })
  assert.deepEqual([wrong.status, await wrong.json()], [400, { code: 'wrong-password' }])
  const short = await here.post('/api/auth/change-password', { currentPassword: password, newPassword: 'short' })
  assert.deepEqual([short.status, await short.json()], [400, { code: 'bad-input', details: { in: 'json', fields: ['newPassword'] } }])

  const changed = await here.post('/api/auth/change-password', { currentPassword: password, newPassword: 'another-password' })
  assert.deepEqual([changed.status, await changed.text()], [200, '{}'])
  assert.equal((await here.get('/api/me')).status, 200)
  assert.equal((await elsewhere.get('/api/me')).status, 401)
  assert.equal((await elsewhere.signIn('teacher')).status, 401)
  assert.equal((await elsewhere.signIn('teacher', 'another-password')).status, 200)
})

test('no other endpoint of the sign-in library answers', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const visitor = at.visitor()
  await visitor.signIn('teacher')
  for (const path of ['sign-up/email', 'sign-in/email', 'update-user', 'delete-user', 'request-password-reset', 'revoke-sessions']) {
    assert.equal((await visitor.post(`/api/auth/${path}`, {})).status, 404, path)
  }
  for (const path of ['list-sessions', 'ok', 'reference']) assert.equal((await visitor.get(`/api/auth/${path}`)).status, 404, path)
})

test('behind TLS the cookie is Secure and the browser is told to stay there', async () => {
  await using at = await openTestHouse({ PUBLIC_URL: 'https://school.example', TRUST_PROXY: '1' })
  await createCast(at.db)
  assert.equal(at.url, 'https://school.example')
  const answer = await createVisitor(`http://127.0.0.1:${at.house.port}`).signIn('teacher')
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('set-cookie') ?? '', /^__Secure-.*Secure/)
  assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age=\d{7,}/)
})
