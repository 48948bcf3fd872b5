import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Emulator } from '../core/emulator.ts'
import { seconds } from '../core/emulator.ts'
import { searchable } from '../core/seed.ts'
import { firstAccounts, searchAccounts } from '../vkid/accounts.ts'
import {
  addLine,
  chatByInviteToken,
  chatByNumber,
  chatsOf,
  firstChatPeer,
  linesOf,
  memberCount,
  membersOf,
  numberFor,
  renameChat,
  takeOut,
} from './chats.ts'
import { VkError } from './errors.ts'
import { chatPage, choosePage, dialogPage, homePage, joinPage, notFoundPage } from './messenger-pages.ts'
import { join } from './methods/chats.ts'
import { type Somebody, somebody } from './people.ts'

/** What a person does in VK Messenger by hand. No rate limits here: people are slow. */
export function messenger(em: Emulator) {
  const app = new Hono()

  app.get('/messenger', (c) => {
    const search = (c.req.query('q') ?? '').trim()
    const accounts = search ? searchAccounts(em, search, 30) : firstAccounts(em, rememberedLogins(c), 8)
    return c.html(choosePage({ accounts, search, next: safeNext(c.req.query('next')), services: serviceUsers(em, search) }))
  })

  app.get('/messenger/:user', (c) => {
    const me = reader(em, c)
    if (!me) return c.html(notFoundPage('Такого профиля нет.'), 404)
    return c.html(homePage({ me, list: listFor(em, me.id) }))
  })

  app.get('/messenger/:user/chats/:number', (c) => {
    const me = reader(em, c)
    const seen = me && chatByNumber(em, me.id, Number(c.req.param('number')))
    if (!me || !seen?.me || seen.chat.deleted) return c.html(notFoundPage('Этого чата нет или он недоступен вам.'), 404)
    const isIn = seen.me.state === 'in'
    const people = new Map<number, Somebody>()
    const named = (id: number) => {
      if (!people.has(id)) people.set(id, somebody(em, id) ?? { id, name: `id${id}`, gender: 'none' })
      return people.get(id)! // just set
    }
    const members = (isIn ? membersOf(em, seen.chat.id) : []).map((member) => ({
      ...named(member.member_id),
      isAdmin: member.is_admin === 1,
      isOwner: member.member_id === seen.chat.owner_id,
    }))
    members.sort((a, b) => Number(b.isOwner) - Number(a.isOwner) || Number(b.isAdmin) - Number(a.isAdmin) || byName.compare(a.name, b.name))
    return c.html(
      chatPage({
        me,
        list: listFor(em, me.id),
        number: seen.number,
        title: seen.chat.title,
        state: seen.me.state,
        members,
        lines: linesOf(em, seen.chat.id).slice(-200),
        named,
        mayRename: isIn && (seen.me.is_admin === 1 || em.limits.membersMayRename),
        titleLength: em.limits.titleLength,
      }),
    )
  })

  app.post('/messenger/:user/chats/:number/:act', async (c) => {
    const me = reader(em, c)
    const seen = me && chatByNumber(em, me.id, Number(c.req.param('number')))
    if (!me || seen?.me?.state !== 'in') return c.html(notFoundPage('Этого чата нет или он недоступен вам.'), 404)
    const form = (await c.req.parseBody()) as Record<string, string>
    const text = (form.text ?? '').trim()
    const act = c.req.param('act')
    if (act === 'leave') takeOut(em, seen.chat.id, me.id, me.id)
    if (act === 'post' && text) addLine(em, seen.chat.id, { kind: 'message', actorId: me.id, text: text.slice(0, 9000) })
    const mayRename = seen.me.is_admin === 1 || em.limits.membersMayRename
    if (act === 'rename' && text && mayRename && text !== seen.chat.title)
      renameChat(em, seen.chat.id, me.id, [...text].slice(0, em.limits.titleLength).join(''))
    return c.redirect(`/messenger/${me.id}/chats/${seen.number}`, 303)
  })

  app.get('/messenger/:user/dialogs/:peer', (c) => {
    const me = reader(em, c)
    const peer = somebody(em, Number(c.req.param('peer')))
    if (!me || !peer) return c.html(notFoundPage('Такого собеседника нет.'), 404)
    return c.html(dialogPage({ me, peer, list: listFor(em, me.id), lines: dialogLines(em, me.id, peer.id) }))
  })

  app.post('/messenger/:user/dialogs/:peer', async (c) => {
    const me = reader(em, c)
    const peer = somebody(em, Number(c.req.param('peer')))
    if (!me || !peer) return c.html(notFoundPage('Такого собеседника нет.'), 404)
    const text = String((await c.req.parseBody()).text ?? '').trim()
    if (text)
      em.store.run(
        'insert into direct_messages (from_id, to_id, text, at) values (?, ?, ?, ?)',
        me.id,
        peer.id,
        text.slice(0, 9000),
        seconds(em),
      )
    return c.redirect(`/messenger/${me.id}/dialogs/${peer.id}`, 303)
  })

  // The real forms: https://vk.me/join/TOKEN. The token may hold slashes, encoded or not.
  app.get('/join/:token{.+}', (c) => {
    const chat = chatByInviteToken(em, inviteToken(c))
    if (!chat) return c.html(notFoundPage('Ссылка-приглашение больше не действует. Попросите новую у администратора чата.'), 404)
    const as = c.req.query('as') ?? getCookie(c, 'vkm_as')
    const me = somebody(em, Number(as) || 0)
    const address = new URL(c.req.url).pathname
    if (!me || c.req.query('as') === '') return c.redirect(`/messenger?next=${encodeURIComponent(address)}`, 302)
    const standing = membersOf(em, chat.id).some((member) => member.member_id === me.id)
    return c.html(
      joinPage({
        me,
        title: chat.title,
        members: memberCount(em, chat.id),
        isIn: standing,
        address,
        chatAddress: standing ? `/messenger/${me.id}/chats/${numberFor(em, me.id, chat.id)}` : undefined,
      }),
    )
  })

  app.post('/join/:token{.+}', async (c) => {
    const chat = chatByInviteToken(em, inviteToken(c))
    const me = somebody(em, Number((await c.req.parseBody()).as) || 0)
    if (!chat || !me) return c.html(notFoundPage('Ссылка-приглашение больше не действует.'), 404)
    try {
      join(em, chat, me.id)
    } catch (error) {
      if (!(error instanceof VkError)) throw error
      const why = error.code === 103 ? 'В чате больше нет мест.' : 'Вас убрали из этого чата: вернуть может только администратор.'
      return c.html(notFoundPage(why), 403)
    }
    rememberReader(c, me.id)
    return c.redirect(`/messenger/${me.id}/chats/${numberFor(em, me.id, chat.id)}`, 303)
  })

  // https://web.vk.me/convo/{peer_id}: the number is the reader's own.
  app.get('/convo/:peer', (c) => {
    const me = somebody(em, Number(c.req.query('as') ?? getCookie(c, 'vkm_as')) || 0)
    const peer = Number(c.req.param('peer'))
    if (!me) return c.redirect(`/messenger?next=${encodeURIComponent(`/convo/${peer}`)}`, 302)
    return c.redirect(
      peer > firstChatPeer ? `/messenger/${me.id}/chats/${peer - firstChatPeer}` : `/messenger/${me.id}/dialogs/${peer}`,
      302,
    )
  })
  return app
}

const byName = new Intl.Collator('ru', { numeric: true })

const rememberedLogins = (c: Context) => (getCookie(c, 'vkid_accounts') ?? '').split(',').filter(Boolean)
const inviteToken = (c: Context) => decodeSafely(new URL(c.req.url).pathname.slice('/join/'.length))

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Only back into the messenger, never to another site. */
const safeNext = (next: string | undefined) => (next && /^\/(join|convo)\//.test(next) ? next : undefined)

function reader(em: Emulator, c: Context): Somebody | undefined {
  const me = somebody(em, Number(c.req.param('user')))
  if (me && me.id > 0) rememberReader(c, me.id)
  return me && me.id > 0 ? me : undefined
}

function rememberReader(c: Context, id: number): void {
  setCookie(c, 'vkm_as', String(id), { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 31_536_000 })
}

function serviceUsers(em: Emulator, search: string): { id: number; name: string }[] {
  const all = em.store.all<{ id: number; name: string }>('select user_id as id, name from service_users order by user_id')
  return all.filter((user) => search === '' || searchable(`${user.name} ${user.id}`).includes(searchable(search)))
}

export type ListItem = { address: string; id: number; title: string; note: string }

function listFor(em: Emulator, userId: number): { chats: ListItem[]; dialogs: ListItem[] } {
  const chats = chatsOf(em, userId).map(({ chat, number }) => ({
    address: `/messenger/${userId}/chats/${number}`,
    id: chat.id,
    title: chat.title,
    note: String(memberCount(em, chat.id)),
  }))
  const dialogs = em.store
    .all<{ peer: number; text: string }>(
      `select peer, text from (
         select case when from_id = ? then to_id else from_id end as peer, text, max(id) as id from direct_messages
         where from_id = ? or to_id = ? group by peer) order by id desc`,
      userId,
      userId,
      userId,
    )
    .map(({ peer, text }) => ({
      address: `/messenger/${userId}/dialogs/${peer}`,
      id: peer,
      title: somebody(em, peer)?.name ?? `id${peer}`,
      note: text,
    }))
  return { chats, dialogs }
}

function dialogLines(em: Emulator, one: number, other: number) {
  return em.store.all<{ from_id: number; text: string; at: number }>(
    'select from_id, text, at from direct_messages where (from_id = ? and to_id = ?) or (from_id = ? and to_id = ?) order by id',
    one,
    other,
    other,
    one,
  )
}
