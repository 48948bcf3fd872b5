import type { Emulator } from '../../core/emulator.ts'
import * as chats from '../chats.ts'
import { VkError } from '../errors.ts'
import { present } from '../history.ts'
import type { Method, MethodCall } from '../method.ts'
import { atLeast, flag, intList, missing, optionalInt, requiredInt, requiredText } from '../params.ts'
import { peopleObjects, profileOf, somebody, userObject } from '../people.ts'

const largestChatNumber = 100_000_000 // schema: messages.addChatUser, chat_id

export const chatMethods: Record<string, Method> = {
  'messages.createChat': { tokens: ['user', 'community'], right: 'messages', run: createChat },
  'messages.editChat': { tokens: ['user', 'community'], right: 'messages', run: editChat },
  'messages.addChatUser': { tokens: ['user'], right: 'messages', run: addChatUser },
  'messages.removeChatUser': { tokens: ['user', 'community'], right: 'messages', run: removeChatUser },
  'messages.setMemberRole': { tokens: ['user', 'community'], right: 'messages', run: setMemberRole },
  'messages.getInviteLink': { tokens: ['user', 'community'], right: 'messages', run: getInviteLink },
  'messages.joinChatByInviteLink': { tokens: ['user'], right: 'messages', run: joinChatByInviteLink },
  'messages.getChatPreview': { tokens: ['user'], right: 'messages', run: getChatPreview },
  'messages.getChat': { tokens: ['user'], right: 'messages', run: getChat },
}

type OpenedChat = chats.SeenChat & { me: chats.Membership }

/** The chat under the actor's own number, when the actor is in it. Unknown number: 927; known, but gone: 917. */
export function openChat({ em, actor }: MethodCall, number: number, whenDeleted: number, world = present(em)): OpenedChat {
  const seen = world.chatByNumber(actor.id, number)
  if (!seen) throw new VkError(927)
  if (seen.me?.state !== 'in') throw new VkError(917)
  if (seen.chat.deleted) throw new VkError(whenDeleted)
  return { ...seen, me: seen.me }
}

const chatNumber = (call: MethodCall) => requiredInt(call.p, 'chat_id', { min: 0, max: largestChatNumber })

function chatTitle(em: Emulator, title: string | undefined): string {
  const trimmed = title?.trim() ?? ''
  if (trimmed === '') throw missing('title')
  if ([...trimmed].length > em.limits.titleLength) throw new VkError(100, 'title is too long') // the code is a guess
  return trimmed
}

function createChat(call: MethodCall) {
  const { em, actor, p } = call
  const title = chatTitle(em, p.title)
  const wanted = [...new Set(intList(p, 'user_ids'))].filter((id) => id !== actor.id)
  if (wanted.length > em.limits.createChatUsers) throw new VkError(103)
  if (wanted.length + 1 > em.limits.chatMembers) throw new VkError(103)
  // One unknown person spoils the whole list (guess; 936 is the one documented refusal, and clients then create by title only).
  if (wanted.some((id) => id <= 0 || !somebody(em, id))) throw new VkError(936)
  // A refusal is silent: the answer tells who really came (public code; "do not trust the list you sent").
  const added = wanted.filter((id) => {
    const profile = profileOf(em, id)
    return !profile || !(profile.refuses_adding || (actor.kind === 'community' && profile.blocks_community))
  })
  const { number } = chats.createChat(em, actor.id, title, added)
  // The schema turned from a bare number into an object in 5.199 (commit ff08ec8); both answers are alive.
  return atLeast(call.version, '5.199') ? { chat_id: number, peer_ids: added } : number
}

function editChat(call: MethodCall) {
  const { em, actor } = call
  const { chat, me } = openChat(call, chatNumber(call), 945)
  const title = chatTitle(em, call.p.title)
  if (!me.is_admin && !em.limits.membersMayRename) throw new VkError(925)
  if (title !== chat.title) chats.renameChat(em, chat.id, actor.id, title)
  return 1
}

function addChatUser(call: MethodCall) {
  const { em, actor, p } = call
  const { chat, me } = openChat(call, chatNumber(call), 945)
  const userId = requiredInt(p, 'user_id', { min: 1 })
  optionalInt(p, 'visible_messages_count', { min: 0, max: 1000 })
  if (!me.is_admin) throw new VkError(925)
  if (!somebody(em, userId)) throw new VkError(936)
  const standing = chats.membership(em, chat.id, userId)
  // Guess: public clients report "access denied" for somebody who is already in.
  if (standing?.state === 'in') throw new VkError(15, 'user already in chat')
  if (profileOf(em, userId)?.refuses_adding) throw new VkError(981)
  if (standing?.state === 'left' && !em.limits.leaversMayBeAddedBack) throw new VkError(15, "can't add this user, user left the chat")
  if (chats.memberCount(em, chat.id) >= em.limits.chatMembers) throw new VkError(103)
  chats.addMember(em, chat.id, userId, actor.id)
  return 1
}

function removeChatUser(call: MethodCall) {
  const { em, actor, p } = call
  const { chat, me } = openChat(call, chatNumber(call), 1017)
  const memberId = optionalInt(p, 'member_id') ?? optionalInt(p, 'user_id')
  if (memberId === undefined) throw missing('user_id')
  if (!somebody(em, memberId)) throw new VkError(936)
  const standing = chats.membership(em, chat.id, memberId)
  if (standing?.state !== 'in') throw new VkError(935)
  if (memberId !== actor.id) {
    if (memberId === chat.owner_id) throw new VkError(15, "can't remove this user") // guess: an owner cannot be taken out
    if (!me.is_admin && standing.invited_by !== actor.id) throw new VkError(925)
  }
  chats.takeOut(em, chat.id, memberId, actor.id)
  return 1
}

/** In neither the schema nor the documentation, yet used by production clients with community keys. */
function setMemberRole(call: MethodCall) {
  const { em, actor, p } = call
  const { chat, me } = openChat(call, requiredInt(p, 'peer_id') - chats.firstChatPeer, 945)
  const memberId = requiredInt(p, 'member_id')
  const role = requiredText(p, 'role')
  if (role !== 'admin' && role !== 'member') throw new VkError(100, 'role is invalid')
  if (!me.is_admin) throw new VkError(925)
  if (chats.membership(em, chat.id, memberId)?.state !== 'in') throw new VkError(935)
  if (memberId === chat.owner_id) throw new VkError(925)
  chats.setAdmin(em, chat.id, memberId, role === 'admin', actor.id)
  return 1
}

function getInviteLink(call: MethodCall) {
  const { em, actor, p } = call
  const peerId = requiredInt(p, 'peer_id')
  const { chat, me } = openChat(call, peerId - chats.firstChatPeer, 919)
  if (!me.is_admin) throw new VkError(flag(p, 'reset') ? 931 : 919)
  if (flag(p, 'reset')) chats.resetInviteLink(em, chat.id, actor.id)
  return { link: chats.inviteLink(em, chats.chatById(em, chat.id) ?? chat) }
}

/** Takes ours and the real forms: …/join/TOKEN, encoded or not. */
function chatByLink(em: Emulator, link: string): chats.Chat {
  const token = link.split('/join/')[1]?.split('?')[0]
  const chat = token === undefined ? undefined : chats.chatByInviteToken(em, decode(token))
  if (!chat) throw new VkError(917) // guess for a dead link
  return chat
}

const decode = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function joinChatByInviteLink(call: MethodCall) {
  const { em, actor, p } = call
  const chat = chatByLink(em, requiredText(p, 'link'))
  join(em, chat, actor.id)
  return { chat_id: chats.numberFor(em, actor.id, chat.id) }
}

/** The messenger's own button does the same. Joining twice changes nothing (guess). */
export function join(em: Emulator, chat: chats.Chat, userId: number): void {
  const standing = chats.membership(em, chat.id, userId)
  if (standing?.state === 'in') return
  if (standing?.state === 'kicked' && !em.limits.removedMayJoinByLink) throw new VkError(917)
  if (chats.memberCount(em, chat.id) >= em.limits.chatMembers) throw new VkError(103)
  chats.joinByLink(em, chat, userId)
}

function getChatPreview(call: MethodCall) {
  const { em, actor, p } = call
  const peerId = optionalInt(p, 'peer_id')
  const chat = p.link ? chatByLink(em, p.link) : openChat(call, (peerId ?? 0) - chats.firstChatPeer, 1017).chat
  const members = chats.membersOf(em, chat.id).map((member) => member.member_id)
  const isMember = members.includes(actor.id)
  return {
    preview: {
      admin_id: Math.max(0, chat.owner_id), // the schema allows no negative number here
      members,
      members_count: members.length,
      title: chat.title,
      joined: isMember,
      is_member: isMember,
      ...(isMember ? { local_id: chats.numberFor(em, actor.id, chat.id) } : {}),
    },
    ...peopleObjects(em, members.slice(0, 100), fieldList(p.fields)),
  }
}

export const fieldList = (text: string | undefined) => (text ? text.split(',').map((field) => field.trim()) : [])

function getChat(call: MethodCall) {
  const { em, p } = call
  const fields = fieldList(p.fields)
  const describe = (number: number) => {
    const seen = chats.chatByNumber(em, call.actor.id, number)
    if (!seen) throw new VkError(927)
    if (seen.chat.deleted) throw new VkError(945)
    const members = seen.me?.state === 'in' ? chats.membersOf(em, seen.chat.id) : []
    const users = members
      .filter((member) => member.member_id > 0)
      .map((member) =>
        p.fields ? { ...userObject(em, member.member_id, fields), type: 'profile', invited_by: member.invited_by } : member.member_id,
      )
    return {
      id: number,
      type: 'chat',
      title: seen.chat.title,
      admin_id: seen.chat.owner_id,
      members_count: members.length,
      users,
      ...(seen.me?.state === 'kicked' ? { kicked: 1 } : {}),
      ...(seen.me?.state === 'left' ? { left: 1 } : {}),
    }
  }
  const many = intList(p, 'chat_ids', { maxItems: 100 })
  return many.length > 0 ? many.map(describe) : describe(chatNumber(call))
}
