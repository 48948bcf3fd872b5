import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { enforceAccess, refuseUndeclaredRoutes } from './access.ts'
import type { App, AppEnv, HttpSettings, Rooms } from './env.ts'
import { answerBadInput, answerError, answerNotFound, answerProblem } from './errors.ts'
import { observeRequests } from './observe.ts'
import { servePages } from './pages.ts'
import { adoptRoutes } from './routes/adopt/routes.ts'
import { authRoutes } from './routes/auth/routes.ts'
import { brakeRoutes } from './routes/brake/routes.ts'
import { callbackRoutes } from './routes/callbacks/routes.ts'
import { chatRoutes } from './routes/chats/routes.ts'
import { driftRoutes } from './routes/drift/routes.ts'
import { healthRoutes } from './routes/health.ts'
import { houseRoutes } from './routes/house/read.ts'
import { journalRoutes } from './routes/journal/routes.ts'
import { linkRoutes } from './routes/links/routes.ts'
import { meRoutes } from './routes/me/read.ts'
import { messengerRoutes } from './routes/messenger/routes.ts'
import { planRoutes } from './routes/plans/routes.ts'
import { runRoutes } from './routes/runs/routes.ts'
import { settingsRoutes } from './routes/settings/routes.ts'
import { oneSpellingOfLoopback, refuseCrossSite, securityHeaders } from './security.ts'

const bodyMost = 1024 * 1024

/** Every room's routes, each `(app, rooms) => void`; who may call them is in contract/endpoints.ts. */
const routes: ((app: App, rooms: Rooms) => void)[] = [
  houseRoutes,
  authRoutes,
  meRoutes,
  linkRoutes,
  chatRoutes,
  planRoutes,
  runRoutes,
  journalRoutes,
  brakeRoutes,
  driftRoutes,
  settingsRoutes,
  adoptRoutes,
  messengerRoutes,
  callbackRoutes,
]

export function createApp(rooms: Rooms, settings: HttpSettings): App {
  const app: App = new OpenAPIHono<AppEnv>({ defaultHook: answerBadInput })
  app.onError(answerError(rooms.log))
  app.notFound(answerNotFound)
  app.use(observeRequests(rooms, settings))
  app.use(securityHeaders(settings))
  healthRoutes(app, rooms, settings)
  if (!settings.pages) return app
  if (rooms.house.sandbox) app.use(oneSpellingOfLoopback(settings))
  app.use('/api/*', refuseCrossSite(settings))
  app.use('/api/*', bodyLimit({ maxSize: bodyMost, onError: (c) => answerProblem(c, 'too-large', { bytes: bodyMost }) }))
  enforceAccess(app, rooms)
  for (const register of routes) register(app, rooms)
  refuseUndeclaredRoutes(app)
  servePages(app, settings)
  return app
}
