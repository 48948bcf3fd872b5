import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { IncomingEvent } from '../messenger.ts'

/** The community's Callback API server, as its administrator set it up. */
export type CallbackSettings = { groupId: string; secret: string; confirmation: string }

const peerBase = 2_000_000_000

// dev.vk.com/ru/api/callback/getting-started and vk-api-schema callback/objects.json 5.199.
const envelope = z.object({ type: z.string(), group_id: z.number(), secret: z.string().optional(), object: z.unknown().optional() })
const serviceMessage = z.object({
  message: z.object({
    peer_id: z.number(),
    from_id: z.number(),
    action: z.object({ type: z.string(), member_id: z.number().optional() }).optional(),
  }),
})

/**
 * One POST of VK's Callback API. `ignored` covers everything that is not about who is in a chat or what it is called:
 * VK wants the same «ok» for it. Proved by the secret in the body; VK signs nothing else.
 */
export function readCallback(body: unknown, settings: CallbackSettings): IncomingEvent {
  const parsed = envelope.safeParse(body)
  if (!parsed.success || String(parsed.data.group_id) !== settings.groupId) return { kind: 'refused' }
  // The very first request comes before VK knows the secret, and its answer opens nothing.
  if (parsed.data.type === 'confirmation') return { kind: 'confirm', answer: settings.confirmation }
  if (!isSame(parsed.data.secret ?? '', settings.secret)) return { kind: 'refused' }
  const message = serviceMessage.safeParse(parsed.data.object)
  if (parsed.data.type !== 'message_new' || !message.success) return { kind: 'ignored' }
  const { peer_id, from_id, action } = message.data.message
  if (action === undefined || peer_id <= peerBase) return { kind: 'ignored' }
  // What the community did is what we did: it is on record already, and a run would look at every chat again.
  if (from_id === -parsed.data.group_id) return { kind: 'ignored' }
  const of = { actor: `-${settings.groupId}`, chat: String(peer_id - peerBase) }
  const account = String(action.member_id ?? from_id)
  switch (action.type) {
    case 'chat_title_update':
      return { kind: 'event', event: { ...of, what: 'renamed', account: null } }
    case 'chat_invite_user':
    case 'chat_invite_user_by_link':
      return { kind: 'event', event: { ...of, what: 'entered', account } }
    case 'chat_kick_user':
      // Somebody who goes by themselves «kicks» themselves.
      return { kind: 'event', event: { ...of, what: account === String(from_id) ? 'left' : 'kicked', account } }
    default:
      return { kind: 'ignored' }
  }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
