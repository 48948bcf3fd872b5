import type { Context } from 'hono'
import { changePassword, getSession, signIn, signOut } from '#contract/auth.ts'
import { clientAddressHeader } from '#identity/auth.ts'
import { readIdentity } from '#identity/identity.ts'
import type { App, AppEnv, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

// Only these four of better-auth's endpoints answer, and with our bodies: its own carry the session token, which no script should see.

export function authRoutes(app: App, rooms: Rooms): void {
  app.openapi(signIn, async (c) => {
    const answer = await askAuth(rooms, c, { ...c.req.valid('json'), rememberMe: true })
    if (answer.status !== 200) throw refusalOf(answer, 'wrong-login-or-password')
    return withCookies(answer, c.json({}, 200))
  })

  app.openapi(signOut, async (c) => {
    const answer = await askAuth(rooms, c, {})
    return withCookies(answer, c.json({}, 200))
  })

  app.openapi(changePassword, async (c) => {
    const answer = await askAuth(rooms, c, { ...c.req.valid('json'), revokeOtherSessions: true })
    if (answer.status !== 200) throw refusalOf(answer, 'wrong-password')
    return withCookies(answer, c.json({}, 200))
  })

  app.openapi(getSession, async (c) => {
    const identity = await readIdentity(rooms.db, rooms.auth, c.req.raw.headers)
    return c.json({ signedIn: identity !== null }, 200)
  })
}

function askAuth(rooms: Rooms, c: Context<AppEnv>, body: object): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/json', [clientAddressHeader]: c.get('clientAddress') })
  for (const name of ['cookie', 'user-agent']) {
    const value = c.req.header(name)
    if (value !== undefined) headers.set(name, value)
  }
  const { origin } = new URL(String(rooms.auth.options.baseURL))
  return rooms.auth.handler(new Request(`${origin}${c.req.path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
}

function withCookies<Ours extends Response>(answer: Response, ours: Ours): Ours {
  for (const cookie of answer.headers.getSetCookie()) ours.headers.append('set-cookie', cookie)
  return ours
}

function refusalOf(answer: Response, code: 'wrong-login-or-password' | 'wrong-password'): Error {
  if (answer.status === 429) return new Refusal('too-many-attempts', { seconds: Number(answer.headers.get('x-retry-after') ?? 60) })
  if (answer.status < 500) return new Refusal(code)
  return new Error(`better-auth answered ${answer.status}`)
}
