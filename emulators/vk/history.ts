import type { Emulator } from '../core/emulator.ts'
import type { Chat, Line, Membership, SeenChat } from './chats.ts'
import * as chats from './chats.ts'

/** What the list methods read: the chats as they are, or as they were. */
export type ChatWorld = {
  chatByNumber: (actorId: number, number: number) => SeenChat | undefined
  chatsOf: (actorId: number) => SeenChat[]
  membersOf: (chatId: number) => Membership[]
  memberCount: (chatId: number) => number
  lastLine: (chatId: number) => Line | undefined
}

export function present(em: Emulator): ChatWorld {
  return {
    chatByNumber: (actorId, number) => chats.chatByNumber(em, actorId, number),
    chatsOf: (actorId) => chats.chatsOf(em, actorId),
    membersOf: (chatId) => chats.membersOf(em, chatId),
    memberCount: (chatId) => chats.memberCount(em, chatId),
    lastLine: (chatId) => chats.lastLine(em, chatId),
  }
}

/**
 * The chats as they were at `ms` of the emulator's clock, told again from their service lines: who was in, who was an administrator, the
 * title. A chat of later is not there yet, nor one that the actor had not seen yet. Deleting leaves no line: a deleted chat is gone at once.
 */
export function past(em: Emulator, ms: number): ChatWorld {
  const told = new Map<number, Told | undefined>()
  const at = (chat: Chat) => {
    if (!told.has(chat.id)) told.set(chat.id, tell(em, chat, ms))
    return told.get(chat.id)
  }
  const byId = (chatId: number) => {
    const chat = chats.chatById(em, chatId)
    return chat && at(chat)
  }
  const seenBy = (actorId: number, number: number, chat: Chat): SeenChat | undefined => {
    const then = at(chat)
    const me = then?.members.get(actorId)
    return then && me && { chat: then.chat, number, me }
  }
  const membersOf = (chatId: number) =>
    [...(byId(chatId)?.members.values() ?? [])]
      .filter((member) => member.state === 'in')
      .sort((a, b) => a.joined_at - b.joined_at || a.member_id - b.member_id)
  return {
    chatByNumber: (actorId, number) => {
      const now = chats.chatByNumber(em, actorId, number)
      return now && seenBy(actorId, number, now.chat)
    },
    chatsOf: (actorId) =>
      em.store
        .all<Chat & { number: number; cleared_cmid: number }>(
          `select chats.*, n.number, n.cleared_cmid from chat_numbers n join chats on chats.id = n.chat_id
           where n.actor_id = ? and chats.deleted = 0`,
          actorId,
        )
        .map(({ number, cleared_cmid, ...chat }) => ({ seen: seenBy(actorId, number, chat), cleared_cmid }))
        .flatMap(({ seen, cleared_cmid }) => (seen?.me?.state === 'in' && seen.chat.last_cmid > cleared_cmid ? [seen] : []))
        .sort((a, b) => b.chat.updated_at - a.chat.updated_at || b.chat.id - a.chat.id),
    membersOf,
    memberCount: (chatId) => membersOf(chatId).length,
    lastLine: (chatId) => byId(chatId)?.lastLine,
  }
}

type Told = { chat: Chat; members: Map<number, Membership>; lastLine: Line }

function tell(em: Emulator, chat: Chat, ms: number): Told | undefined {
  const all = chats.linesOf(em, chat.id)
  const lines = all.filter((line) => (line.at_ms || line.at * 1000) <= ms)
  const lastLine = lines.at(-1)
  if (lastLine === undefined) return undefined
  const members = firstMembers(em, chat, all)
  const then: Chat = { ...chat, last_cmid: lastLine.cmid, updated_at: lastLine.at }
  for (const line of lines) {
    if (line.kind === 'created' || line.kind === 'renamed') then.title = line.text
    const who = personOf(line)
    const known = members.get(who)
    if (line.kind === 'added' || line.kind === 'joined') {
      const invitedBy = line.kind === 'joined' ? chat.owner_id : line.actor_id
      members.set(who, { member_id: who, state: 'in', is_admin: 0, joined_at: line.at, invited_by: invitedBy })
    } else if (known && (line.kind === 'left' || line.kind === 'removed')) {
      members.set(who, { ...known, state: line.kind === 'left' ? 'left' : 'kicked', is_admin: 0 })
    } else if (known && line.kind === 'role') members.set(who, { ...known, is_admin: line.text === 'admin' ? 1 : 0 })
  }
  return { chat: then, members, lastLine }
}

/** Whoever was in from the beginning has no line of coming in (createChat writes none), whatever happened to them afterwards. */
function firstMembers(em: Emulator, chat: Chat, lines: Line[]): Map<number, Membership> {
  const firstLine = new Map<number, Line>()
  for (const line of lines) {
    if (standingKinds.has(line.kind) && !firstLine.has(personOf(line))) firstLine.set(personOf(line), line)
  }
  const members = new Map<number, Membership>()
  for (const { member_id } of em.store.all<Membership>('select * from chat_members where chat_id = ?', chat.id)) {
    const kind = firstLine.get(member_id)?.kind
    if (kind === 'added' || kind === 'joined') continue
    const isOwner = member_id === chat.owner_id ? 1 : 0
    members.set(member_id, { member_id, state: 'in', is_admin: isOwner, joined_at: chat.created_at, invited_by: chat.owner_id })
  }
  return members
}

const standingKinds = new Set(['added', 'joined', 'left', 'removed'])
const personOf = (line: Line) => line.subject_id ?? line.actor_id
