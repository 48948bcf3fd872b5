import { randomUUID } from 'node:crypto'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv, HttpSettings, Rooms } from './env.ts'

/** Names the request, times it, and logs the route it took: never the address as typed, which may hold a name somebody searched for. */
export function observeRequests(
  rooms: Pick<Rooms, 'log' | 'metrics'>,
  settings: Pick<HttpSettings, 'trustProxy'>,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = performance.now()
    const requestId = randomUUID()
    c.set('requestId', requestId)
    c.set('clientAddress', readClientAddress(c, settings.trustProxy))
    await next()
    c.res.headers.set('x-request-id', requestId)
    const seconds = (performance.now() - started) / 1000
    // The declared path comes first among those that matched; pages and files share one name.
    const route = matchedRoutes(c).find(({ path }) => !path.includes('*'))?.path ?? 'page'
    rooms.metrics.onRequest(route, c.req.method, c.res.status, seconds)
    rooms.log.debug({ request: requestId, method: c.req.method, route, status: c.res.status, ms: Math.round(seconds * 1000) }, 'request')
  }
}

// The last entry is the one that our own proxy added; those before it are the client's to invent.
function readClientAddress(c: Context, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return forwarded || (getConnInfo(c).remote.address ?? '')
}
