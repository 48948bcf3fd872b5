import { randomUUID } from 'node:crypto'
import { type Emulator, seconds } from '../core/emulator.ts'
import { firstChatPeer, type LineKind, membership, numberFor } from './chats.ts'

/** A community's Callback API server, as its administrator set it up. */
export type CallbackServer = { groupId: number; url: string; secret: string; confirmation: string }
export type CallbackState = { groupId: number; status: 'wait' | 'ok' | 'failed'; sent: number; failed: number; queued: number }

export type Callbacks = {
  /** Sets the community's server up and asks it for the confirmation, as VK does. */
  set: (server: CallbackServer) => void
  states: () => CallbackState[]
  /** Told of every service line of a chat. */
  onLine: (em: Emulator, chatId: number, cmid: number, line: { kind: LineKind; actorId: number; subjectId?: number; text?: string }) => void
  /** Resolves when everything has been delivered or given up. */
  idle: () => Promise<void>
  close: () => void
}

type Open = CallbackServer & CallbackState & { work: Promise<void> }

// dev.vk.com callback page: events come in order; whoever does not answer «ok» gets them again with X-Retry-Counter.
const attempts = 5

/** The line's kind as VK names the action (vk-api-schema messages_message_action_status 5.199); others make no event. */
const actions: Partial<Record<LineKind, string>> = {
  renamed: 'chat_title_update',
  added: 'chat_invite_user',
  joined: 'chat_invite_user_by_link',
  left: 'chat_kick_user',
  removed: 'chat_kick_user',
}

export function openCallbacks(retryMs: () => number): Callbacks {
  const servers = new Map<number, Open>()
  let closed = false

  const post = async (server: Open, body: object, retry: number): Promise<string | null> => {
    try {
      const answer = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(retry > 0 && { 'x-retry-counter': String(retry) }) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(5000),
      })
      return answer.ok ? (await answer.text()).trim() : null
    } catch {
      return null
    }
  }
  const deliver = async (server: Open, body: object, wanted: string): Promise<boolean> => {
    for (let retry = 0; retry < attempts && !closed; retry++) {
      if ((await post(server, body, retry)) === wanted) return true
      await new Promise((resolve) => setTimeout(resolve, retryMs() * 2 ** retry).unref())
    }
    return false
  }
  const enqueue = (server: Open, work: () => Promise<void>): void => {
    server.queued++
    server.work = server.work.then(work).finally(() => {
      server.queued--
    })
  }

  return {
    set: (given) => {
      const server: Open = { ...given, status: 'wait', sent: 0, failed: 0, queued: 0, work: Promise.resolve() }
      servers.set(given.groupId, server)
      enqueue(server, async () => {
        const confirmed = await deliver(server, { type: 'confirmation', group_id: server.groupId }, server.confirmation)
        server.status = confirmed ? 'ok' : 'failed'
      })
    },
    states: () => [...servers.values()].map(({ groupId, status, sent, failed, queued }) => ({ groupId, status, sent, failed, queued })),
    onLine: (em, chatId, cmid, line) => {
      const type = actions[line.kind]
      if (type === undefined) return
      for (const server of servers.values()) {
        // Events come only from chats in which the community is.
        if (membership(em, chatId, -server.groupId)?.state !== 'in') continue
        const event = { type: 'message_new', event_id: randomUUID(), v: '5.199', group_id: server.groupId, secret: server.secret }
        const peer_id = firstChatPeer + numberFor(em, -server.groupId, chatId)
        const member = line.kind === 'renamed' ? {} : { member_id: line.subjectId ?? line.actorId }
        const action = { type, ...member, ...(line.kind === 'renamed' && { text: line.text ?? '' }) }
        const message = {
          date: seconds(em),
          from_id: line.actorId,
          id: 0,
          out: 0,
          peer_id,
          text: '',
          conversation_message_id: cmid,
          action,
        }
        const body = { ...event, object: { message: { ...message, attachments: [] }, client_info: {} } }
        enqueue(server, async () => {
          if (server.status === 'ok' && (await deliver(server, body, 'ok'))) server.sent++
          else server.failed++
        })
      }
    },
    idle: async () => {
      while ([...servers.values()].some((server) => server.queued > 0))
        await Promise.all([...servers.values()].map((server) => server.work))
    },
    close: () => {
      closed = true
    },
  }
}
