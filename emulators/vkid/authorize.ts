import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { type Bindings, breakConnection } from '../core/connection.ts'
import type { Emulator } from '../core/emulator.ts'
import { profileOf } from '../vk/people.ts'
import { accountByHint, correctProfile, countAccounts, createAccount, firstAccounts, searchAccounts } from './accounts.ts'
import { type Client, clientById, issueCode, newDeviceId } from './grants.ts'
import { aboutPage, chooserPage, consentPage, newAccountPage, problemPage, wrongProfilePage } from './pages.ts'

type Asked = {
  client: Client
  redirectUri: string
  challenge: string
  state: string
  loginHint: string | undefined
  query: URLSearchParams
}

/** Few enough to be looked through; everybody else is found by name. */
const firstScreen = 5
const foundAtMost = 30
const remembersAtMost = 5

/** Parameters of the request that travel from page to page. */
const carried = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'login_hint',
  'prompt',
]

export function authorizePages(em: Emulator) {
  const app = new Hono<{ Bindings: Bindings }>()

  app.get('/authorize', async (c) => {
    const broken = await strike(em, c)
    if (broken) return broken
    const asked = readRequest(em, c)
    if (typeof asked === 'string') return c.html(problemPage(asked), 400)
    const search = (c.req.query('q') ?? '').trim()
    const remembered = rememberedLogins(c)
    const hinted = accountByHint(em, asked.loginHint)
    const accounts = search
      ? searchAccounts(em, search, foundAtMost)
      : firstAccounts(em, hinted ? [hinted.login, ...remembered] : remembered, firstScreen)
    const selected = accountByHint(em, c.req.query('selected')) ?? hinted ?? accounts.find((account) => remembered.includes(account.login))
    return c.html(
      chooserPage({ client: asked.client, query: asked.query, accounts, search, total: countAccounts(em), selected: selected?.login }),
    )
  })

  app.post('/authorize', async (c) => {
    const asked = readRequest(em, c)
    if (typeof asked === 'string') return c.html(problemPage(asked), 400)
    const form = await c.req.parseBody()
    const profile = profileOf(em, Number(form.user_id) || 0)
    if (!profile) return c.redirect(`/authorize?${asked.query}`, 303)
    remember(c, profile.login)
    if (asked.client.edu_only && profile.kind !== 'edu')
      return c.html(wrongProfilePage({ client: asked.client, query: asked.query, profile }))
    return c.html(consentPage({ client: asked.client, query: asked.query, profile }))
  })

  app.post('/authorize/consent', async (c) => {
    const asked = readRequest(em, c)
    if (typeof asked === 'string') return c.html(problemPage(asked), 400)
    const form = (await c.req.parseBody()) as Record<string, string>
    const profile = profileOf(em, Number(form.user_id) || 0)
    if (form.decision === 'refuse') return back(em, c, asked, { error: 'access_denied', error_description: 'User denied access' })
    if (!profile || (asked.client.edu_only && profile.kind !== 'edu')) return c.redirect(`/authorize?${asked.query}`, 303)
    correctProfile(em, profile.user_id, {
      patronymic: form.patronymic ?? profile.patronymic,
      gender: form.gender ?? profile.gender,
      birthDate: form.birth_date ?? profile.birth_date,
    })
    const deviceId = getCookie(c, 'vkid_device') ?? newDeviceId()
    setCookie(c, 'vkid_device', deviceId, { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 31_536_000 })
    const code = issueCode(em, {
      clientId: asked.client.client_id,
      redirectUri: asked.redirectUri,
      challenge: asked.challenge,
      userId: profile.user_id,
      deviceId,
    })
    return back(em, c, asked, { code, device_id: deviceId, type: 'code_v2', expires_in: String(em.limits.codeSeconds) })
  })

  app.get('/vkid-about', (c) => c.html(aboutPage(countAccounts(em))))

  app.get('/authorize/new', (c) => {
    const asked = readRequest(em, c)
    if (typeof asked === 'string') return c.html(problemPage(asked), 400)
    const [surname = '', givenName = '', patronymic = ''] = (c.req.query('q') ?? '').trim().split(/\s+/)
    return c.html(newAccountPage({ client: asked.client, query: asked.query, values: { surname, givenName, patronymic } }))
  })

  app.post('/authorize/new', async (c) => {
    const asked = readRequest(em, c)
    if (typeof asked === 'string') return c.html(problemPage(asked), 400)
    const form = (await c.req.parseBody()) as Record<string, string>
    const person = {
      surname: (form.surname ?? '').trim(),
      givenName: (form.given_name ?? '').trim(),
      patronymic: (form.patronymic ?? '').trim(),
      gender: form.gender === 'male' ? ('male' as const) : ('female' as const),
      birthDate: form.birth_date ?? '',
    }
    if (!person.surname || !person.givenName || !/^\d{4}-\d{2}-\d{2}$/.test(person.birthDate))
      return c.html(newAccountPage({ client: asked.client, query: asked.query, values: person, incomplete: true }), 400)
    const account = createAccount(em, person)
    remember(c, account.login)
    asked.query.set('selected', account.login)
    return c.redirect(`/authorize?${asked.query}`, 303)
  })
  return app
}

/** A page that a person sees, or what the client asked. Everything travels in the query, so that reload and back work. */
function readRequest(em: Emulator, c: Context): Asked | string {
  const q = c.req.query()
  const client = clientById(em, q.client_id)
  if (!client) return 'Приложение не найдено: проверьте client_id.'
  // id.vk.ru/about/faq/business/vkid/errors: this text, on a page, never by redirect.
  if (!q.redirect_uri || !client.redirect_uris.includes(q.redirect_uri))
    return 'redirect_uri is blocked: адрес возврата не записан в настройках приложения.'
  if (q.response_type !== 'code') return 'response_type должен быть «code».'
  if (!/^[A-Za-z0-9_-]{32,}$/.test(q.state ?? '')) return 'state короче 32 знаков или содержит недопустимые знаки.'
  if (!/^[A-Za-z0-9_-]{43}$/.test(q.code_challenge ?? '')) return 'code_challenge не передан или неверен.'
  // The documentation and the SDK write s256, other clients S256; both are in use.
  if (q.code_challenge_method?.toLowerCase() !== 's256') return 'code_challenge_method должен быть «s256».'
  const query = new URLSearchParams()
  for (const name of carried) if (q[name]) query.set(name, q[name])
  return { client, redirectUri: q.redirect_uri, challenge: q.code_challenge ?? '', state: q.state ?? '', loginHint: q.login_hint, query }
}

function back(em: Emulator, c: Context, asked: Asked, answer: Record<string, string>): Response {
  const url = new URL(asked.redirectUri)
  const whole = { ...answer, state: asked.state }
  if (em.limits.redirectWithPayload) url.searchParams.set('payload', JSON.stringify(whole))
  else for (const [key, value] of Object.entries(whole)) url.searchParams.set(key, value)
  return c.redirect(url.href, 302)
}

const rememberedLogins = (c: Context) => (getCookie(c, 'vkid_accounts') ?? '').split(',').filter(Boolean)

function remember(c: Context, login: string): void {
  const logins = [login, ...rememberedLogins(c).filter((known) => known !== login)].slice(0, remembersAtMost)
  setCookie(c, 'vkid_accounts', logins.join(','), { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 31_536_000 })
}

async function strike(em: Emulator, c: Context<{ Bindings: Bindings }>): Promise<Response | undefined> {
  const at = em.clock()
  const fault = em.faults.strike({ method: 'authorize', packed: false })
  const done = (outcome: string) =>
    em.calls.add({
      at,
      door: 'vkid',
      tokenKind: 'none',
      actorId: null,
      method: 'authorize',
      packed: [],
      offence: false,
      outcome,
      packedErrors: [],
    })
  if (!fault) {
    done('ok')
    return undefined
  }
  if (fault.kind === 'delay') {
    done('ok')
    await new Promise((resolve) => setTimeout(resolve, fault.ms))
    return undefined
  }
  if (fault.kind === 'http') {
    done(`http:${fault.status}`)
    return c.html(problemPage('Сервис временно недоступен.'), fault.status as 500) // any status may be asked for
  }
  if (fault.kind === 'error') {
    done(`error:${fault.code}`)
    const asked = readRequest(em, c)
    return typeof asked === 'string'
      ? c.html(problemPage(asked), 400)
      : back(em, c, asked, { error: String(fault.code), error_description: fault.message ?? 'fault set in the emulator' })
  }
  done(fault.kind === 'offline' ? 'offline' : 'lost')
  return breakConnection(c)
}
