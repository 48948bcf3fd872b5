import { spawn } from 'node:child_process'
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
import type { RecordedCall } from '../emulators/start.ts'
import { sandboxSeed, sandboxVk } from '../tools/sandbox.ts'

/** A folder that goes away with the stack. */
export function openFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'aiti-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A real PostgreSQL with our schema, in a folder of its own. */
export async function openDatabaseFor(stack: AsyncDisposableStack) {
  const server = await startEmbedded({ folder: join(openFolder(stack), 'pg'), throwaway: true })
  stack.defer(server.stop)
  const url = server.url
  await migrate(url, migrateJobs)
  const open = openDatabase(url, () => {})
  stack.defer(open.close)
  return { ...open, url }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

export type Emulator = { url: string; calls: () => Promise<{ calls: RecordedCall[]; offences: number }>; forgetCalls: () => Promise<void> }

/** The emulator with the vendor's own limits, as a process of its own: its work must not slow ours down. */
export async function openEmulator(stack: AsyncDisposableStack): Promise<Emulator> {
  const folder = openFolder(stack)
  const port = await freePort()
  writeFileSync(join(folder, 'seed.json'), JSON.stringify(sandboxSeed('http://localhost/links/sferum/callback')))
  const program = fileURLToPath(new URL('../emulators/start.ts', import.meta.url))
  const child = spawn(process.execPath, [program, '--port', String(port), '--data', folder, '--seed', join(folder, 'seed.json')], {
    stdio: 'ignore',
  })
  stack.defer(() => void child.kill())
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/_emulator/calls`)).ok)
  return {
    url,
    calls: async () => (await (await fetch(`${url}/_emulator/calls`)).json()) as { calls: RecordedCall[]; offences: number },
    forgetCalls: async () => void (await fetch(`${url}/_emulator/calls`, { method: 'DELETE' })),
  }
}

export function openEngine(db: Engine['db'], url: string): Engine {
  const actor = { mode: 'direct', token: sandboxVk('direct').sferumToken } as const
  const log = { info: () => {}, warn: () => {} }
  return { db, clock: systemClock, log, messenger: createSferum({ url, actor, budget: databaseRateBudget(db) }) }
}

/** Asks again every few milliseconds, for at most half a minute. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error('It did not happen within 30 s.')
    await systemClock.sleep(5)
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))
