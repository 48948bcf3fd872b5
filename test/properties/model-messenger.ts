import type { AccountId, Answer, Capabilities, ChatNumber, Messenger, Operation, Outcome } from '#messengers/messenger.ts'
import { MessengerError } from '#messengers/messenger.ts'
import { fromVkError } from '#messengers/sferum/errors.ts'
import { type Fault, sureFaults } from './faults.ts'

// A messenger in memory behind the engine's door, with the conduct of the Sferum adapter over the emulator of VK
// (model.test.ts compares the two). Its own «no» comes from the adapter's table of codes, so kinds stay the adapter's.

/** One chat as the vendor keeps it; the actor is always inside and never in `members`. */
export type ModelChat = {
  number: ChatNumber
  /** The title it was made with: what stories call it. */
  born: string
  title: string
  owner: AccountId
  members: Set<AccountId>
  /** Who was inside before the last change: what a stale list still shows. */
  before: Set<AccountId>
  /** Whoever left by themselves can only come back by themselves. */
  left: Set<AccountId>
  deleted: boolean
}

/** Something that changed the world, in the order in which it did. */
export type Deed = {
  by: 'engine' | 'people'
  kind: 'created' | 'renamed' | 'in' | 'out' | 'deleted'
  chat: ModelChat
  account: AccountId | null
}

/** What stands in the way of the requests of one act; request numbers count from 1 at `meddle`. */
export type Meddling = {
  faults?: readonly Fault[]
  /** Something that happens in the world just before a request is carried out. */
  before?: { request: number; happens: () => Promise<void> | void }
  /** The process dies before, in the middle of, or after a request; dead it stays until the next `meddle`. */
  crash?: { request: number; when: 'before' | 'midway' | 'after' }
  /** Every write into this chat is refused with this code. */
  badChat?: { born: string; code: number }
}

/** The process died. Never a MessengerError: the engine must not handle it. */
export class Crash extends Error {}

export type ModelMessenger = ReturnType<typeof createModelMessenger>

export type ModelOptions = {
  actor: AccountId
  capabilities: Capabilities
  chatsPerPage: number
  /** Accounts that forbid being added. */
  refusers: ReadonlySet<AccountId>
  onDeed: (deed: Deed) => void
}

const methods: Record<Operation['kind'], string> = {
  'create-chat': 'messages.createChat',
  'rename-chat': 'messages.editChat',
  'add-member': 'messages.addChatUser',
  'remove-member': 'messages.removeChatUser',
  'read-invite-link': 'messages.getInviteLink',
  'list-members': 'messages.getConversationMembers',
  'read-chats': 'messages.getConversationsById',
  'list-chats': 'messages.getConversations',
  'send-notice': 'messages.send',
}

const isWrite = (operation: Operation): boolean =>
  operation.kind === 'create-chat' ||
  operation.kind === 'rename-chat' ||
  operation.kind === 'add-member' ||
  operation.kind === 'remove-member'

/** A messenger with nothing in it. What people do in it is done through `people`. */
export function createModelMessenger({ actor, capabilities, chatsPerPage, refusers, onDeed }: ModelOptions) {
  const chats = new Map<ChatNumber, ModelChat>()
  /** What the engine asked for since the last `meddle`. */
  const asked: Operation[] = []
  const unreadable = new Set<ChatNumber>()
  let meddling: Meddling = {}
  let request = 0
  let dead = false

  const make = (title: string, owner: AccountId, members: readonly AccountId[], by: Deed['by']): ModelChat => {
    const number = String(chats.size + 1)
    const none = { before: new Set<AccountId>(), left: new Set<AccountId>() }
    const chat: ModelChat = { number, born: title, title, owner, members: new Set(members), ...none, deleted: false }
    chats.set(number, chat)
    onDeed({ by, kind: 'created', chat, account: null })
    for (const account of members) onDeed({ by, kind: 'in', chat, account })
    return chat
  }
  const change = (chat: ModelChat, by: Deed['by'], kind: 'in' | 'out', account: AccountId): void => {
    chat.before = new Set(chat.members)
    if (kind === 'in') {
      chat.members.add(account)
      chat.left.delete(account)
    } else chat.members.delete(account)
    onDeed({ by, kind, chat, account })
  }
  const retitle = (chat: ModelChat, by: Deed['by'], title: string): void => {
    if (chat.title === title) return
    chat.title = title
    onDeed({ by, kind: 'renamed', chat, account: null })
  }

  const no = (operation: Operation, code: number): Outcome => {
    // 935, «not in the chat», is what removing wanted.
    if (operation.kind === 'remove-member' && code === 935) return done
    return { ok: false, error: fromVkError(code, methods[operation.kind]) }
  }
  const yes = (answer: Answer): Outcome => ({ ok: true, answer })

  /** Carries out one operation as VK would; `stale`: lists show what was before the last change. */
  function carryOut(operation: Operation, stale: boolean): Outcome {
    switch (operation.kind) {
      case 'create-chat': {
        const inside = operation.members.filter((account) => account !== actor && !refusers.has(account))
        return yes({ kind: 'created', chat: make(operation.title, actor, inside, 'engine').number, members: inside })
      }
      case 'read-chats': {
        const found = operation.chats.flatMap((number) => chats.get(number) ?? []).filter((chat) => !chat.deleted)
        return yes({ kind: 'chats', chats: found.map(described), read: found.length, total: found.length })
      }
      case 'list-chats': {
        const all = [...chats.values()].filter((chat) => !chat.deleted).reverse()
        const page = all.slice(operation.offset, operation.offset + chatsPerPage)
        return yes({ kind: 'chats', chats: page.map(described), read: page.length, total: all.length })
      }
      default: {
        const chat = chats.get(operation.chat)
        if (chat === undefined) return no(operation, 927)
        if (chat.deleted) return no(operation, codesOfDeleted[operation.kind])
        return inChat(operation, chat, stale)
      }
    }
  }

  function inChat(operation: Exclude<Operation, { kind: 'create-chat' | 'read-chats' | 'list-chats' }>, chat: ModelChat, stale: boolean) {
    switch (operation.kind) {
      case 'rename-chat':
        retitle(chat, 'engine', operation.title)
        return done
      case 'add-member':
        if (capabilities.add !== 'direct') return no(operation, 27)
        if (chat.members.has(operation.member) || operation.member === actor) return no(operation, 15)
        if (refusers.has(operation.member)) return no(operation, 981)
        if (chat.left.has(operation.member)) return no(operation, 15)
        change(chat, 'engine', 'in', operation.member)
        return done
      case 'remove-member':
        if (!chat.members.has(operation.member)) return no(operation, 935)
        change(chat, 'engine', 'out', operation.member)
        return done
      case 'send-notice':
        return done
      case 'read-invite-link':
        return yes({ kind: 'invite-link', link: `https://example.test/join/${chat.number}` })
      case 'list-members': {
        const all = [actor, ...(stale ? chat.before : chat.members)]
        const page = all.slice(operation.offset, operation.offset + capabilities.membersPerPage)
        const members = page.filter((account) => account !== actor)
        return yes({ kind: 'members', members, read: page.length, total: all.length })
      }
    }
  }

  const described = (chat: ModelChat) => ({ chat: chat.number, title: chat.title, ours: chat.owner === actor })
  const bornOf = (operation: Operation): string =>
    operation.kind === 'create-chat' ? operation.title : 'chat' in operation ? (chats.get(operation.chat)?.born ?? '') : ''

  /** The place of the operation that a fault names: by what it is, not by where it stands in the pack. */
  function targetOf(operations: readonly Operation[], nth: number): number {
    const name = (operation: Operation) =>
      `${bornOf(operation)} ${operation.kind} ${'member' in operation ? operation.member : ''} ${'offset' in operation ? operation.offset : ''}`
    const order = operations.map((_, index) => index).sort((a, b) => (name(operations[a]!) < name(operations[b]!) ? -1 : 1))
    return order[nth % order.length] ?? 0
  }

  const perform: Messenger['perform'] = async (operations, _place, signal) => {
    signal?.throwIfAborted()
    if (dead) throw new Crash()
    if (operations.length === 0 || operations.length > capabilities.operationsPerRequest) throw new Error('A pack of a wrong size')
    const nth = ++request
    if (meddling.before?.request === nth) await meddling.before.happens()
    const crash = meddling.crash?.request === nth ? meddling.crash.when : null
    if (crash !== null) dead = true
    if (crash === 'before') throw new Crash()
    const faults = sureFaults(meddling.faults ?? []).filter((fault) => fault.request === nth)
    asked.push(...operations)
    const whole = faults.find((fault) => fault.kind === 'request')
    if (whole?.kind === 'request') throw fromVkError(whole.code, 'execute')
    if (faults.some((fault) => fault.kind === 'timeout')) throw lost()
    const refused = new Map(
      faults.flatMap((fault) => (fault.kind === 'operation' ? [[targetOf(operations, fault.operation), fault.code]] : [])),
    )
    const cut = faults.find((fault) => fault.kind === 'lost')
    const until =
      crash === 'midway'
        ? Math.ceil(operations.length / 2)
        : cut?.kind === 'lost'
          ? Math.min(cut.after, operations.length)
          : operations.length
    const stale = faults.some((fault) => fault.kind === 'stale')
    const outcomes = operations.slice(0, until).map((operation, index) => {
      const bad = meddling.badChat?.born === bornOf(operation) && isWrite(operation) ? meddling.badChat.code : undefined
      const code = refused.get(index) ?? bad
      const outcome = code === undefined ? carryOut(operation, stale) : no(operation, code)
      if (operation.kind === 'list-members' && !outcome.ok) unreadable.add(operation.chat)
      return outcome
    })
    if (crash !== null) throw new Crash()
    if (cut) throw lost()
    return outcomes
  }

  const messenger: Messenger = {
    name: 'sferum',
    capabilities,
    actor: async () => actor,
    perform,
    health: async () => ({ state: 'well', until: null, reason: null }),
  }

  return {
    messenger,
    chats,
    /** Operations since the last `meddle`, in order. */
    asked: (): readonly Operation[] => asked,
    writes: (): Operation[] => asked.filter(isWrite),
    /** Chats whose members could not be listed since the last `meddle`. */
    unreadable: (): ReadonlySet<ChatNumber> => unreadable,
    /** From here on this stands in the way; the counters begin anew, and a dead process lives again. */
    meddle: (next: Meddling): void => {
      meddling = next
      request = 0
      dead = false
      asked.length = 0
      unreadable.clear()
    },
    people: {
      make: (title: string, owner: AccountId, members: readonly AccountId[]): ModelChat => make(title, owner, members, 'people'),
      rename: (chat: ModelChat, title: string): void => retitle(chat, 'people', title),
      comeIn: (chat: ModelChat, account: AccountId): void => void (chat.members.has(account) || change(chat, 'people', 'in', account)),
      goOut: (chat: ModelChat, account: AccountId, how: 'left' | 'kicked'): void => {
        if (!chat.members.has(account)) return
        change(chat, 'people', 'out', account)
        if (how === 'left') chat.left.add(account)
      },
      remove: (chat: ModelChat): void => {
        chat.deleted = true
        onDeed({ by: 'people', kind: 'deleted', chat, account: null })
      },
    },
  }
}

const done: Outcome = { ok: true, answer: { kind: 'done' } }
const lost = (): MessengerError => new MessengerError('unavailable', 'The reply was lost', { vendorCode: 'TIMEOUT', applied: 'unknown' })

/** VK says «no» to a deleted chat in a different way for each method. */
const codesOfDeleted = {
  'rename-chat': 945,
  'add-member': 945,
  'remove-member': 1017,
  'read-invite-link': 919,
  'list-members': 927,
  'send-notice': 945,
} as const
