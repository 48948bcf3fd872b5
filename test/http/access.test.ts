import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { OpenAPIHono } from '@hono/zod-openapi'
import { type Access, endpoints } from '#contract/endpoints.ts'
import { refuseUndeclaredRoutes } from '#http/access.ts'
import type { App } from '#http/env.ts'
import { stopTestServer } from '../support/database.ts'
import { type Cast, createCast, openTestHouse, readJson, type Visitor } from './support.ts'

after(stopTestServer)

type Role = 'nobody' | keyof Cast['people']
const roles: Role[] = ['nobody', 'pupil', 'guardian', 'teacher', 'stranger', 'administrator', 'operator']
const places = ['school', 'other', 'foreign', 'nowhere'] as const
type Place = (typeof places)[number]

/** Who is let in where: the whole policy of the house in one table. */
const letIn: Record<Access, (role: Role, place: Place) => boolean> = {
  public: () => true,
  'signed-in': (role) => role !== 'nobody',
  administrator: (role, place) =>
    (role === 'administrator' && place === 'school') ||
    (role === 'stranger' && place === 'other') ||
    (role === 'operator' && (place === 'school' || place === 'other')),
}

test('every route lets in exactly the roles of the table, in one’s own and in other organisations', async (t) => {
  await using at = await openTestHouse()
  const cast = await createCast(at.db)
  const ids = { ...cast, nowhere: '00000000-0000-4000-8000-000000000000' }
  for (const role of roles) {
    const visitor = at.visitor()
    if (role !== 'nobody') await visitor.signIn(role)
    for (const [name, endpoint] of Object.entries(endpoints)) {
      // Signing out in the middle would make somebody of everybody.
      if (endpoint.access === 'public' && role !== 'nobody') continue
      for (const place of endpoint.path.includes('{org}') ? places : (['school'] as const)) {
        await t.test(`${name}: ${role} at ${place}`, async () => {
          const { status, code } = await knock(visitor, endpoint, ids[place])
          if (letIn[endpoint.access](role, place))
            assert.ok(!['not-signed-in', 'forbidden', 'cross-site'].includes(code), `answered ${status} ${code}`)
          else assert.deepEqual([status, code], role === 'nobody' ? [401, 'not-signed-in'] : [403, 'forbidden'])
        })
      }
    }
  }
})

test('an organisation that is not an id is forbidden as well', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const visitor = at.visitor()
  await visitor.signIn('administrator')
  assert.equal((await visitor.get('/api/organisations/1%27--/chats')).status, 403)
})

test('a route that nobody declared does not get into the house', () => {
  const app: App = new OpenAPIHono()
  app.get('/api/secret', (c) => c.text(''))
  assert.throws(() => refuseUndeclaredRoutes(app), /GET \/api\/secret is not declared/)
})

test('every endpoint under an organisation is the administrator’s', () => {
  for (const [name, { path, access }] of Object.entries(endpoints)) {
    assert.ok(Object.hasOwn(letIn, access), `${name} has no access`)
    assert.equal(path.includes('{org}'), access === 'administrator', name)
  }
})

async function knock(
  visitor: Visitor,
  { method, path }: { method: string; path: string },
  org: string,
): Promise<{ status: number; code: string }> {
  const address = path.replace('{org}', org).replaceAll(/\{\w+\}/g, '00000000-0000-4000-8000-000000000001')
  const answer = await visitor.send(method.toUpperCase(), address, method === 'get' ? undefined : {})
  const body = await readJson<{ code?: string }>(answer).catch(() => ({ code: '' }))
  return { status: answer.status, code: body.code ?? '' }
}
