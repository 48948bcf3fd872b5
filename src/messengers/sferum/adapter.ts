import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Clock, systemClock } from '#lib/clock.ts'
import { createGovernor, type RateBudget } from '../governor.ts'
import {
  type Answer,
  type Capabilities,
  type IncomingEvent,
  type Messenger,
  MessengerError,
  type Operation,
  type Outcome,
  type Place,
} from '../messenger.ts'
import { createVkClient, type VkCall, type VkReply } from './client.ts'
import { userNotInChat } from './errors.ts'
import { type CallbackSettings, readCallback } from './events.ts'

/**
 * The service actor that manages the chats.
 * direct: a partner's user token with the right «messages» (it may add people);
 * invite: a community token with the same right (people come in by the chat's link).
 */
export type SferumActor = { mode: 'direct'; token: string } | { mode: 'invite'; token: string; groupId: string }

// guess: no document names these; a production client caps user_ids at 450, older guides say 500 members, and titles
// beyond 120 characters are cut by clients (facts.md).
const common = {
  largestChat: 500,
  membersAtCreation: 450,
  title: { longest: 120, forbidden: [] },
  operationsPerRequest: 25, // dev.vk.com/ru/execute
  chatsPerRead: 100, // messages.getConversationsById, schema 5.199
  membersPerPage: 1000, // messages.getConversationMembers, schema 5.199
} as const

// Requests a second: 3 for a user's token, 20 for a community's (VK's text in SevereCloud/vksdk api.go).
const capabilitiesOf: Record<SferumActor['mode'], Capabilities> = {
  direct: { ...common, add: 'direct', requestsPerSecond: 3 },
  invite: { ...common, add: 'invite', requestsPerSecond: 20 },
}

const peerBase = 2_000_000_000
const conversationsPerPage = 200

export function createSferum(options: {
  url: string
  actor: SferumActor
  /** The community's Callback API; only where the community itself is in the chats. */
  callback?: CallbackSettings | null
  budget: RateBudget
  clock?: Clock
  fetch?: typeof fetch
}): Messenger {
  const { actor } = options
  const capabilities = capabilitiesOf[actor.mode]
  const client = createVkClient({ url: options.url, token: actor.token, fetch: options.fetch })
  const governor = createGovernor({
    // The hash, not the token: the budget's row is no place for a secret.
    credential: `sferum:${createHash('sha256').update(actor.token).digest('hex').slice(0, 24)}`,
    requestsPerSecond: capabilities.requestsPerSecond,
    budget: options.budget,
    clock: options.clock ?? systemClock,
  })
  // The signal ends the waiting only: half a request cannot be called back.
  const execute = (calls: readonly VkCall[], place: Place, signal?: AbortSignal) => governor.run(place, () => client.execute(calls), signal)

  let self: Promise<string> | undefined
  const readSelf = async (): Promise<string> => {
    if (actor.mode === 'invite') return `-${actor.groupId}`
    const [reply] = await execute([{ method: 'users.get', params: {} }], { lane: 'person', school: '' })
    if (!reply?.ok) throw reply?.error ?? new MessengerError('unavailable', 'VK did not say who the actor is')
    const [user] = parse(z.array(z.object({ id: z.number() })), reply.response)
    if (!user) throw new MessengerError('auth-expired', 'VK does not know whose token this is')
    return String(user.id)
  }
  /** Our own id among members and owners: the user's, or the community's with a minus. */
  const selfId = (): Promise<string> => {
    self ??= readSelf().catch((error: unknown) => {
      self = undefined
      throw error
    })
    return self
  }

  return {
    name: 'sferum',
    capabilities,
    actor: selfId,
    health: governor.health,
    ...(options.callback && { readEvent: readEventOf(options.callback) }),
    perform: async (operations, place, signal) => {
      const own = await selfId()
      const replies = await execute(
        operations.map((operation) => callOf(operation, actor)),
        place,
        signal,
      )
      const floods = replies.flatMap((reply) => (!reply.ok && reply.error.kind === 'rate-limited' ? [reply.error.retryAfterMs] : []))
      if (floods.length > 0) await governor.slowDown(Math.max(...floods))
      return operations.map((operation, index) => outcomeOf(operation, replies[index], own))
    },
  }
}

const readEventOf =
  (settings: CallbackSettings) =>
  (body: unknown): IncomingEvent =>
    readCallback(body, settings)

function callOf(operation: Operation, actor: SferumActor): VkCall {
  switch (operation.kind) {
    case 'create-chat': {
      const params: VkCall['params'] = { title: operation.title }
      if (operation.members.length > 0) params.user_ids = operation.members.join(',')
      if (actor.mode === 'invite') params.group_id = actor.groupId
      return { method: 'messages.createChat', params }
    }
    case 'rename-chat':
      return { method: 'messages.editChat', params: { chat_id: operation.chat, title: operation.title } }
    case 'add-member':
      return { method: 'messages.addChatUser', params: { chat_id: operation.chat, user_id: operation.member } }
    case 'remove-member':
      return { method: 'messages.removeChatUser', params: { chat_id: operation.chat, member_id: operation.member } }
    case 'send-notice':
      return {
        method: 'messages.send',
        params: { peer_id: peerOf(operation.chat), message: operation.text, random_id: randomIdOf(operation.chat, operation.text) },
      }
    case 'read-invite-link':
      return { method: 'messages.getInviteLink', params: { peer_id: peerOf(operation.chat) } }
    case 'list-members':
      return {
        method: 'messages.getConversationMembers',
        params: { peer_id: peerOf(operation.chat), offset: operation.offset, count: capabilitiesOf[actor.mode].membersPerPage },
      }
    case 'read-chats':
      return { method: 'messages.getConversationsById', params: { peer_ids: operation.chats.map(peerOf).join(',') } }
    case 'list-chats':
      return { method: 'messages.getConversations', params: { offset: operation.offset, count: conversationsPerPage } }
  }
}

// messages.send ignores a second message with the same random_id (vk-api-schema 5.199: «unique identifier to avoid
// resending the message»), so the id is made of what is said: the same notice is said once.
const randomIdOf = (chat: string, text: string): number => createHash('sha256').update(`${chat}\0${text}`).digest().readInt32BE(0)

const peerOf = (chat: string): number => peerBase + Number(chat)

function outcomeOf(operation: Operation, reply: VkReply | undefined, own: string): Outcome {
  if (!reply) return { ok: false, error: new MessengerError('unavailable', 'VK left a call unanswered', { applied: 'unknown' }) }
  if (reply.ok) return { ok: true, answer: answerOf(operation, reply.response, own) }
  if (operation.kind === 'remove-member' && reply.error.vendorCode === userNotInChat) return { ok: true, answer: { kind: 'done' } }
  return { ok: false, error: reply.error }
}

const created = z.union([
  z.number().transform((chat_id) => ({ chat_id, peer_ids: undefined })), // ≤ 5.131: a bare number
  z.object({ chat_id: z.number(), peer_ids: z.array(z.number()).optional() }),
])
const inviteLink = z.object({ link: z.string() })
const members = z.object({ count: z.number(), items: z.array(z.object({ member_id: z.number() })) })
const conversation = z.object({
  peer: z.object({ id: z.number(), type: z.string(), local_id: z.number().optional() }),
  chat_settings: z.object({ title: z.string(), owner_id: z.number().optional(), state: z.string().optional() }).optional(),
})
const conversationsById = z.object({ count: z.number(), items: z.array(conversation) })
const conversations = z.object({ count: z.number(), items: z.array(z.object({ conversation })) })

function answerOf(operation: Operation, response: unknown, own: string): Answer {
  switch (operation.kind) {
    case 'create-chat': {
      const { chat_id, peer_ids } = parse(created, response)
      return { kind: 'created', chat: String(chat_id), members: peer_ids?.map(String).filter((id) => id !== own) ?? null }
    }
    case 'rename-chat':
    case 'add-member':
    case 'remove-member':
    case 'send-notice':
      return { kind: 'done' }
    case 'read-invite-link':
      return { kind: 'invite-link', link: parse(inviteLink, response).link }
    case 'list-members': {
      const { count, items } = parse(members, response)
      return {
        kind: 'members',
        // Communities (negative numbers) are bots in the chat, not people.
        members: items.filter((item) => item.member_id > 0 && String(item.member_id) !== own).map((item) => String(item.member_id)),
        read: items.length,
        total: count,
      }
    }
    case 'read-chats': {
      const { count, items } = parse(conversationsById, response)
      return { kind: 'chats', chats: items.flatMap((item) => chatOf(item, own)), read: items.length, total: count }
    }
    case 'list-chats': {
      const { count, items } = parse(conversations, response)
      return { kind: 'chats', chats: items.flatMap((item) => chatOf(item.conversation, own)), read: items.length, total: count }
    }
  }
}

/** Empty for conversations that are no chats, and for chats that the actor is no longer in: those are gone for it. */
function chatOf({ peer, chat_settings }: z.infer<typeof conversation>, own: string) {
  if (peer.type !== 'chat' || chat_settings === undefined) return []
  if (chat_settings.state !== undefined && chat_settings.state !== 'in') return []
  return [{ chat: String(peer.id - peerBase), title: chat_settings.title, ours: String(chat_settings.owner_id) === own }]
}

function parse<Schema extends z.ZodType>(schema: Schema, response: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(response)
  if (parsed.success) return parsed.data
  throw new MessengerError('unavailable', 'VK answered in a shape that its schema does not know', {
    applied: 'unknown',
    cause: parsed.error,
  })
}
