import { type Emulator, seconds } from '../../core/emulator.ts'
import { addLine, firstChatPeer } from '../chats.ts'
import { VkError } from '../errors.ts'
import type { Method, MethodCall } from '../method.ts'
import { intList, missing, optionalInt, requiredInt } from '../params.ts'
import { groupObject, profileOf, somebody, userObject } from '../people.ts'
import { fieldList, openChat } from './chats.ts'

export const peopleMethods: Record<string, Method> = {
  'users.get': { tokens: ['user', 'community', 'service'], person: true, run: usersGet },
  'account.getProfileInfo': { tokens: ['user'], person: true, run: getProfileInfo },
  'groups.getById': { tokens: ['user', 'community', 'service'], run: groupsGetById },
  'groups.getTokenPermissions': { tokens: ['community'], run: getTokenPermissions },
  'utils.getServerTime': { tokens: ['user', 'community', 'service'], person: true, run: ({ em }) => seconds(em) },
  'messages.isMessagesFromGroupAllowed': { tokens: ['user', 'community'], right: 'messages', run: isMessagesFromGroupAllowed },
  'messages.send': { tokens: ['user', 'community'], right: 'messages', run: send },
}

function usersGet({ em, actor, p }: MethodCall) {
  const ids = p.user_ids ? p.user_ids.split(',') : []
  if (ids.length > 1000) throw new VkError(100, 'user_ids should contain not more than 1000 items')
  if (ids.length === 0) {
    if (actor.kind === 'community') return []
    if (actor.kind === 'service') throw missing('user_ids')
    ids.push(String(actor.id))
  }
  const fields = fieldList(p.fields)
  return ids.map((text) => userObject(em, personId(text), fields)).filter((user) => user !== undefined)
}

function personId(text: string): number {
  const digits = /^(?:id)?(\d+)$/.exec(text.trim())?.[1]
  if (digits === undefined) throw new VkError(113)
  return Number(digits)
}

function getProfileInfo({ em, actor }: MethodCall) {
  const user = userObject(em, actor.id, ['sex', 'bdate', 'screen_name'])
  if (!user) throw new VkError(18)
  return {
    id: user.id,
    first_name: user.first_name,
    last_name: user.last_name,
    screen_name: user.screen_name ?? '',
    sex: user.sex ?? 0,
    bdate: user.bdate ?? '',
    bdate_visibility: 0,
    home_town: '',
    status: '',
    phone: '',
    relation: 0,
  }
}

function groupsGetById({ em, actor, p }: MethodCall) {
  const asked = (p.group_ids ?? p.group_id ?? '').split(',').filter((text) => text !== '')
  if (asked.length === 0 && actor.kind === 'community') asked.push(String(-actor.id))
  if (asked.length === 0) throw missing('group_ids')
  const groups = asked.map((text) => {
    const digits = /^(?:club|public)?(\d+)$/.exec(text.trim())?.[1]
    const group = digits === undefined ? undefined : groupObject(em, Number(digits))
    if (!group) throw new VkError(100, 'group_ids is undefined') // guess for an unknown community
    return group
  })
  return { groups, profiles: [] }
}

/** Bits of a community key: dev.vk.com/reference/access-rights. */
const rightBits: Record<string, number> = { stories: 1, photos: 4, app_widget: 64, messages: 4096, docs: 131072, manage: 262144 }

function getTokenPermissions({ actor }: MethodCall) {
  const permissions = actor.rights.map((name) => ({ name, setting: rightBits[name] ?? 0 }))
  return { mask: permissions.reduce((mask, { setting }) => mask | setting, 0), permissions }
}

/** Really 1 only after the person wrote to the community or allowed messages; here everybody allows unless the seed says otherwise. */
function isMessagesFromGroupAllowed({ em, p }: MethodCall) {
  requiredInt(p, 'group_id', { min: 1 })
  const profile = profileOf(em, requiredInt(p, 'user_id', { min: 1 }))
  if (!profile) throw new VkError(113)
  return { is_allowed: profile.blocks_community ? 0 : 1 }
}

const longestMessage = 9000 // dev.vk.com/method/messages.send

function send(call: MethodCall) {
  const { p } = call
  const text = p.message ?? ''
  if (text === '') throw new VkError(100, 'message is empty or invalid')
  if (text.length > longestMessage) throw new VkError(914)
  const randomId = requiredInt(p, 'random_id')
  const many = [...intList(p, 'peer_ids', { maxItems: 100 }), ...intList(p, 'user_ids', { maxItems: 100 })]
  if (many.length > 0) {
    return many.map((peerId) => {
      try {
        const sent = sendTo(call, peerId, text, randomId)
        return { peer_id: peerId, message_id: sent.id, conversation_message_id: sent.cmid }
      } catch (error) {
        if (!(error instanceof VkError)) throw error
        return { peer_id: peerId, message_id: 0, conversation_message_id: 0, error: { code: error.code, description: error.message } }
      }
    })
  }
  const chatNumber = optionalInt(p, 'chat_id')
  const peerId =
    optionalInt(p, 'peer_id') ?? optionalInt(p, 'user_id') ?? (chatNumber === undefined ? undefined : firstChatPeer + chatNumber)
  if (peerId === undefined) throw missing('peer_id')
  return sendTo(call, peerId, text, randomId).id
}

function sendTo(call: MethodCall, peerId: number, text: string, randomId: number): { id: number; cmid: number } {
  const { em, actor } = call
  if (peerId > firstChatPeer) {
    const { chat } = openChat(call, peerId - firstChatPeer, 945)
    const again = alreadySent<{ id: number; cmid: number }>(
      em,
      'select id, cmid from chat_lines where random_id = ? and actor_id = ? and chat_id = ?',
      randomId,
      actor.id,
      chat.id,
    )
    const cmid = again?.cmid ?? addLine(em, chat.id, { kind: 'message', actorId: actor.id, text, randomId })
    return { id: actor.kind === 'community' ? 0 : cmid, cmid }
  }
  if (peerId < 0) throw new VkError(actor.kind === 'community' ? 932 : 901)
  const reader = somebody(em, peerId)
  if (!reader) throw new VkError(936)
  if (actor.kind === 'community' && reader.profile?.blocks_community) throw new VkError(901)
  const again = alreadySent<{ id: number }>(
    em,
    'select id from direct_messages where random_id = ? and from_id = ? and to_id = ?',
    randomId,
    actor.id,
    peerId,
  )
  if (again) return { id: again.id, cmid: again.id }
  const { id } = em.store.run(
    'insert into direct_messages (from_id, to_id, text, at, random_id) values (?, ?, ?, ?, ?)',
    actor.id,
    peerId,
    text,
    seconds(em),
    randomId,
  )
  return { id, cmid: id }
}

/** `random_id` keeps a repeated message from being sent twice; 0 switches that off. */
function alreadySent<Row>(em: Emulator, sql: string, randomId: number, fromId: number, to: number): Row | undefined {
  return randomId === 0 ? undefined : em.store.get<Row>(sql, randomId, fromId, to)
}
