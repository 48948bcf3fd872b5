import { randomBytes } from 'node:crypto'
import { type Emulator, seconds } from '../core/emulator.ts'

export type Chat = {
  id: number
  title: string
  owner_id: number
  created_at: number
  updated_at: number
  invite_token: string
  last_cmid: number
  deleted: number
}
export type Membership = { member_id: number; state: 'in' | 'kicked' | 'left'; is_admin: number; joined_at: number; invited_by: number }
export type LineKind = 'created' | 'renamed' | 'added' | 'joined' | 'left' | 'removed' | 'role' | 'link' | 'message'
export type Line = {
  id: number
  cmid: number
  kind: LineKind
  actor_id: number
  subject_id: number | null
  text: string
  at: number
  at_ms: number
}
/** A chat as one actor sees it: under its own number, and with its own standing in it. */
export type SeenChat = { chat: Chat; number: number; me: Membership | undefined }

export const firstChatPeer = 2_000_000_000

export function chatById(em: Emulator, chatId: number): Chat | undefined {
  return em.store.get<Chat>('select * from chats where id = ?', chatId)
}

export function chatByNumber(em: Emulator, actorId: number, number: number): SeenChat | undefined {
  const chat = em.store.get<Chat>(
    'select chats.* from chat_numbers n join chats on chats.id = n.chat_id where n.actor_id = ? and n.number = ?',
    actorId,
    number,
  )
  return chat && { chat, number, me: membership(em, chat.id, actorId) }
}

export function chatByInviteToken(em: Emulator, token: string): Chat | undefined {
  return em.store.get<Chat>('select * from chats where invite_token = ? and deleted = 0', token)
}

export function chatsOf(em: Emulator, actorId: number): SeenChat[] {
  return em.store
    .all<Chat & { number: number }>(
      `select chats.*, n.number from chat_numbers n
       join chat_members m on m.chat_id = n.chat_id and m.member_id = n.actor_id and m.state = 'in'
       join chats on chats.id = n.chat_id
       where n.actor_id = ? and chats.deleted = 0 and chats.last_cmid > n.cleared_cmid
       order by chats.updated_at desc, chats.id desc`,
      actorId,
    )
    .map(({ number, ...chat }) => ({ chat, number, me: membership(em, chat.id, actorId) }))
}

export function membership(em: Emulator, chatId: number, memberId: number): Membership | undefined {
  return em.store.get<Membership>('select * from chat_members where chat_id = ? and member_id = ?', chatId, memberId)
}

export function membersOf(em: Emulator, chatId: number): Membership[] {
  return em.store.all<Membership>("select * from chat_members where chat_id = ? and state = 'in' order by joined_at, member_id", chatId)
}

export function memberCount(em: Emulator, chatId: number): number {
  return em.store.get<{ n: number }>("select count(*) as n from chat_members where chat_id = ? and state = 'in'", chatId)?.n ?? 0
}

export function linesOf(em: Emulator, chatId: number): Line[] {
  return em.store.all<Line>('select * from chat_lines where chat_id = ? order by cmid', chatId)
}

export function lastLine(em: Emulator, chatId: number): Line | undefined {
  return em.store.get<Line>('select * from chat_lines where chat_id = ? order by cmid desc limit 1', chatId)
}

/**
 * Every actor numbers the chats it sees 1, 2, 3… by itself, so the same chat is 7 for the community and 2 for a parent
 * (messages_conversation_peer.local_id; per-account numbering is well known, not written down by VK).
 */
export function numberFor(em: Emulator, actorId: number, chatId: number): number {
  const known = em.store.get<{ number: number }>('select number from chat_numbers where actor_id = ? and chat_id = ?', actorId, chatId)
  if (known) return known.number
  const next = (em.store.get<{ n: number | null }>('select max(number) as n from chat_numbers where actor_id = ?', actorId)?.n ?? 0) + 1
  em.store.run('insert into chat_numbers (actor_id, number, chat_id) values (?, ?, ?)', actorId, next, chatId)
  return next
}

export function addLine(
  em: Emulator,
  chatId: number,
  line: { kind: LineKind; actorId: number; subjectId?: number; text?: string; randomId?: number },
): number {
  const at = seconds(em)
  const cmid = em.store.get<{ last_cmid: number }>(
    'update chats set last_cmid = last_cmid + 1, updated_at = ? where id = ? returning last_cmid',
    at,
    chatId,
  )!.last_cmid // the caller holds the chat, so the row is there
  const at_ms = Math.floor(em.clock())
  const { id } = em.store.run(
    'insert into chat_lines (chat_id, cmid, kind, actor_id, subject_id, text, at, random_id, at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    chatId,
    cmid,
    line.kind,
    line.actorId,
    line.subjectId ?? null,
    line.text ?? '',
    at,
    line.randomId ?? 0,
    at_ms,
  )
  const { kind, actorId: actor_id, subjectId: subject_id = null, text = '' } = line
  em.callbacks.onLine(em, chatId, { id, cmid, kind, actor_id, subject_id, text, at, at_ms })
  return cmid
}

export function createChat(em: Emulator, ownerId: number, title: string, memberIds: number[]): { chatId: number; number: number } {
  return em.store.transaction(() => {
    const at = seconds(em)
    const { id } = em.store.run(
      'insert into chats (title, owner_id, created_at, updated_at, invite_token) values (?, ?, ?, ?, ?)',
      title,
      ownerId,
      at,
      at,
      newInviteToken(),
    )
    enter(em, id, ownerId, ownerId, true)
    addLine(em, id, { kind: 'created', actorId: ownerId, text: title })
    for (const memberId of memberIds) enter(em, id, memberId, ownerId, false)
    return { chatId: id, number: numberFor(em, ownerId, id) }
  })
}

export function renameChat(em: Emulator, chatId: number, actorId: number, title: string): void {
  em.store.transaction(() => {
    em.store.run('update chats set title = ? where id = ?', title, chatId)
    addLine(em, chatId, { kind: 'renamed', actorId, text: title })
  })
}

export function addMember(em: Emulator, chatId: number, memberId: number, invitedBy: number): void {
  em.store.transaction(() => {
    enter(em, chatId, memberId, invitedBy, false)
    addLine(em, chatId, { kind: 'added', actorId: invitedBy, subjectId: memberId })
  })
}

export function joinByLink(em: Emulator, chat: Chat, memberId: number): void {
  em.store.transaction(() => {
    // Whose link it was is not told; clients of VK see the owner as the inviter (guess).
    enter(em, chat.id, memberId, chat.owner_id, false)
    addLine(em, chat.id, { kind: 'joined', actorId: memberId })
  })
}

export function takeOut(em: Emulator, chatId: number, memberId: number, actorId: number): void {
  const left = memberId === actorId
  em.store.transaction(() => {
    em.store.run(
      'update chat_members set state = ?, is_admin = 0 where chat_id = ? and member_id = ?',
      left ? 'left' : 'kicked',
      chatId,
      memberId,
    )
    addLine(em, chatId, { kind: left ? 'left' : 'removed', actorId, subjectId: memberId })
  })
}

export function setAdmin(em: Emulator, chatId: number, memberId: number, isAdmin: boolean, actorId: number): void {
  em.store.run('update chat_members set is_admin = ? where chat_id = ? and member_id = ?', isAdmin ? 1 : 0, chatId, memberId)
  addLine(em, chatId, { kind: 'role', actorId, subjectId: memberId, text: isAdmin ? 'admin' : 'member' })
}

export function resetInviteLink(em: Emulator, chatId: number, actorId: number): void {
  em.store.run('update chats set invite_token = ? where id = ?', newInviteToken(), chatId)
  addLine(em, chatId, { kind: 'link', actorId })
}

/** No VK method deletes a chat for everybody; this is for tests and for chats that the vendor takes away. */
export function deleteChat(em: Emulator, chatId: number): void {
  em.store.run('update chats set deleted = 1 where id = ?', chatId)
}

export const inviteLink = (em: Emulator, chat: Chat) => `${em.publicUrl}/join/${encodeURIComponent(chat.invite_token)}`

/** Real tokens hold `/`, `_` and `=` (https://vk.me/join/…), so ours do too: whoever forgets to encode finds out here. */
const newInviteToken = () => `${randomBytes(9).toString('base64url')}/${randomBytes(12).toString('base64url')}_=`

function enter(em: Emulator, chatId: number, memberId: number, invitedBy: number, isAdmin: boolean): void {
  em.store.run(
    `insert into chat_members (chat_id, member_id, state, is_admin, joined_at, invited_by) values (?, ?, 'in', ?, ?, ?)
     on conflict (chat_id, member_id) do update set state = 'in', is_admin = excluded.is_admin, joined_at = excluded.joined_at,
       invited_by = excluded.invited_by`,
    chatId,
    memberId,
    isAdmin ? 1 : 0,
    seconds(em),
    invitedBy,
  )
  numberFor(em, memberId, chatId)
}
