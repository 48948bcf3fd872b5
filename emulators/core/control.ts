import { Hono } from 'hono'
import {
  addMember,
  type Chat,
  chatById,
  deleteChat,
  inviteLink,
  joinByLink,
  linesOf,
  membership,
  membersOf,
  renameChat,
  takeOut,
} from '../vk/chats.ts'
import type { Emulator } from './emulator.ts'
import { readFaultRule } from './faults.ts'
import type { Limits } from './settings.ts'

export type ChatState = {
  id: number
  title: string
  ownerId: number
  createdAt: number
  deleted: boolean
  inviteLink: string
  members: { id: number; isAdmin: boolean }[]
  /** People who were in and are not any more. */
  gone: { id: number; state: 'kicked' | 'left' }[]
  /** Every actor's own number of this chat. */
  numbers: Record<string, number>
}

/** The whole world behind the messenger, for assertions. */
export function chatStates(em: Emulator): ChatState[] {
  return em.store.all<Chat>('select * from chats order by id').map((chat) => ({
    id: chat.id,
    title: chat.title,
    ownerId: chat.owner_id,
    createdAt: chat.created_at,
    deleted: chat.deleted === 1,
    inviteLink: inviteLink(em, chat),
    members: membersOf(em, chat.id).map((member) => ({ id: member.member_id, isAdmin: member.is_admin === 1 })),
    gone: em.store
      .all<{ id: number; state: 'kicked' | 'left' }>(
        "select member_id as id, state from chat_members where chat_id = ? and state <> 'in' order by member_id",
        chat.id,
      )
      .map((row) => ({ ...row })),
    numbers: Object.fromEntries(
      em.store
        .all<{ actor_id: number; number: number }>('select actor_id, number from chat_numbers where chat_id = ?', chat.id)
        .map((row) => [row.actor_id, row.number]),
    ),
  }))
}

/** The levers of whoever tests: no vendor has these. */
export function control(em: Emulator, reset: () => void) {
  const app = new Hono().basePath('/_emulator')

  app.get('/faults', (c) => c.json({ faults: em.faults.list() }))
  app.post('/faults', async (c) => {
    const rule = readFaultRule(await c.req.json().catch(() => undefined))
    return typeof rule === 'string' ? c.json({ problem: rule }, 400) : c.json(em.faults.add(rule), 201)
  })
  app.delete('/faults', (c) => {
    em.faults.clear()
    return c.json({ faults: [] })
  })

  app.get('/calls', (c) => {
    const calls = em.calls.since(Number(c.req.query('since') ?? 0) || 0)
    return c.json({ calls, last: em.calls.last, offences: em.calls.offences })
  })
  app.delete('/calls', (c) => {
    em.calls.clear()
    return c.json({ calls: [], last: 0, offences: 0 })
  })

  app.get('/callback', (c) => c.json({ servers: em.callbacks.states() }))
  app.post('/callback', async (c) => {
    const { groupId, url, secret, confirmation } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    if (typeof groupId !== 'number' || typeof url !== 'string' || typeof secret !== 'string' || typeof confirmation !== 'string') {
      return c.json({ problem: 'groupId, url, secret and confirmation are wanted' }, 400)
    }
    em.callbacks.set({ groupId, url, secret, confirmation })
    return c.json({ servers: em.callbacks.states() }, 201)
  })

  app.get('/state', (c) => c.json({ now: em.clock(), limits: em.limits, chats: chatStates(em) }))
  app.get('/settings', (c) => c.json(em.limits))
  app.post('/settings', async (c) => {
    const wanted = (await c.req.json().catch(() => undefined)) as Partial<Limits> | undefined
    for (const [key, value] of Object.entries(wanted ?? {})) {
      const known = em.limits[key as keyof Limits]
      if (known === undefined || typeof known !== typeof value) return c.json({ problem: `no setting «${key}» of this type` }, 400)
    }
    Object.assign(em.limits, wanted)
    return c.json(em.limits)
  })
  app.post('/reset', (c) => {
    reset()
    return c.json({ done: true })
  })

  // "Somebody did it in the messenger": {title}, {userId, by?}, {}; `:id` is the global id that /state shows.
  app.post('/chats/:id/:act', async (c) => {
    const chat = chatById(em, Number(c.req.param('id')))
    if (!chat) return c.json({ problem: 'no such chat' }, 404)
    const body = (await c.req.json().catch(() => ({}))) as { title?: string; userId?: number; by?: number }
    const userId = body.userId ?? 0
    switch (c.req.param('act')) {
      case 'rename':
        if (!body.title) return c.json({ problem: 'title is missing' }, 400)
        renameChat(em, chat.id, body.by ?? chat.owner_id, body.title)
        break
      case 'kick':
      case 'leave':
        if (membership(em, chat.id, userId)?.state !== 'in') return c.json({ problem: 'this person is not in the chat' }, 400)
        takeOut(em, chat.id, userId, c.req.param('act') === 'leave' ? userId : (body.by ?? chat.owner_id))
        break
      case 'join':
        if (!userId) return c.json({ problem: 'userId is missing' }, 400)
        joinByLink(em, chat, userId)
        break
      case 'add':
        if (!userId) return c.json({ problem: 'userId is missing' }, 400)
        addMember(em, chat.id, userId, body.by ?? chat.owner_id)
        break
      case 'delete':
        deleteChat(em, chat.id)
        break
      default:
        return c.json({ problem: 'rename, kick, leave, add, join or delete' }, 404)
    }
    return c.json({ ...chatStates(em).find((state) => state.id === chat.id), lines: linesOf(em, chat.id) })
  })
  return app
}
