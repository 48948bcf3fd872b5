export type TokenKind = 'user' | 'community' | 'person' | 'service' | 'none'

export type RecordedCall = {
  /** Grows by one; `GET /_emulator/calls?since=n` gives the calls after number n. */
  n: number
  /** Milliseconds of the emulator's clock at arrival. */
  at: number
  door: 'vk' | 'vkid'
  tokenKind: TokenKind
  /** Whose token: a user id, or the negative id of a community. Tokens themselves are never recorded. */
  actorId: number | null
  method: string
  /** The methods that ran inside `execute`, in call order. */
  packed: string[]
  /** Sent above the token's rate: bad manners. */
  offence: boolean
  /** `ok`, `error:6`, `error:invalid_grant`, `http:500`, `lost` (done, but the reply never left), `offline` (nothing done). */
  outcome: string
  /** Errors of packed calls, e.g. `messages.addChatUser:981`. */
  packedErrors: string[]
  /** Only with `recordParams`: what was sent, without tokens. */
  params?: Record<string, string> | undefined
  packedParams?: Record<string, unknown>[] | undefined
}

export type CallLog = {
  add: (call: Omit<RecordedCall, 'n'>) => void
  since: (n: number) => RecordedCall[]
  clear: () => void
  readonly offences: number
  readonly last: number
}

/** A ring: recording costs nothing worth measuring, and a long-lived sandbox does not grow without end. */
export function openCallLog(size = 200_000): CallLog {
  let ring: RecordedCall[] = []
  let n = 0
  let offences = 0
  return {
    add: (call) => {
      const recorded = { n: n + 1, ...call }
      ring[n % size] = recorded
      n++
      if (call.offence) offences++
    },
    since: (after) => {
      const first = Math.max(after, n - size, 0)
      const found: RecordedCall[] = []
      for (let i = first; i < n; i++) {
        const call = ring[i % size]
        if (call) found.push(call)
      }
      return found
    },
    clear: () => {
      ring = []
      n = 0
      offences = 0
    },
    get offences() {
      return offences
    },
    get last() {
      return n
    },
  }
}
