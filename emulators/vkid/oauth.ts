import { type Context, Hono } from 'hono'
import { type Bindings, breakConnection } from '../core/connection.ts'
import type { Emulator } from '../core/emulator.ts'
import { type Profile, profileOf } from '../vk/people.ts'
import { clientById, endApplication, endDevice, grantByIdToken, liveGrant, OAuthError, redeemCode, refreshGrant } from './grants.ts'

type Params = Record<string, string>

/** VK ID's own endpoints (id.vk.ru/oauth2/…): id.vk.com …/vk-id/connection/api-integration/api-description, @vkid/sdk 2.6.7. */
export function oauthEndpoints(em: Emulator) {
  const app = new Hono<{ Bindings: Bindings }>()

  app.post('/oauth2/auth', (c) =>
    answer(em, c, 'oauth2/auth', (p) => {
      const client = clientById(em, p.client_id)
      if (!client) throw new OAuthError('invalid_client', 'client_id is incorrect')
      // Confidential clients add the service key; without it VK takes the exchange for a public one (public code).
      if (p.service_token && p.service_token !== client.service_token) throw new OAuthError('invalid_client', 'service_token is incorrect')
      if (p.grant_type !== 'authorization_code' && p.grant_type !== 'refresh_token')
        throw new OAuthError('invalid_request', 'grant_type is missing or invalid')
      const grant = p.grant_type === 'refresh_token' ? refreshGrant(em, p) : redeemCode(em, p)
      return {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        id_token: grant.id_token,
        token_type: 'Bearer',
        expires_in: em.limits.accessTokenSeconds,
        user_id: grant.user_id, // a number here, a string in user_info
        state: p.state ?? '',
        scope: grant.scope,
      }
    }),
  )

  app.post('/oauth2/user_info', (c) =>
    answer(em, c, 'oauth2/user_info', (p) => {
      const profile = profileOf(em, liveGrant(em, p.access_token, p.client_id).user_id)
      if (!profile) throw new OAuthError('invalid_token', 'user is deleted')
      return {
        user: {
          user_id: String(profile.user_id),
          first_name: profile.given_name,
          last_name: profile.surname,
          sex: profile.gender === 'female' ? 1 : 2,
          verified: false,
          birthday: profile.birth_date.split('-').reverse().join('.'),
        },
      }
    }),
  )

  app.post('/oauth2/public_info', (c) =>
    answer(em, c, 'oauth2/public_info', (p) => {
      const profile = profileOf(em, grantByIdToken(em, p.id_token, p.client_id).user_id)
      if (!profile) throw new OAuthError('invalid_token', 'user is deleted')
      return { user: masked(profile) }
    }),
  )

  app.post('/oauth2/revoke', (c) =>
    answer(em, c, 'oauth2/revoke', (p) => {
      endApplication(em, liveGrant(em, p.access_token, p.client_id))
      return { response: 1 }
    }),
  )

  app.post('/oauth2/logout', (c) =>
    answer(em, c, 'oauth2/logout', (p) => {
      endDevice(em, liveGrant(em, p.access_token, p.client_id))
      return { response: 1 }
    }),
  )
  return app
}

/** id.vk.ru FAQ 30008: the surname is cut to its first letter. */
const masked = (profile: Profile) => ({
  user_id: String(profile.user_id),
  first_name: profile.given_name,
  last_name: `${profile.surname.slice(0, 1)}.`,
})

async function answer(em: Emulator, c: Context<{ Bindings: Bindings }>, method: string, work: (p: Params) => object): Promise<Response> {
  const at = em.clock()
  const p = await readParams(c)
  const record = (outcome: string) =>
    em.calls.add({
      at,
      door: 'vkid',
      tokenKind: 'none',
      actorId: null,
      method,
      packed: [],
      offence: false,
      outcome,
      packedErrors: [],
      ...(em.recordParams ? { params: withoutSecrets(p) } : {}),
    })
  const refuse = (error: string, description: string) => {
    record(`error:${error}`)
    const status = em.limits.oauthErrorsWithStatus200 ? 200 : 400
    return c.json({ error, error_description: description, ...(p.state ? { state: p.state } : {}) }, status)
  }
  const fault = em.faults.strike({ method, packed: false, token: p.access_token })
  if (fault?.kind === 'offline') {
    record('offline')
    return breakConnection(c)
  }
  if (fault?.kind === 'http') {
    record(`http:${fault.status}`)
    return c.body('', fault.status as 500) // any status may be asked for
  }
  if (fault?.kind === 'error') return refuse(String(fault.code), fault.message ?? 'fault set in the emulator')
  let result: object
  try {
    // Not in a transaction: a code burnt by a wrong verifier has to stay burnt.
    result = work(p)
  } catch (error) {
    if (error instanceof OAuthError) return refuse(error.code, error.message)
    throw error
  }
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms))
  if (fault?.kind === 'lose-reply') {
    record('lost')
    return breakConnection(c)
  }
  record('ok')
  c.header('Cache-Control', 'no-store')
  return c.json(result)
}

/** The web SDK puts almost everything into the query and only the code into the body; servers put all into the body. */
async function readParams(c: Context): Promise<Params> {
  const p: Params = { ...c.req.query() }
  if (/^(application\/x-www-form-urlencoded|multipart\/form-data)/.test(c.req.header('Content-Type') ?? ''))
    for (const [key, value] of Object.entries(await c.req.parseBody())) if (typeof value === 'string') p[key] = value
  const bearer = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1]
  if (bearer && !p.access_token) p.access_token = bearer
  return p
}

const secrets = ['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier', 'service_token']
const withoutSecrets = (p: Params): Params => Object.fromEntries(Object.entries(p).filter(([key]) => !secrets.includes(key)))
