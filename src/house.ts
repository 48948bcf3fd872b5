import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import pkg from '../package.json' with { type: 'json' }
import type { SandboxSignIn } from '../tools/sandbox.ts'
import { type Config, type Secrets, trustExtraCa, type VkConfig } from './config.ts'
import { type Database, openDatabase } from './db/database.ts'
import { startEmbedded } from './db/embedded.ts'
import { openListener } from './db/listen.ts'
import { migrate } from './db/migrate.ts'
import { databaseRateBudget } from './db/rate-budget.ts'
import { createApp } from './http/app.ts'
import type { Rooms } from './http/env.ts'
import { createMetrics } from './http/metrics.ts'
import { callbackPath } from './http/routes/links/routes.ts'
import { createAuth } from './identity/auth.ts'
import { enqueuePersonSync, enqueueResume } from './jobs/enqueue.ts'
import { migrateJobs, startRunner } from './jobs/runner.ts'
import { syncTasks } from './jobs/sync-tasks.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { createLog, type Log } from './lib/log.ts'
import type { LinkSettings } from './links/links.ts'
import { createSferum } from './messengers/sferum/adapter.ts'
import type { Engine } from './sync/engine.ts'
import { runChannel } from './sync/journal.ts'

/** What tests and benches may replace. */
export type Overrides = {
  clock?: Clock
  fetch?: typeof fetch
  log?: Log
  signInsPerMinute?: number
  webFolder?: string
  /** false: no emulator and no demo school although no keys are given (tests bring their own). */
  sandbox?: boolean
}

export type House = {
  url: string
  /** Where the process listens; behind a proxy the url says nothing of it. */
  port: number
  db: Database
  databaseUrl: string
  /** Present in the sandbox. */
  sandbox: { messengerUrl: string; signIns: SandboxSignIn[] } | null
  stop: () => Promise<void>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** What the messenger's adapter needs to act, and the linking to link; from the keys or from the sandbox. */
type Vk = VkConfig & { sferumToken: string; serviceToken: string | null; callback: { secret: string; confirmation: string } | null }

/** Opens every room once, in order; what was opened is closed in reverse, also when a later step fails. */
export async function startHouse(config: Config, secrets: Secrets, overrides: Overrides = {}): Promise<House> {
  const log = overrides.log ?? createLog(config.logLevel)
  const clock = overrides.clock ?? systemClock
  const http = overrides.fetch ?? fetch
  const opened = new AsyncDisposableStack()
  try {
    if (config.extraCaFile) trustExtraCa(config.extraCaFile)

    // The port first: taken is a sentence at once, and whoever asks early waits for an answer.
    const door = await openDoor(config)
    opened.defer(door.close)
    const publicUrl = config.publicUrl ?? `http://localhost:${door.port}`

    const databaseUrl = secrets.databaseUrl ?? (await openEmbedded(config, opened))
    await migrate(databaseUrl, migrateJobs)
    const { db, close } = openDatabase(databaseUrl, (error) => log.warn({ err: error }, 'idle database connection lost'))
    opened.defer(close)

    const sandboxed = config.vk === null && overrides.sandbox !== false
    const sandbox = sandboxed ? await openSandbox(config, publicUrl, door.port, db, opened) : null
    const vk: Vk | null =
      sandbox?.vk ??
      (config.vk && {
        ...config.vk,
        sferumToken: secrets.sferumToken ?? '',
        serviceToken: secrets.vkidServiceToken,
        callback: secrets.sferumCallback,
      })

    const metrics = createMetrics()
    const listener = await openListener(databaseUrl, [runChannel], (error) => log.warn({ err: error }, 'listening connection lost'))
    opened.defer(listener.close)
    const engine = vk && openEngine(vk, config, { db, clock, fetch: http, log })
    const sync = engine ? syncTasks(engine) : { tasks: {}, cron: [], urgent: [] }
    const links: LinkSettings | null = vk && {
      clock,
      // Level, not edge: the job looks at the person, whatever happened to the link.
      onLinkChanged: (tx, { organisationId, personId }) => enqueuePersonSync(tx, { organisationId, personId }),
      vkid: {
        url: vk.vkidUrl,
        clientId: vk.clientId,
        serviceToken: vk.serviceToken,
        redirectUri: `${publicUrl}${callbackPath}`,
        fetch: http,
      },
    }

    const works = config.role !== 'web'
    const runner = works ? await startRunner({ connectionString: databaseUrl, ...sync, log, onJob: metrics.onJob }) : null
    if (runner) opened.defer(runner.stop)
    if (runner && engine) await enqueueResume(db)

    const rooms: Rooms = {
      db,
      log,
      clock,
      metrics,
      links,
      engine,
      listener,
      auth: createAuth({ db, publicUrl, secretKey: secrets.secretKey, signInsPerMinute: overrides.signInsPerMinute ?? 30, log }),
      house: {
        version: pkg.version,
        sandbox: sandbox !== null,
        ...(sandbox && { signIns: sandbox.signIns, messengerUrl: sandbox.messengerUrl }),
      },
      findUnready: async () => {
        const database = await db
          .selectNoFrom((eb) => eb.lit(1).as('one'))
          .execute()
          .then(
            () => true,
            () => false,
          )
        return [...(database ? [] : ['database']), ...(runner?.running() === false ? ['worker'] : [])]
      },
    }
    const app = createApp(rooms, {
      publicUrl,
      webFolder: overrides.webFolder ?? fileURLToPath(new URL('../dist/web', import.meta.url)),
      trustProxy: config.trustProxy,
      metricsToken: secrets.metricsToken,
      pages: config.role !== 'worker',
    })
    door.answerWith(app.fetch)
    log.info({ url: publicUrl, role: config.role, sandbox: sandbox !== null }, 'the house is open')

    // Last opened, first closed: nobody knocks any more while the rooms behind the door are closing.
    opened.defer(door.close)
    const rest = opened.move()
    let stopping: Promise<void> | undefined
    const stop = () => {
      stopping ??= rest.disposeAsync()
      return stopping
    }
    return { url: publicUrl, port: door.port, db, databaseUrl, sandbox, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** The engine room with its messenger. The rate is counted in the database: every process of ours shares it. */
function openEngine(
  vk: Vk,
  { sferumMode }: Config,
  { db, clock, fetch, log }: { db: Database; clock: Clock; fetch: typeof globalThis.fetch; log: Log },
): Engine {
  const token = vk.sferumToken
  const actor = sferumMode === 'invite' ? { mode: sferumMode, token, groupId: String(vk.groupId) } : { mode: sferumMode, token }
  const callback = sferumMode === 'invite' && vk.callback ? { ...vk.callback, groupId: String(vk.groupId) } : null
  return { db, clock, log, messenger: createSferum({ url: vk.apiUrl, actor, callback, budget: databaseRateBudget(db), clock, fetch }) }
}

export class PortRefusal extends Error {
  override name = 'PortRefusal'
}

type Fetch = Parameters<typeof getRequestListener>[0]

async function openDoor(config: Config): Promise<{ port: number; answerWith: (fetch: Fetch) => void; close: () => Promise<void> }> {
  let openFor: (fetch: Fetch) => void = () => {}
  let answer: Fetch = async (request, env) => {
    const fetch = await whenOpen
    return fetch(request, env)
  }
  const whenOpen = new Promise<Fetch>((resolve) => {
    openFor = resolve
  })
  const server = createServer(getRequestListener((request, env) => answer(request, env)))
  const port = await listen(server, config)
  return {
    port,
    answerWith: (fetch) => {
      answer = fetch
      openFor(fetch)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        // Streams of progress never end by themselves.
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

function listen(server: Server, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenRefusal(error, host, port)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(address && typeof address === 'object' ? address.port : port)
    })
  })
}

function listenRefusal(cause: unknown, host: string, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'EADDRINUSE')
    return new PortRefusal(`Port ${port} is taken by another program: stop it, or set PORT to another number.`, { cause })
  if (!code.startsWith('EA')) return cause
  return new PortRefusal(`The program cannot listen on ${host}:${port} (${code}): look at HOST and PORT.`, { cause })
}

async function openEmbedded(config: Config, opened: AsyncDisposableStack): Promise<string> {
  const server = await startEmbedded({ folder: join(config.dataFolder, 'pg') })
  opened.defer(server.stop)
  return server.url
}

// The sandbox is outside the rooms: these two imports happen only where no keys are given.
async function openSandbox(config: Config, publicUrl: string, port: number, db: Database, opened: AsyncDisposableStack) {
  const [{ sandboxSeed, sandboxVk, ensureSandboxSchool }, { startVkEmulator }] = await Promise.all([
    import('../tools/sandbox.ts'),
    import('../emulators/start.ts'),
  ])
  const signIns = await ensureSandboxSchool(db)
  const emulatorPort = config.port === 0 ? 0 : port + 1
  const publicAddress = `http://${new URL(publicUrl).hostname}:${emulatorPort}`
  const emulator = await startVkEmulator({
    port: emulatorPort,
    host: config.host,
    ...(config.port === 0 ? {} : { publicUrl: publicAddress }),
    dataFile: join(config.dataFolder, 'sandbox', 'vk.sqlite'),
    seed: sandboxSeed(`${publicUrl}${callbackPath}`),
  }).catch((cause: unknown) => {
    throw listenRefusal(cause, config.host, emulatorPort)
  })
  opened.defer(() => emulator[Symbol.asyncDispose]())
  const known = sandboxVk(config.sferumMode)
  if (config.sferumMode === 'invite') {
    emulator.setCallback({ ...known.callback, groupId: known.groupId, url: `http://127.0.0.1:${port}/api/callbacks/sferum` })
  }
  // The browser goes to the same address as our own calls, so that VK ID has one name.
  const messengerUrl = config.port === 0 ? emulator.url : publicAddress
  const vk: Vk = { apiUrl: emulator.url, vkidUrl: messengerUrl, ...known }
  return { vk, signIns, messengerUrl }
}
