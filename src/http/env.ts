import type { OpenAPIHono } from '@hono/zod-openapi'
import type { House } from '#contract/me.ts'
import type { Database } from '#db/database.ts'
import type { Listener } from '#db/listen.ts'
import type { Auth } from '#identity/auth.ts'
import type { Identity } from '#identity/identity.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { LinkSettings } from '#links/links.ts'
import type { Engine } from '#sync/engine.ts'
import type { Metrics } from './metrics.ts'

/** What the routes work with; house.ts fills it in. */
export type Rooms = {
  db: Database
  auth: Auth
  log: Log
  clock: Clock
  metrics: Metrics
  /** null: nobody can link here (yet). */
  links: LinkSettings | null
  /** null: no messenger is connected. */
  engine: Engine | null
  /** Hears what other processes did. */
  listener: Listener
  house: House
  /** What is not ready yet, as names; empty when everything is. */
  findUnready: () => Promise<string[]>
}

export type HttpSettings = {
  publicUrl: string
  /** Where the built web part lies. */
  webFolder: string
  trustProxy: boolean
  metricsToken: string | null
  /** false for worker processes, which answer only for their health. */
  pages: boolean
}

export type AppEnv = {
  Variables: {
    requestId: string
    clientAddress: string
    nonce: string
    /** Set by http/access.ts on every route whose access is not public. */
    identity: Identity
    /** Set on every route whose access is administrator: the organisation in the path, which the person may administer. */
    organisationId: string
  }
}
export type App = OpenAPIHono<AppEnv>
