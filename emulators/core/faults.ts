/** What goes wrong. The work is done first for `delay` and `lose-reply`, because a client that gave up must expect exactly that. */
export type FaultEffect =
  | { kind: 'error'; code: number | string; message?: string }
  | { kind: 'delay'; ms: number }
  | { kind: 'lose-reply' }
  | { kind: 'http'; status: number }
  | { kind: 'offline' }

export type FaultRule = {
  /** `messages.addChatUser`, `execute`, `oauth2/auth`, `authorize`…; `*` or nothing: every request (but not the calls packed inside). */
  method?: string
  /** Only calls with this access token. */
  token?: string
  /** Only calls about this person (`user_id`, `member_id`, `user_ids`). */
  userId?: number
  /** How many times it strikes. */
  times: number
  /** How many matching calls it lets pass first. */
  after?: number
  effect: FaultEffect
}

export type Fault = FaultRule & { id: number; struck: number; passed: number }

export type FaultList = {
  add: (rule: FaultRule) => Fault
  list: () => Fault[]
  clear: () => void
  /** The effect that strikes this call, if any; counts it. */
  strike: (call: { method: string; packed: boolean; token?: string | undefined; userIds?: () => number[] }) => FaultEffect | undefined
}

export function openFaults(): FaultList {
  let faults: Fault[] = []
  let lastId = 0
  return {
    add: (rule) => {
      const fault = { ...rule, id: ++lastId, struck: 0, passed: 0 }
      faults.push(fault)
      return fault
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear: () => {
      faults = []
    },
    strike: (call) => {
      for (const fault of faults) {
        if (fault.struck >= fault.times) continue
        const everything = fault.method === undefined || fault.method === '*'
        if (everything ? call.packed : fault.method !== call.method) continue
        if (fault.token !== undefined && fault.token !== call.token) continue
        if (fault.userId !== undefined && !call.userIds?.().includes(fault.userId)) continue
        if (fault.passed < (fault.after ?? 0)) {
          fault.passed++
          continue
        }
        fault.struck++
        return fault.effect
      }
      return undefined
    },
  }
}

const effectKinds = ['error', 'delay', 'lose-reply', 'http', 'offline']

/** A rule that would never strike is a test that proves nothing: it is refused with a sentence instead. */
export function readFaultRule(input: unknown): FaultRule | string {
  if (typeof input !== 'object' || input === null) return 'send a JSON object'
  const { method, token, userId, times, after, effect } = input as Record<string, unknown>
  if (method !== undefined && typeof method !== 'string') return 'method must be a string'
  if (token !== undefined && typeof token !== 'string') return 'token must be a string'
  if (userId !== undefined && typeof userId !== 'number') return 'userId must be a number'
  if (times !== undefined && (typeof times !== 'number' || times < 1)) return 'times must be a number of 1 or more'
  if (after !== undefined && (typeof after !== 'number' || after < 0)) return 'after must be a number of 0 or more'
  if (typeof effect !== 'object' || effect === null) return 'effect is missing'
  const kind = (effect as { kind?: unknown }).kind
  if (typeof kind !== 'string' || !effectKinds.includes(kind)) return `effect.kind must be one of ${effectKinds.join(', ')}`
  const { code, ms, status } = effect as Record<string, unknown>
  if (kind === 'error' && typeof code !== 'number' && typeof code !== 'string') return 'effect.code is missing'
  if (kind === 'delay' && typeof ms !== 'number') return 'effect.ms is missing'
  if (kind === 'http' && typeof status !== 'number') return 'effect.status is missing'
  return {
    ...(method === undefined ? {} : { method }),
    ...(token === undefined ? {} : { token }),
    ...(userId === undefined ? {} : { userId }),
    ...(after === undefined ? {} : { after }),
    times: times ?? 1,
    effect: effect as FaultEffect,
  }
}
