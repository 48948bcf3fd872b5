import type { AccountId, Answer, ChatNumber, Messenger, Operation, Outcome, Place } from '#messengers/messenger.ts'
import { MessengerError } from '#messengers/messenger.ts'
import { SyncError } from './engine.ts'
import type { KnownChat } from './plan.ts'

export type Seen = KnownChat['seen']

// The rate decides the speed; this only keeps the line full while answers are under way.
const requestsAtOnce = 4

/**
 * Messenger → observed chats: titles and members of chats this actor made, in as few requests as the messenger packs.
 * A chat that cannot be read is `unread` and stops nothing else.
 * @throws MessengerError when the messenger cannot be reached or does not let us in; SyncError when it claims that a
 * good part of the chats has vanished at once, which is how a broken source looks
 */
export async function observeChats(messenger: Messenger, numbers: readonly ChatNumber[], place: Place): Promise<Map<ChatNumber, Seen>> {
  const seen = new Map<ChatNumber, Seen>()
  if (numbers.length === 0) return seen
  const { chatsPerRead, membersPerPage } = messenger.capabilities
  const operations: Operation[] = [
    ...chunk(numbers, chatsPerRead).map((chats): Operation => ({ kind: 'read-chats', chats })),
    ...numbers.map((chat): Operation => ({ kind: 'list-members', chat, offset: 0 })),
  ]
  const titles = new Map<ChatNumber, string>()
  const unreadTitles = new Set<ChatNumber>()
  const members = new Map<ChatNumber, Set<AccountId>>()
  const refused = new Map<ChatNumber, MessengerError>()

  const take = (operation: Operation, outcome: Outcome): Operation[] => {
    if (operation.kind === 'read-chats') {
      if (!outcome.ok) for (const chat of operation.chats) unreadTitles.add(chat)
      else if (outcome.answer.kind === 'chats') for (const { chat, title } of outcome.answer.chats) titles.set(chat, title)
      return []
    }
    if (operation.kind !== 'list-members') return []
    if (!outcome.ok) {
      refused.set(operation.chat, outcome.error)
      return []
    }
    return takeMembers(members, operation, outcome.answer, membersPerPage)
  }
  await performAll(messenger, operations, place, take)

  for (const chat of numbers) seen.set(chat, seenOf(chat, { titles, unreadTitles, members, refused }))
  refuseMassVanishing(seen)
  return seen
}

/** Adds one page; more pages become new operations. */
function takeMembers(
  members: Map<ChatNumber, Set<AccountId>>,
  operation: Extract<Operation, { kind: 'list-members' }>,
  answer: Answer,
  membersPerPage: number,
): Operation[] {
  if (answer.kind !== 'members') return []
  const known = members.get(operation.chat) ?? new Set()
  for (const account of answer.members) known.add(account)
  members.set(operation.chat, known)
  const next = operation.offset + answer.read
  return next < answer.total && answer.read > 0 ? [{ ...operation, offset: operation.offset + Math.min(answer.read, membersPerPage) }] : []
}

type Read = {
  titles: Map<ChatNumber, string>
  unreadTitles: Set<ChatNumber>
  members: Map<ChatNumber, Set<AccountId>>
  refused: Map<ChatNumber, MessengerError>
}

function seenOf(chat: ChatNumber, { titles, unreadTitles, members, refused }: Read): Seen {
  const title = titles.get(chat)
  const accounts = members.get(chat)
  if (title !== undefined && accounts !== undefined && !refused.has(chat)) return { state: 'present', title, accounts }
  // Gone only when both reads agree: the list does not have it and its members are refused for good.
  const error = refused.get(chat)
  const denied = error?.kind === 'not-found' || error?.kind === 'forbidden'
  return title === undefined && !unreadTitles.has(chat) && denied ? { state: 'gone' } : { state: 'unread' }
}

function refuseMassVanishing(seen: ReadonlyMap<ChatNumber, Seen>): void {
  const gone = [...seen.values()].filter((chat) => chat.state === 'gone').length
  if (gone > 2 && gone > seen.size / 4) {
    throw new SyncError('observation-incomplete', `The messenger claims that ${gone} of ${seen.size} chats are gone`)
  }
}

/** Sends operations packed and a few requests at a time; `take` may return more of them (next pages). */
async function performAll(
  messenger: Messenger,
  operations: readonly Operation[],
  place: Place,
  take: (operation: Operation, outcome: Outcome) => Operation[],
): Promise<void> {
  const queue = [...operations]
  const worker = async (): Promise<void> => {
    for (;;) {
      const pack = queue.splice(0, messenger.capabilities.operationsPerRequest)
      if (pack.length === 0) return
      const outcomes = await messenger.perform(pack, place)
      pack.forEach((operation, index) => {
        const outcome = outcomes[index] ?? { ok: false, error: new MessengerError('unavailable', 'An operation was left unanswered') }
        queue.push(...take(operation, outcome))
      })
    }
  }
  // Pages that appear late are picked up by the worker that read the page before.
  await Promise.all(Array.from({ length: requestsAtOnce }, worker))
}

export function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}
