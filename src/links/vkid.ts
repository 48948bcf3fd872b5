import { z } from 'zod'

// VK ID (OAuth 2.1 with departures from the standard, so a standard client does not fit): errors may come with HTTP 200,
// the challenge method is spelled s256, device_id travels with the code, user_id is a number here and a text there.
// @NOTE witness: facts/vk.md §1 (official SDK 2.6.7, Android SDK, public clients).

export type VkIdSettings = {
  url: string
  clientId: string
  serviceToken: string | null
  redirectUri: string
  fetch: typeof fetch
}

/** `down`: no answer or no sensible one, worth another try; `refused`: the vendor understood and said no. */
export type VkIdFailure = { ok: false; why: 'down' | 'refused'; code: string }
export type VkIdTokens = { ok: true; accessToken: string; userId: string }

const timeout = 10_000

export function authorizeUrl(settings: VkIdSettings, attempt: { state: string; codeChallenge: string }): string {
  const url = new URL(`${settings.url}/authorize`)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    state: attempt.state,
    code_challenge: attempt.codeChallenge,
    code_challenge_method: 's256',
    scope: 'vkid.personal_info',
    prompt: 'select_account',
    lang_id: '0',
  }).toString()
  return url.href
}

const tokenAnswer = z.object({ access_token: z.string().min(1), user_id: z.union([z.int(), z.string()]), state: z.string() })

export async function sendCode(
  settings: VkIdSettings,
  grant: { code: string; deviceId: string; codeVerifier: string; state: string },
): Promise<VkIdTokens | VkIdFailure> {
  const answer = await post(settings, '/oauth2/auth', {
    grant_type: 'authorization_code',
    code: grant.code,
    code_verifier: grant.codeVerifier,
    client_id: settings.clientId,
    device_id: grant.deviceId,
    redirect_uri: settings.redirectUri,
    state: grant.state,
    ...(settings.serviceToken ? { service_token: settings.serviceToken } : {}),
  })
  if (!answer.ok) return answer
  const tokens = tokenAnswer.safeParse(answer.body)
  if (!tokens.success) return { ok: false, why: 'down', code: 'unreadable-tokens' }
  if (tokens.data.state !== grant.state) return { ok: false, why: 'refused', code: 'state-differs' }
  const userId = asUserId(tokens.data.user_id)
  if (userId === null) return { ok: false, why: 'down', code: 'unreadable-user-id' }
  return { ok: true, accessToken: tokens.data.access_token, userId }
}

const userAnswer = z.object({ user: z.object({ user_id: z.union([z.int(), z.string()]) }) })

/** Asks whose token this is; answers only with the id, and nothing else of the profile is kept. */
export async function fetchUserId(settings: VkIdSettings, accessToken: string): Promise<{ ok: true; userId: string } | VkIdFailure> {
  const answer = await post(settings, '/oauth2/user_info', { client_id: settings.clientId, access_token: accessToken })
  if (!answer.ok) return answer
  const user = userAnswer.safeParse(answer.body)
  const userId = user.success ? asUserId(user.data.user.user_id) : null
  return userId === null ? { ok: false, why: 'down', code: 'unreadable-user' } : { ok: true, userId }
}

/** Best effort: takes back the consent and ends the token. Nobody waits longer than a moment for it. */
export async function dropToken(settings: VkIdSettings, accessToken: string, deviceId: string): Promise<void> {
  const signal = AbortSignal.timeout(3000)
  const form = { client_id: settings.clientId, access_token: accessToken, device_id: deviceId }
  await post(settings, '/oauth2/revoke', form, signal)
  await post(settings, '/oauth2/logout', form, signal)
}

export type Callback = { state: string | null; error: string | null; code: string | null; deviceId: string | null }

const payloadAnswer = z.object({
  state: z.string().optional(),
  code: z.string().optional(),
  device_id: z.string().optional(),
  error: z.string().optional(),
})

/** The way back comes as plain query parameters or as one `payload` in JSON: both are in use. */
export function readCallback(query: URLSearchParams): Callback {
  const payload = query.get('payload')
  if (payload === null) {
    return { state: query.get('state'), error: query.get('error'), code: query.get('code'), deviceId: query.get('device_id') }
  }
  const parsed = payloadAnswer.safeParse(parseJson(payload))
  const fields = parsed.success ? parsed.data : {}
  return {
    state: fields.state ?? query.get('state'),
    error: fields.error ?? query.get('error'),
    code: fields.code ?? null,
    deviceId: fields.device_id ?? null,
  }
}

/** Errors that say "not now" and not "no". */
export const passingErrors = ['server_error', 'temporarily_unavailable', 'slow_down']

const errorAnswer = z.object({ error: z.string() })

async function post(
  settings: VkIdSettings,
  path: string,
  form: Record<string, string>,
  signal: AbortSignal = AbortSignal.timeout(timeout),
): Promise<{ ok: true; body: unknown } | VkIdFailure> {
  let status: number
  let body: unknown
  try {
    const response = await settings.fetch(`${settings.url}${path}`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(form),
      redirect: 'error',
      signal,
    })
    status = response.status
    body = parseJson(await response.text())
  } catch {
    return { ok: false, why: 'down', code: 'no-answer' }
  }
  const error = errorAnswer.safeParse(body)
  if (error.success) {
    return { ok: false, why: passingErrors.includes(error.data.error) || status >= 500 ? 'down' : 'refused', code: error.data.error }
  }
  if (status >= 400 && status < 500 && status !== 429) return { ok: false, why: 'refused', code: `http-${status}` }
  if (status !== 200 || body === undefined) return { ok: false, why: 'down', code: `http-${status}` }
  return { ok: true, body }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asUserId(value: number | string): string | null {
  const text = String(value)
  return /^[1-9]\d{0,18}$/.test(text) ? text : null
}
