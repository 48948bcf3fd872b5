/**
 * The door to the outside world. The engine knows only this file: what a messenger can do is data (Capabilities),
 * what it is asked to do is an Operation, and how it says no is one of six kinds.
 */
export type MessengerName = 'sferum' | 'teams'

export type Capabilities = {
  /** direct: the actor puts people in; invite: people come in by the chat's link; none: neither. */
  add: 'direct' | 'invite' | 'none'
  /** How many people may be named when a chat is created; 0: none. */
  membersAtCreation: number
  /** Members of one chat, the actor included. */
  largestChat: number
  title: { longest: number; forbidden: readonly string[] }
  /** Operations that fit into one request. */
  operationsPerRequest: number
  requestsPerSecond: number
  /** Chats that one `read-chats` may name. */
  chatsPerRead: number
  /** Members that one `list-members` returns. */
  membersPerPage: number
}

/** A chat's number in the actor's own numbering; another account of the same vendor numbers the same chat differently. */
export type ChatNumber = string
/** An account's id at the vendor, as it stands in a link. */
export type AccountId = string

export type Operation =
  | { kind: 'create-chat'; title: string; members: readonly AccountId[] }
  | { kind: 'rename-chat'; chat: ChatNumber; title: string }
  | { kind: 'add-member'; chat: ChatNumber; member: AccountId }
  | { kind: 'remove-member'; chat: ChatNumber; member: AccountId }
  /** Sent twice with the same text it appears once, where the vendor allows; else it may appear twice after a lost reply. */
  | { kind: 'send-notice'; chat: ChatNumber; text: string }
  | { kind: 'read-invite-link'; chat: ChatNumber }
  | { kind: 'list-members'; chat: ChatNumber; offset: number }
  | { kind: 'read-chats'; chats: readonly ChatNumber[] }
  | { kind: 'list-chats'; offset: number }

export type Answer =
  /** `members`: those who really got in; null where the vendor does not say. */
  | { kind: 'created'; chat: ChatNumber; members: AccountId[] | null }
  | { kind: 'done' }
  | { kind: 'invite-link'; link: string }
  /** One page without the actor itself; `total` and `read` count the actor too, so that paging can end. */
  | { kind: 'members'; members: AccountId[]; read: number; total: number }
  /** Chats that were asked for and are not here are gone for this actor. */
  | { kind: 'chats'; chats: { chat: ChatNumber; title: string; ours: boolean }[]; read: number; total: number }

export type Outcome = { ok: true; answer: Answer } | { ok: false; error: MessengerError }

/** Which queue a request waits in: a waiting person before a school's run, that before observation. */
export const lanes = ['person', 'run', 'background'] as const
export type Lane = (typeof lanes)[number]
/** Where a request waits: its lane, and whose turn it is among equals (the organisation's id). */
export type Place = { lane: Lane; school: string }

/**
 * How the messenger has been lately, for people: well; slowed: it complained of a flood and we ask less often; waiting:
 * it told us to wait; away: it has not answered several times and is asked again at `until`; refused: our credential.
 */
export type Health = {
  state: 'well' | 'slowed' | 'waiting' | 'away' | 'refused'
  /** Milliseconds since 1970. */
  until: number | null
  reason: { kind: MessengerErrorKind; vendorCode: string | null } | null
}

/** Something that people did in a chat, as the vendor told it; to be looked at, not believed. */
export type MessengerEvent = {
  actor: string
  chat: ChatNumber
  what: 'renamed' | 'entered' | 'left' | 'kicked'
  account: AccountId | null
}
/** What came in from the vendor: a question to answer, a forgery, something of no interest, or an event. */
export type IncomingEvent =
  | { kind: 'confirm'; answer: string }
  | { kind: 'refused' }
  | { kind: 'ignored' }
  | { kind: 'event'; event: MessengerEvent }

export type Messenger = {
  name: MessengerName
  capabilities: Capabilities
  /** Who acts: stable while the account stays the same, also over renewed tokens. Asks the vendor once. */
  actor: () => Promise<string>
  /**
   * Sends one request with 1…operationsPerRequest operations and returns their outcomes in the same order.
   * @param signal gives up while waiting for the rate and throws its reason: nothing was sent then. What has been sent
   * is let to end.
   * @throws MessengerError when the request as a whole failed; `applied` says whether any of it may have happened.
   */
  perform: (operations: readonly Operation[], place: Place, signal?: AbortSignal) => Promise<Outcome[]>
  health: () => Promise<Health>
  /** Reads what the vendor sends by itself; absent where it sends nothing to us. */
  readEvent?: (body: unknown) => IncomingEvent
}

export type MessengerErrorKind = 'rate-limited' | 'unavailable' | 'auth-expired' | 'forbidden' | 'not-found' | 'rejected'

export class MessengerError extends Error {
  readonly kind: MessengerErrorKind
  /** The vendor's own code, for people who look it up; the engine never reads it. */
  readonly vendorCode: string | null
  /** rate-limited: not before this many milliseconds. */
  readonly retryAfterMs: number
  /** unknown: the reply was lost, the write may have happened; look before repeating what is not idempotent. */
  readonly applied: 'no' | 'unknown'
  /** The refusal may only mean that the world already is as wanted; look before calling it a failure. */
  readonly maybeAlreadySo: boolean

  constructor(
    kind: MessengerErrorKind,
    message: string,
    options: {
      vendorCode?: string | null
      retryAfterMs?: number
      applied?: 'no' | 'unknown'
      maybeAlreadySo?: boolean
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'MessengerError'
    this.kind = kind
    this.vendorCode = options.vendorCode ?? null
    this.retryAfterMs = options.retryAfterMs ?? 0
    this.applied = options.applied ?? 'no'
    this.maybeAlreadySo = options.maybeAlreadySo ?? false
  }

  /** True where the same request may well succeed later without anybody's help. */
  get passing(): boolean {
    return this.kind === 'rate-limited' || this.kind === 'unavailable'
  }
}

/** Why this title cannot be given to a chat, or null when it can. Length in UTF-16 units, as browsers count it too. */
export function titleProblem(title: string, { title: limits }: Capabilities): 'empty' | 'too-long' | 'forbidden-characters' | null {
  if (title.trim() === '') return 'empty'
  if (title.length > limits.longest) return 'too-long'
  if (limits.forbidden.some((character) => title.includes(character))) return 'forbidden-characters'
  return null
}
