import { Hono } from 'hono'
import { type Chat, inviteLink, linesOf, membersOf } from '../vk/chats.ts'
import { ImpossibleAct, type WorldActs } from './acts.ts'
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
export function control(em: Emulator, acts: WorldActs, reset: () => void) {
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
    const given = (await c.req.json().catch(() => undefined)) as Record<string, unknown> | undefined
    const { groupId, url, secret = '', confirmation } = given ?? {}
    if (typeof groupId !== 'number' || typeof url !== 'string' || !URL.canParse(url))
      return c.json({ problem: 'groupId and url are wanted' }, 400)
    if (typeof secret !== 'string') return c.json({ problem: 'secret must be a string' }, 400)
    if (confirmation !== undefined && typeof confirmation !== 'string') return c.json({ problem: 'confirmation must be a string' }, 400)
    em.callbacks.set({ groupId, url, secret, ...(confirmation === undefined ? {} : { confirmation }) })
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

  // {title, by?}, {userId, by?}, {userId} or {}; `:id` is the global id that /state shows.
  app.post('/chats/:id/:act', async (c) => {
    const act = c.req.param('act')
    const chatId = Number(c.req.param('id'))
    const { title = '', userId = 0, by } = (await c.req.json().catch(() => ({}))) as { title?: string; userId?: number; by?: number }
    const done: Record<string, () => void> = {
      rename: () => acts.rename(chatId, title, by),
      kick: () => acts.kick(chatId, userId, by),
      leave: () => acts.leave(chatId, userId),
      add: () => acts.add(chatId, userId, by),
      join: () => acts.join(chatId, userId),
      delete: () => acts.delete(chatId),
    }
    const perform = Object.hasOwn(done, act) ? done[act] : undefined
    if (!perform) return c.json({ problem: `${Object.keys(done).join(', ')}: nothing else` }, 404)
    try {
      perform()
    } catch (error) {
      if (!(error instanceof ImpossibleAct)) throw error
      return c.json({ problem: error.message }, error.status)
    }
    return c.json({ ...chatStates(em).find((state) => state.id === chatId), lines: linesOf(em, chatId) })
  })
  return app
}
