import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '#db/database.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import { databaseRateBudget } from '#db/rate-budget.ts'
import { migrateJobs } from '#jobs/runner.ts'
import { systemClock } from '#lib/clock.ts'
import { createSferum } from '#messengers/sferum/adapter.ts'
import type { Engine } from '#sync/engine.ts'
import type { RecordedCall, VkSeed } from '../emulators/start.ts'
import { sandboxSeed, sandboxVk } from '../tools/sandbox.ts'

const stacks = new Set<AsyncDisposableStack>()
const folders = new Set<string>()

/** What a bench opens, closed at its end; or by closeEverything, when somebody loses patience before. */
export function openStack(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack()
  stacks.add(stack)
  stack.defer(() => void stacks.delete(stack))
  return stack
}

export async function closeEverything(): Promise<void> {
  await Promise.allSettled([...stacks].map((stack) => stack.disposeAsync()))
}

/** Closes at once what came too late: it was being opened while the stack was closed. */
async function keep(stack: AsyncDisposableStack, close: () => Promise<void>): Promise<void> {
  if (!stack.disposed) return stack.defer(close)
  await close()
  throw new Error('It was opened too late.')
}

/** The last word at Ctrl-C: whatever was still being opened while everything else was closed. */
export function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** A folder that goes away with the stack. */
export function openFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'aiti-bench-'))
  folders.add(folder)
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A real PostgreSQL with our schema, in a folder of its own. */
export async function openDatabaseFor(stack: AsyncDisposableStack) {
  const server = await startEmbedded({ folder: join(openFolder(stack), 'pg'), throwaway: true })
  await keep(stack, server.stop)
  const { url } = server
  await migrate(url, migrateJobs)
  const open = openDatabase(url, () => {})
  // A pool waits for its queries; the server, which is stopped next, does not.
  await keep(stack, () => Promise.race([open.close(), systemClock.sleep(1000)]))
  return { ...open, url }
}

/** A free port whose neighbour is free too: the sandbox's messenger listens there. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const port = await listenOnce(0)
    if (port !== null && (await listenOnce(port + 1)) !== null) return port
  }
  throw new Error('No two free ports beside each other.')
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address && typeof address === 'object' ? address.port : null))
    })
  })
}

export type Emulator = {
  url: string
  /** What it was asked after call number `since`; offences are counted from the beginning. */
  calls: (since?: number) => Promise<{ calls: RecordedCall[]; offences: number }>
}

/** A Node program as a process of its own, told to close with the stack. `stop` answers with its exit code. */
export async function startProgram(stack: AsyncDisposableStack, args: string[], env = process.env) {
  if (stack.disposed) throw new Error('It was opened too late.')
  const child = spawn(process.execPath, args, { stdio: 'ignore', env })
  const gone = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
    return child.exitCode
  }
  stack.defer(async () => void (await stop()))
  return { gone, stop }
}

/** The emulator with the vendor's own limits, as a process of its own: its work must not slow ours down. */
export async function openEmulator(stack: AsyncDisposableStack, seed?: VkSeed): Promise<Emulator> {
  const folder = openFolder(stack)
  const port = await freePort()
  writeFileSync(join(folder, 'seed.json'), JSON.stringify(seed ?? sandboxSeed('http://localhost/links/sferum/callback')))
  const program = fileURLToPath(new URL('../emulators/start.ts', import.meta.url))
  const { gone } = await startProgram(stack, [program, '--port', String(port), '--data', folder, '--seed', join(folder, 'seed.json')])
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/_emulator/calls`)).ok, gone)
  return {
    url,
    calls: async (since = 0) =>
      (await (await fetch(`${url}/_emulator/calls?since=${since}`)).json()) as { calls: RecordedCall[]; offences: number },
  }
}

export function openEngine(db: Engine['db'], url: string): Engine {
  const actor = { mode: 'direct', token: sandboxVk('direct').sferumToken } as const
  const log = { info: () => {}, warn: () => {} }
  return { db, clock: systemClock, log, messenger: createSferum({ url, actor, budget: databaseRateBudget(db) }) }
}

/** Asks again every few milliseconds, for at most half a minute and not after the process that is asked is `gone`. */
export async function until(isSo: () => Promise<boolean>, gone: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 30_000
  let lives = true
  const end = () => {
    lives = false
  }
  gone.then(end, end)
  while (!(await isSo().catch(() => false))) {
    if (!lives) throw new Error('The process ended before it answered.')
    if (performance.now() > deadline) throw new Error('It did not happen within 30 s.')
    await systemClock.sleep(5)
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))
