import { randomUUID } from 'node:crypto'
import type { Clock } from '#lib/clock.ts'
import { type Health, lanes, MessengerError, type MessengerErrorKind, type Place } from './messenger.ts'

/**
 * The rate of one vendor credential, shared by every process that uses it. Implemented over the database
 * (db/rate-budget.ts) and, for tests and benches, in memory.
 */
export type RateBudget = {
  /**
   * Asks for the next place on behalf of everybody who waits in this process. `granted` is the index of the demand that
   * goes now; null: ask again after `waitMs`. `away`: the breaker is open, nobody goes for so long. `troubled`: something
   * failed lately, so a success is worth telling.
   */
  claim: (
    credential: string,
    process: string,
    demands: readonly Demand[],
    intervalMs: number,
    toleranceMs: number,
  ) => Promise<{ granted: number | null; waitMs: number; away: boolean; troubled: boolean }>
  /** The vendor complained: nobody starts for `ms`, and then everybody `slower` times slower, fading within minutes. */
  flooded: (credential: string, ms: number, slower: number) => Promise<void>
  /** A request failed as a whole; `counts` towards opening the breaker. */
  failed: (credential: string, failure: { kind: MessengerErrorKind; vendorCode: string | null; counts: boolean }) => Promise<void>
  recovered: (credential: string) => Promise<void>
  read: (credential: string) => Promise<BudgetState | null>
}

export type BudgetState = { pace: number; blockedMs: number; awayMs: number; errorKind: string | null; vendorCode: string | null }
/** lane: index into `lanes`, the most urgent is 0. */
export type Demand = { lane: number; school: string }

// A vendor counts requests as they arrive, we space them as they leave: the guard covers the jitter between.
const guardMs = 35
const toleranceMs = 3
// The first request of a process after a pause opens its connection and arrives late; those behind must not catch up with it.
const cold = { afterMs: 2000, requests: 1, guardMs: 120 }
const mostRateRetries = 6
/** «Wait a second» is a matter of milliseconds, a long wait one of habits: how much slower we ask afterwards. */
const slowerAfter = (retryAfterMs: number): number => (retryAfterMs > 2000 ? 1.5 : 1.15)

export type Governor = {
  /**
   * Runs `request` when the rate allows: waiting persons first, then runs, each school in its turn. A rate-limited answer
   * makes everybody wait as long as the vendor said (twice as long each time in a row) and is tried again.
   * @param signal gives the place up while waiting; a request that has left is let to end
   * @throws MessengerError `unavailable` at once while the breaker is open; else what `request` throws
   */
  run: <T>(place: Place, request: () => Promise<T>, signal?: AbortSignal) => Promise<T>
  /** One call inside a request was refused for its rate: everybody waits as long as the vendor said. */
  slowDown: (ms: number) => Promise<void>
  health: () => Promise<Health>
}

type Waiting = Demand & { start: () => void; refuse: (error: unknown) => void }

export function createGovernor(options: { credential: string; requestsPerSecond: number; budget: RateBudget; clock: Clock }): Governor {
  const { credential, requestsPerSecond, budget, clock } = options
  const process = randomUUID()
  const intervalMs = (1000 + guardMs) / requestsPerSecond
  let waiting: Waiting[] = []
  let pumping = false
  let troubled = false
  let lastStart = Number.NEGATIVE_INFINITY
  let coldLeft = 0

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    try {
      while (waiting.length > 0) {
        const demands = distinct(waiting)
        if (clock.now() - lastStart > cold.afterMs) coldLeft = cold.requests
        const turn = await budget.claim(credential, process, demands, intervalMs + (coldLeft > 0 ? cold.guardMs : 0), toleranceMs)
        troubled = turn.troubled
        if (turn.away) refuseAll(turn.waitMs)
        else if (turn.granted === null) await clock.sleep(turn.waitMs)
        else startOne(demands[turn.granted])
      }
    } catch (error) {
      // A budget that cannot be read (database away) is told to everybody who waits on it.
      for (const one of waiting.splice(0)) one.refuse(error)
    } finally {
      pumping = false
    }
  }

  // Whoever was meant may have left meanwhile, or somebody more urgent may have come: the place is used in any case.
  function startOne(demand: Demand | undefined): void {
    lastStart = clock.now()
    coldLeft = Math.max(0, coldLeft - 1)
    const lane = Math.min(...waiting.map((one) => one.lane))
    const meant = waiting.findIndex((one) => one.lane === lane && one.school === demand?.school)
    const [next] = waiting.splice(meant >= 0 ? meant : waiting.findIndex((one) => one.lane === lane), 1)
    next?.start()
  }

  function refuseAll(waitMs: number): void {
    for (const one of waiting.splice(0)) {
      one.refuse(new MessengerError('unavailable', 'The messenger has been away; it is asked again later', { retryAfterMs: waitMs }))
    }
  }

  function placeFor({ lane, school }: Place, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const settle = (end: () => void) => () => {
        signal?.removeEventListener('abort', leave)
        end()
      }
      const one: Waiting = {
        lane: lanes.indexOf(lane),
        school,
        start: settle(resolve),
        refuse: (error) => settle(() => reject(error))(),
      }
      const leave = () => {
        waiting = waiting.filter((other) => other !== one)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      waiting.push(one)
      void pump()
    })
  }

  async function note(error: unknown): Promise<void> {
    if (!(error instanceof MessengerError)) return
    const { kind, vendorCode } = error
    if (kind === 'unavailable' || kind === 'auth-expired') {
      troubled = true
      await budget.failed(credential, { kind, vendorCode, counts: kind === 'unavailable' })
    }
  }

  return {
    run: async (place, request, signal) => {
      for (let attempt = 1; ; attempt++) {
        await placeFor(place, signal)
        try {
          const answer = await request()
          if (troubled) {
            troubled = false
            await budget.recovered(credential)
          }
          return answer
        } catch (error) {
          if (!(error instanceof MessengerError && error.kind === 'rate-limited')) {
            await note(error)
            throw error
          }
          await budget.flooded(credential, error.retryAfterMs * 2 ** (attempt - 1), slowerAfter(error.retryAfterMs))
          if (attempt >= mostRateRetries) throw error
        }
      }
    },
    slowDown: (ms) => budget.flooded(credential, ms, slowerAfter(ms)),
    health: async () => describe(await budget.read(credential), clock.now()),
  }
}

function distinct(waiting: readonly Waiting[]): Demand[] {
  const seen = new Map(waiting.map(({ lane, school }) => [`${lane} ${school}`, { lane, school }]))
  return [...seen.values()]
}

function describe(state: BudgetState | null, now: number): Health {
  const { pace = 1, blockedMs = 0, awayMs = 0, errorKind = null, vendorCode = null } = state ?? {}
  // error_kind is only ever written from a MessengerError.
  const reason = errorKind === null ? null : { kind: errorKind as MessengerErrorKind, vendorCode }
  if (reason?.kind === 'auth-expired') return { state: 'refused', until: null, reason }
  if (awayMs > 0) return { state: 'away', until: now + awayMs, reason }
  if (blockedMs > 0) return { state: 'waiting', until: now + blockedMs, reason: null }
  return pace > 1.05 ? { state: 'slowed', until: null, reason: null } : { state: 'well', until: null, reason: null }
}

/** A budget for one process: tests, benches and tools. The same laws, without the breaker. */
export function memoryBudget(clock: Clock): RateBudget {
  const states = new Map<string, { at: number; blockedUntil: number; served: Map<string, number> }>()
  let turns = 0
  const read = (credential: string) => {
    const state = states.get(credential) ?? { at: 0, blockedUntil: 0, served: new Map() }
    states.set(credential, state)
    return state
  }
  return {
    claim: async (credential, _process, demands, intervalMs, tolerance) => {
      const state = read(credential)
      const now = clock.now()
      const due = Math.max(state.at, state.blockedUntil)
      if (due > now) return { granted: null, waitMs: due - now, away: false, troubled: false }
      state.at = Math.max(state.at, now - tolerance) + intervalMs
      const order = demands.map((demand, index) => ({ ...demand, index, served: state.served.get(demand.school) ?? 0 }))
      const [best] = order.sort((one, other) => one.lane - other.lane || one.served - other.served)
      if (best) state.served.set(best.school, ++turns)
      return { granted: best?.index ?? null, waitMs: 0, away: false, troubled: false }
    },
    flooded: async (credential, ms) => {
      read(credential).blockedUntil = clock.now() + ms
    },
    failed: async () => {},
    recovered: async () => {},
    read: async () => null,
  }
}
