import { timingSafeEqual } from 'node:crypto'
import type { App, HttpSettings, Rooms } from '../env.ts'

const loopback = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

/** For the machines that watch us; outside /api because they have no session. */
export function healthRoutes(app: App, rooms: Pick<Rooms, 'findUnready' | 'metrics'>, settings: Pick<HttpSettings, 'metricsToken'>): void {
  app.get('/healthz', (c) => c.json({ ok: true }))

  app.get('/readyz', async (c) => {
    const unready = await rooms.findUnready()
    return c.json({ ready: unready.length === 0, unready }, unready.length === 0 ? 200 : 503)
  })

  app.get('/metrics', async (c) => {
    const token = c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
    const allowed = settings.metricsToken === null ? loopback.includes(c.get('clientAddress')) : isSame(token, settings.metricsToken)
    if (!allowed) return c.json({ code: 'forbidden' }, 403)
    return c.text(await rooms.metrics.registry.metrics(), 200, { 'content-type': rooms.metrics.registry.contentType })
  })
}

function isSame(given: string, wanted: string): boolean {
  const [one, two] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === two.length && timingSafeEqual(one, two)
}
