import { chance } from './chance.ts'

/** What goes wrong. The work is done first for `delay` and `lose-reply`, because a client that gave up must expect exactly that. */
export type FaultEffect =
  | { kind: 'error'; code: number | string; message?: string }
  | { kind: 'delay'; ms: number }
  | { kind: 'lose-reply' }
  | { kind: 'http'; status: number }
  | { kind: 'offline' }
  /** The lists of chats and of members answer as the world was `ms` earlier; every other method knows the present. */
  | { kind: 'stale-lists'; ms: number }

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
  /** Strikes this share of the matching calls (0 to 1), the same ones every time with the same `seed` setting. */
  share?: number
  effect: FaultEffect
}

export type Fault = FaultRule & { id: number; struck: number; passed: number; drawn: number }

export type FaultList = {
  add: (rule: FaultRule) => Fault
  list: () => Fault[]
  clear: () => void
  /** The effect that strikes this call, if any; counts it. */
  strike: (call: { method: string; packed: boolean; token?: string | undefined; userIds?: () => number[] }) => FaultEffect | undefined
}

/** The only methods that can be stale; a rule without a method means all of them, also inside `execute`. */
export const listMethods = ['messages.getConversationMembers', 'messages.getConversationsById', 'messages.getConversations']

export function openFaults(seed: () => number = () => 1): FaultList {
  let faults: Fault[] = []
  let lastId = 0
  return {
    add: (rule) => {
      const fault = { ...rule, id: ++lastId, struck: 0, passed: 0, drawn: 0 }
      faults.push(fault)
      return fault
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear: () => {
      faults = []
      lastId = 0 // the number is part of the draw, so the same rules after a clearing strike the same calls
    },
    strike: (call) => {
      for (const fault of faults) {
        if (fault.struck >= fault.times) continue
        const everything = fault.method === undefined || fault.method === '*'
        const stale = fault.effect.kind === 'stale-lists'
        if (everything ? call.packed && !stale : fault.method !== call.method) continue
        if (stale && !listMethods.includes(call.method)) continue
        if (fault.token !== undefined && fault.token !== call.token) continue
        if (fault.userId !== undefined && !call.userIds?.().includes(fault.userId)) continue
        if (fault.passed < (fault.after ?? 0)) {
          fault.passed++
          continue
        }
        if (fault.share !== undefined && chance(seed(), fault.id, fault.drawn++) >= fault.share) continue
        fault.struck++
        return fault.effect
      }
      return undefined
    },
  }
}

const effectKinds = ['error', 'delay', 'lose-reply', 'http', 'offline', 'stale-lists']

/** A rule that would never strike is a test that proves nothing: it is refused with a sentence instead. */
export function readFaultRule(input: unknown): FaultRule | string {
  if (typeof input !== 'object' || input === null) return 'send a JSON object'
  const { method, token, userId, times, after, share, effect } = input as Record<string, unknown>
  if (method !== undefined && typeof method !== 'string') return 'method must be a string'
  if (token !== undefined && typeof token !== 'string') return 'token must be a string'
  if (userId !== undefined && typeof userId !== 'number') return 'userId must be a number'
  if (times !== undefined && (typeof times !== 'number' || times < 1)) return 'times must be a number of 1 or more'
  if (after !== undefined && (typeof after !== 'number' || after < 0)) return 'after must be a number of 0 or more'
  if (share !== undefined && !(typeof share === 'number' && share > 0 && share <= 1)) return 'share must be a number above 0, up to 1'
  if (typeof effect !== 'object' || effect === null) return 'effect is missing'
  const kind = (effect as { kind?: unknown }).kind
  if (typeof kind !== 'string' || !effectKinds.includes(kind)) return `effect.kind must be one of ${effectKinds.join(', ')}`
  const { code, ms, status } = effect as Record<string, unknown>
  if (kind === 'error' && typeof code !== 'number' && typeof code !== 'string') return 'effect.code is missing'
  if ((kind === 'delay' || kind === 'stale-lists') && typeof ms !== 'number') return 'effect.ms is missing'
  if (kind === 'stale-lists' && typeof method === 'string' && method !== '*' && !listMethods.includes(method))
    return `stale-lists is for ${listMethods.join(', ')}`
  if (kind === 'http' && typeof status !== 'number') return 'effect.status is missing'
  return {
    ...(method === undefined ? {} : { method }),
    ...(token === undefined ? {} : { token }),
    ...(userId === undefined ? {} : { userId }),
    ...(after === undefined ? {} : { after }),
    ...(share === undefined ? {} : { share }),
    times: times ?? (share === undefined ? 1 : 1e9),
    effect: effect as FaultEffect,
  }
}
