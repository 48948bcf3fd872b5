import { type Chat, chatByNumber, firstChatPeer, type SeenChat } from '../chats.ts'
import { VkError } from '../errors.ts'
import type { ChatWorld } from '../history.ts'
import { messageObject } from '../lines.ts'
import type { Method, MethodCall } from '../method.ts'
import { flag, intList, optionalInt, requiredInt, requiredText } from '../params.ts'
import { peopleObjects } from '../people.ts'
import { fieldList, openChat } from './chats.ts'

export const conversationMethods: Record<string, Method> = {
  'messages.getConversationMembers': { tokens: ['user', 'community'], right: 'messages', run: getConversationMembers },
  'messages.getConversationsById': { tokens: ['user', 'community'], right: 'messages', run: getConversationsById },
  'messages.getConversations': { tokens: ['user', 'community'], right: 'messages', run: getConversations },
  'messages.deleteConversation': { tokens: ['user', 'community'], right: 'messages', run: deleteConversation },
}

function getConversationMembers(call: MethodCall) {
  const { em, p, actor, lists } = call
  const peerId = requiredInt(p, 'peer_id')
  const offset = optionalInt(p, 'offset', { min: 0 }) ?? 0
  const count = optionalInt(p, 'count', { min: 1, max: 1000 }) ?? 20
  const { chat, me } = openChat(call, peerId - firstChatPeer, 927, lists)
  // A community that is not an administrator gets 917 or an empty list (negezor/vk-io#169); the list is the harder case, 917 the clearer.
  if (actor.kind === 'community' && !me.is_admin) throw new VkError(917)
  const only = intList(p, 'member_ids')
  const members = lists.membersOf(chat.id).filter((member) => only.length === 0 || only.includes(member.member_id))
  const page = members.slice(offset, offset + count)
  const people = page.map((member) => member.member_id)
  return {
    items: page.map((member) => ({
      member_id: member.member_id,
      join_date: member.joined_at,
      invited_by: member.invited_by,
      ...(member.is_admin ? { is_admin: true } : {}),
      ...(member.member_id === chat.owner_id ? { is_owner: true } : {}),
      can_kick: me.is_admin === 1 && member.member_id !== chat.owner_id && member.member_id !== actor.id,
    })),
    count: members.length,
    chat_restrictions: {
      admins_promote_users: true,
      only_admins_edit_info: !em.limits.membersMayRename,
      only_admins_edit_pin: true,
      only_admins_invite: true,
      only_admins_kick: true,
    },
    // Real answers carry profiles with and without `extended` here; clients read them only when asked for, so do we (guess).
    ...(flag(p, 'extended') ? peopleObjects(em, people, fieldList(p.fields)) : {}),
  }
}

function getConversationsById(call: MethodCall) {
  const { em, p, actor, lists } = call
  requiredText(p, 'peer_ids')
  const items = intList(p, 'peer_ids', { maxItems: 100 })
    .filter((peerId) => peerId > firstChatPeer)
    .map((peerId) => lists.chatByNumber(actor.id, peerId - firstChatPeer))
    // Chats that this actor never saw, or that are gone, are simply absent from the answer (guess).
    .filter((seen) => seen !== undefined && !seen.chat.deleted && seen.me !== undefined) as SeenChat[]
  return {
    count: items.length,
    items: items.map((seen) => conversation(call, seen)),
    ...(flag(p, 'extended') ? peopleObjects(em, ownersOf(items), fieldList(p.fields)) : {}),
  }
}

function getConversations(call: MethodCall) {
  const { em, p, actor, lists } = call
  const offset = optionalInt(p, 'offset', { min: 0 }) ?? 0
  const count = optionalInt(p, 'count', { min: 0, max: 200 }) ?? 20
  const all = lists.chatsOf(actor.id)
  const page = all.slice(offset, offset + count)
  return {
    count: all.length,
    unread_count: 0,
    items: page.map((seen) => {
      const line = lists.lastLine(seen.chat.id)
      return { conversation: conversation(call, seen), ...(line ? { last_message: messageObject(line, actor.id, seen.number) } : {}) }
    }),
    ...(flag(p, 'extended') ? peopleObjects(em, ownersOf(page), fieldList(p.fields)) : {}),
  }
}

/** Clears the history for the caller only; the chat comes back with the next line. */
function deleteConversation(call: MethodCall) {
  const { em, p, actor } = call
  const peerId = optionalInt(p, 'peer_id') ?? optionalInt(p, 'user_id')
  const seen = peerId === undefined ? undefined : chatByNumber(em, actor.id, peerId - firstChatPeer)
  if (!seen) throw new VkError(936)
  em.store.run('update chat_numbers set cleared_cmid = ? where actor_id = ? and number = ?', seen.chat.last_cmid, actor.id, seen.number)
  return { last_deleted_id: seen.chat.last_cmid }
}

const ownersOf = (seen: SeenChat[]) => [...new Set(seen.map(({ chat }) => chat.owner_id))]

/** messages_conversation of the schema. */
function conversation({ em, lists }: MethodCall, { chat, number, me }: SeenChat) {
  const isIn = me?.state === 'in'
  const isAdmin = isIn && me.is_admin === 1
  return {
    peer: { id: firstChatPeer + number, type: 'chat', local_id: number },
    last_message_id: chat.last_cmid,
    last_conversation_message_id: chat.last_cmid,
    in_read: chat.last_cmid,
    out_read: chat.last_cmid,
    unread_count: 0,
    version: chat.last_cmid,
    sort_id: { major_id: 0, minor_id: chat.last_cmid },
    can_write: isIn ? { allowed: true } : { allowed: false, reason: me?.state === 'left' ? 922 : 917 },
    chat_settings: {
      title: chat.title,
      owner_id: chat.owner_id,
      state: me?.state ?? 'out',
      members_count: isIn ? lists.memberCount(chat.id) : 0,
      admin_ids: isIn ? adminsOf(lists, chat) : [],
      active_ids: [],
      is_group_channel: false,
      is_service: false,
      acl: {
        can_change_info: isAdmin || (isIn && em.limits.membersMayRename),
        can_change_invite_link: isAdmin,
        can_change_pin: isAdmin,
        can_invite: isAdmin,
        can_promote_users: isAdmin,
        can_see_invite_link: isAdmin,
        can_moderate: isAdmin,
        can_copy_chat: isAdmin,
        can_call: isIn,
        can_use_mass_mentions: isIn,
      },
      permissions: {
        invite: 'owner_and_admins',
        change_info: em.limits.membersMayRename ? 'all' : 'owner_and_admins',
        change_pin: 'owner_and_admins',
        use_mass_mentions: 'all',
        see_invite_link: 'owner_and_admins',
        call: 'all',
        change_admins: 'owner_and_admins',
      },
    },
  }
}

const adminsOf = (lists: ChatWorld, chat: Chat) =>
  lists
    .membersOf(chat.id)
    .filter((member) => member.is_admin && member.member_id !== chat.owner_id)
    .map((member) => member.member_id)
