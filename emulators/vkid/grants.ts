import { createHash, randomBytes } from 'node:crypto'
import type { Emulator } from '../core/emulator.ts'

export type Client = { client_id: string; service_token: string | null; name: string; redirect_uris: string[]; edu_only: boolean }
export type Grant = {
  access_token: string
  refresh_token: string
  id_token: string
  client_id: string
  user_id: number
  device_id: string
  scope: string
  expires_at: number
  refresh_expires_at: number
  state: 'live' | 'dead'
}
export type Code = {
  code: string
  client_id: string
  redirect_uri: string
  challenge: string
  user_id: number
  device_id: string
  scope: string
  expires_at: number
  used: number
}

/** VK names its errors after RFC 6749 (guess from SDKs: only `invalid_token` is branched on). */
export class OAuthError extends Error {
  readonly code: string

  constructor(code: string, description: string) {
    super(description)
    this.code = code
  }
}

/** Whatever is asked for, a person's token gets the basic scope (public code: "silently narrowed"). */
export const grantedScope = 'vkid.personal_info'

export function clientById(em: Emulator, clientId: string | undefined): Client | undefined {
  const row = em.store.get<{ client_id: string; service_token: string | null; name: string; redirect_uris: string; edu_only: number }>(
    'select * from clients where client_id = ?',
    clientId ?? '',
  )
  return row && { ...row, redirect_uris: JSON.parse(row.redirect_uris) as string[], edu_only: row.edu_only === 1 }
}

export const newDeviceId = () => randomBytes(32).toString('base64url')

export function issueCode(
  em: Emulator,
  asked: { clientId: string; redirectUri: string; challenge: string; userId: number; deviceId: string },
): string {
  const code = `vk2.a.${randomBytes(48).toString('base64url')}`
  em.store.run(
    `insert into codes (code, client_id, redirect_uri, challenge, user_id, device_id, scope, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    code,
    asked.clientId,
    asked.redirectUri,
    asked.challenge,
    asked.userId,
    asked.deviceId,
    grantedScope,
    em.clock() + em.limits.codeSeconds * 1000,
  )
  return code
}

/** One use, one client, one address, one device, one verifier. Any mismatch reads the same, so that nothing can be learnt by trying. */
export function redeemCode(em: Emulator, p: Record<string, string>): Grant {
  const code = em.store.get<Code>('select * from codes where code = ?', p.code ?? '')
  const refused = new OAuthError('invalid_grant', 'Code is invalid or expired.')
  if (!code || code.used || code.expires_at <= em.clock()) throw refused
  if (code.client_id !== p.client_id || code.redirect_uri !== p.redirect_uri || code.device_id !== p.device_id) throw refused
  const verifier = p.code_verifier ?? ''
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) throw new OAuthError('invalid_request', 'code_verifier is invalid')
  // A wrong verifier burns the code (guess): it is somebody else's code.
  em.store.run('update codes set used = 1 where code = ?', code.code)
  if (createHash('sha256').update(verifier).digest('base64url') !== code.challenge) throw refused
  return issueGrant(em, code)
}

/** Rotation: the old pair is dead as soon as the new one exists. */
export function refreshGrant(em: Emulator, p: Record<string, string>): Grant {
  const old = em.store.get<Grant>('select * from tokens where refresh_token = ?', p.refresh_token ?? '')
  if (old?.state !== 'live' || old.refresh_expires_at <= em.clock())
    throw new OAuthError('invalid_grant', 'refresh_token is invalid or expired')
  if (old.client_id !== p.client_id || old.device_id !== p.device_id) throw new OAuthError('invalid_grant', 'refresh_token is invalid')
  endGrants(em, 'access_token = ?', old.access_token)
  return issueGrant(em, old)
}

export function liveGrant(em: Emulator, accessToken: string | undefined, clientId: string | undefined): Grant {
  const grant = em.store.get<Grant>('select * from tokens where access_token = ?', accessToken ?? '')
  if (grant?.state !== 'live' || grant.expires_at <= em.clock() || grant.client_id !== clientId)
    throw new OAuthError('invalid_token', 'access_token is missing or invalid')
  return grant
}

export function grantByIdToken(em: Emulator, idToken: string | undefined, clientId: string | undefined): Grant {
  const grant = em.store.get<Grant>('select * from tokens where id_token = ?', idToken ?? '')
  if (grant?.state !== 'live' || grant.client_id !== clientId) throw new OAuthError('invalid_token', 'id_token is missing or invalid')
  return grant
}

/** `logout` ends this device's tokens, `revoke` all that the person gave to the application. */
export function endDevice(em: Emulator, grant: Grant): void {
  em.store.run(
    "update tokens set state = 'dead' where client_id = ? and user_id = ? and device_id = ?",
    grant.client_id,
    grant.user_id,
    grant.device_id,
  )
}

export function endApplication(em: Emulator, grant: Grant): void {
  em.store.run("update tokens set state = 'dead' where client_id = ? and user_id = ?", grant.client_id, grant.user_id)
}

function endGrants(em: Emulator, where: 'access_token = ?', value: string): void {
  em.store.run(`update tokens set state = 'dead' where ${where}`, value)
}

function issueGrant(em: Emulator, from: { client_id: string; user_id: number; device_id: string; scope: string }): Grant {
  const now = em.clock()
  const grant: Grant = {
    access_token: `vk2.a.${randomBytes(96).toString('base64url')}`,
    refresh_token: `vk2.a.${randomBytes(96).toString('base64url')}`,
    id_token: idToken(from, now),
    client_id: from.client_id,
    user_id: from.user_id,
    device_id: from.device_id,
    scope: from.scope,
    expires_at: now + em.limits.accessTokenSeconds * 1000,
    refresh_expires_at: now + em.limits.refreshTokenSeconds * 1000,
    state: 'live',
  }
  em.store.run(
    `insert into tokens (access_token, refresh_token, id_token, client_id, user_id, device_id, scope, expires_at, refresh_expires_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    grant.access_token,
    grant.refresh_token,
    grant.id_token,
    grant.client_id,
    grant.user_id,
    grant.device_id,
    grant.scope,
    grant.expires_at,
    grant.refresh_expires_at,
  )
  return grant
}

/** VK publishes no keys to check it with (`/oauth2/jwks` is 404), so the signature is noise here: never treat it as OpenID Connect. */
function idToken(from: { client_id: string; user_id: number }, now: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = {
    iss: 'VK',
    sub: from.user_id,
    app: Number(from.client_id),
    iat: Math.floor(now / 1000),
    jti: randomBytes(8).toString('hex'),
  }
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part(body)}.${randomBytes(64).toString('base64url')}`
}
