import type { Clock } from '#lib/clock.ts'
import { type Lane, lanes, MessengerError } from './messenger.ts'

/**
 * The rate of one vendor credential, shared by every process that uses it. Implemented over the database
 * (db/rate-budget.ts) and, for tests, in memory.
 */
export type RateBudget = {
  /** Takes the next place if it is due and answers 0, else answers how many milliseconds to wait before asking again. */
  claim: (credential: string, intervalMs: number, toleranceMs: number) => Promise<number>
  /** Nobody starts a request of this credential for so long. */
  block: (credential: string, ms: number) => Promise<void>
}

// A vendor counts requests as they arrive, we space them as they leave: the guard covers the jitter between.
const guardMs = 20
const toleranceMs = 10
const mostRateRetries = 6

export type Governor = {
  /**
   * Runs `request` when the rate allows, waiting persons first. A rate-limited answer makes everybody wait as long as
   * the vendor said (twice as long each time in a row) and is tried again.
   */
  run: <T>(lane: Lane, request: () => Promise<T>, signal?: AbortSignal) => Promise<T>
}

type Waiting = { start: () => void }

export function createGovernor(options: { credential: string; requestsPerSecond: number; budget: RateBudget; clock: Clock }): Governor {
  const { credential, requestsPerSecond, budget, clock } = options
  const intervalMs = (1000 + guardMs) / requestsPerSecond
  const queues: Record<Lane, Waiting[]> = { person: [], run: [], background: [] }
  let pumping = false

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    try {
      while (lanes.some((lane) => queues[lane].length > 0)) {
        const wait = await budget.claim(credential, intervalMs, toleranceMs)
        if (wait > 0) await clock.sleep(wait)
        // Whoever is most urgent now goes: a person may have come while the run's request waited for this place.
        else mostUrgent(queues)?.start()
      }
    } finally {
      pumping = false
    }
  }

  function place(lane: Lane, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      const leave = () => {
        queues[lane] = queues[lane].filter((other) => other !== waiting)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      queues[lane].push(waiting)
      // A budget that cannot be read (database away) is told to everybody who waits on it.
      pump().catch((error: unknown) => reject(error))
    })
  }

  return {
    run: async (lane, request, signal) => {
      for (let attempt = 1; ; attempt++) {
        await place(lane, signal)
        try {
          return await request()
        } catch (error) {
          if (!(error instanceof MessengerError && error.kind === 'rate-limited') || attempt >= mostRateRetries) throw error
          await budget.block(credential, error.retryAfterMs * 2 ** (attempt - 1))
        }
      }
    },
  }
}

function mostUrgent(queues: Record<Lane, Waiting[]>): Waiting | undefined {
  for (const lane of lanes) {
    const first = queues[lane].shift()
    if (first) return first
  }
  return undefined
}

/** A budget for one process: tests, benches and tools. */
export function memoryBudget(clock: Clock): RateBudget {
  const next = new Map<string, { at: number; blockedUntil: number }>()
  const read = (credential: string) => next.get(credential) ?? { at: 0, blockedUntil: 0 }
  return {
    claim: async (credential, intervalMs, tolerance) => {
      const { at, blockedUntil } = read(credential)
      const now = clock.now()
      const due = Math.max(at, blockedUntil)
      if (due > now) return due - now
      next.set(credential, { at: Math.max(at, now - tolerance) + intervalMs, blockedUntil })
      return 0
    },
    block: async (credential, ms) => {
      next.set(credential, { ...read(credential), blockedUntil: clock.now() + ms })
    },
  }
}
