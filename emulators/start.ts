import { mkdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { type WorldActs, worldActs } from './core/acts.ts'
import { openCallLog, type RecordedCall } from './core/calls.ts'
import { type ChatState, chatStates, control } from './core/control.ts'
import type { Emulator } from './core/emulator.ts'
import { type Fault, type FaultRule, openFaults } from './core/faults.ts'
import { landing } from './core/landing.ts'
import { pageHeaders } from './core/page.ts'
import { applySeed, type VkSeed } from './core/seed.ts'
import { defaultLimits, type Limits } from './core/settings.ts'
import { openStore } from './core/store.ts'
import { vkApi } from './vk/api.ts'
import { type CallbackServer, type CallbackState, openCallbacks } from './vk/callback.ts'
import { messenger } from './vk/messenger.ts'
import { authorizePages } from './vkid/authorize.ts'
import { oauthEndpoints } from './vkid/oauth.ts'

export type { WorldActs } from './core/acts.ts'
export type { RecordedCall } from './core/calls.ts'
export type { ChatState } from './core/control.ts'
export type { Fault, FaultEffect, FaultRule } from './core/faults.ts'
export type { SeedAccount, SeedCommunity, SeedProfile, VkSeed } from './core/seed.ts'
export type { Limits } from './core/settings.ts'
export type { CallbackServer, CallbackState } from './vk/callback.ts'

export type VkEmulatorOptions = {
  /** 0 = any free one. */
  port: number
  host?: string
  /** What links and redirects start with, where it is not `http://host:port`. No slash at the end. */
  publicUrl?: string
  /** SQLite file; absent = in memory. */
  dataFile?: string
  seed: VkSeed
  /** Milliseconds. */
  clock?: () => number
  limits?: Partial<Limits>
  /** Keep the parameters of every recorded call (without tokens). */
  recordParams?: boolean
}

export type VkEmulator = AsyncDisposable & {
  url: string
  port: number
  /** Forgets everything and starts again from the seed. */
  reset: () => void
  limits: Limits
  chats: () => ChatState[]
  calls: (since?: number) => RecordedCall[]
  offences: () => RecordedCall[]
  clearCalls: () => void
  addFault: (rule: FaultRule) => Fault
  clearFaults: () => void
  /** What people do in the messenger by hand. */
  acts: WorldActs
  /** The community's Callback API server; it is asked for the confirmation at once. */
  setCallback: (server: CallbackServer) => void
  callbacks: () => CallbackState[]
  /** Resolves when every event has been delivered or given up. */
  callbacksIdle: () => Promise<void>
  close: () => Promise<void>
}

export async function startVkEmulator(options: VkEmulatorOptions): Promise<VkEmulator> {
  if (options.dataFile !== undefined) mkdirSync(dirname(options.dataFile), { recursive: true })
  const store = openStore(options.dataFile)
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const em: Emulator = {
    store,
    clock: options.clock ?? Date.now,
    limits,
    calls: openCallLog(),
    faults: openFaults(() => limits.seed),
    callbacks: openCallbacks({ store, limits }),
    publicUrl: options.publicUrl ?? '',
    recordParams: options.recordParams ?? false,
  }
  applySeed(em, options.seed)
  const reset = () => {
    em.calls.clear()
    em.faults.clear()
    Object.assign(em.limits, defaultLimits, options.limits)
    store.transaction(() => {
      store.clear()
      applySeed(em, options.seed)
      em.callbacks.restart()
    })
  }

  const acts = worldActs(em)
  const app = new Hono()
  app.use('*', pageHeaders)
  app.route('/', vkApi(em))
  app.route('/', oauthEndpoints(em))
  app.route('/', authorizePages(em))
  app.route('/', messenger(em))
  app.route('/', control(em, acts, reset))
  app.route('/', landing(em))

  const host = options.host ?? '127.0.0.1'
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, host, resolve)
  })
  const { port } = server.address() as AddressInfo // a TCP server has one
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  em.publicUrl = options.publicUrl ?? url

  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= Promise.all([
      em.callbacks.close(),
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
    ]).then(() => store.close())
    return closing
  }
  return {
    url,
    port,
    reset,
    limits: em.limits,
    chats: () => chatStates(em),
    calls: (since = 0) => em.calls.since(since),
    offences: () => em.calls.since(0).filter((call) => call.offence),
    clearCalls: () => em.calls.clear(),
    addFault: (rule) => em.faults.add(rule),
    clearFaults: () => em.faults.clear(),
    acts,
    setCallback: em.callbacks.set,
    callbacks: em.callbacks.states,
    callbacksIdle: em.callbacks.idle,
    close,
    [Symbol.asyncDispose]: close,
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3001' },
      host: { type: 'string', default: '127.0.0.1' },
      data: { type: 'string' },
      seed: { type: 'string' },
      'public-url': { type: 'string' },
    },
  })
  if (values.data) mkdirSync(values.data, { recursive: true })
  const seedFile = values.seed ?? join(import.meta.dirname, 'core', 'sample-seed.json')
  const emulator = await startVkEmulator({
    port: Number(values.port),
    host: values.host,
    seed: JSON.parse(readFileSync(seedFile, 'utf8')) as VkSeed,
    ...(values.data ? { dataFile: join(values.data, 'vk.sqlite') } : {}),
    ...(values['public-url'] ? { publicUrl: values['public-url'] } : {}),
  })
  console.log(`VK emulator: ${emulator.url}`)
  const stop = () => void emulator.close().then(() => process.exit(0))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
