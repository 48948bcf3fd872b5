import type { MiddlewareHandler } from 'hono'
import { type Access, endpoints } from '#contract/endpoints.ts'
import { mayAdminister, readIdentity } from '#identity/identity.ts'
import type { App, AppEnv, Rooms } from './env.ts'
import { answerProblem } from './errors.ts'

// The one place that decides who may call a route, from the `access` that every endpoint of contract/endpoints.ts declares.
// An organisation that is not the caller's answers 403 whether it exists or not: the answer tells nothing about it.

export function enforceAccess(app: App, rooms: Rooms): void {
  for (const { method, path, access } of Object.values(endpoints)) {
    if (access !== 'public') app.on(method.toUpperCase(), honoPath(path), guard(access, rooms))
  }
}

/** @throws when a route under /api was registered that contract/endpoints.ts does not know: nobody would guard it. */
export function refuseUndeclaredRoutes(app: App): void {
  const declared = new Set(Object.values(endpoints).map(({ method, path }) => `${method.toUpperCase()} ${honoPath(path)}`))
  const stray = app.routes.find(
    (route) => route.method !== 'ALL' && route.path.startsWith('/api/') && !declared.has(`${route.method} ${route.path}`),
  )
  if (stray) throw new Error(`${stray.method} ${stray.path} is not declared in contract/endpoints.ts: say who may call it.`)
}

export const honoPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

function guard(access: Exclude<Access, 'public'>, rooms: Rooms): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    // Another declared path may match as well (…/runs/current is also …/runs/:run): asked once is enough, the stricter one counts.
    const identity = c.get('identity') ?? (await readIdentity(rooms.db, rooms.auth, c.req.raw.headers))
    if (!identity) return answerProblem(c, 'not-signed-in')
    c.set('identity', identity)
    if (access === 'administrator' && c.get('organisationId') === undefined) {
      const organisationId = c.req.param('org') ?? ''
      if (!isUuid(organisationId) || !(await mayAdminister(rooms.db, identity.personId, organisationId)))
        return answerProblem(c, 'forbidden')
      c.set('organisationId', organisationId)
    }
    await next()
  }
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
