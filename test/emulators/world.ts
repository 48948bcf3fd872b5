import { createHash, randomBytes } from 'node:crypto'
import { startVkEmulator, type VkEmulator, type VkEmulatorOptions, type VkSeed } from '../../emulators/start.ts'

export const serviceUser = 700000001
export const userToken = 'user-key'
export const groupId = 217000001
export const communityToken = 'community-key'
export const clientId = '51000001'
export const redirectUri = 'http://127.0.0.1:3000/callback'

/** Edu profile of the nth account; its personal profile is 1000 lower. */
export const edu = (n: number) => 740001000 + n
export const refuser = edu(8)
export const blocker = edu(9)

const surnames = ['Липова', 'Соснин', 'Вязова', 'Дубов', 'Ясенева', 'Кленов', 'Ольхова', 'Отказова', 'Молчанова']

export const seed: VkSeed = {
  clients: [
    { clientId, serviceToken: 'service-key', name: 'Электронная школа Пензенской области', redirectUris: [redirectUri], eduOnly: true },
    { clientId: '51000002', name: 'Чужое приложение', redirectUris: ['http://127.0.0.1:3000/other'], eduOnly: false },
  ],
  accounts: surnames.map((surname, i) => {
    const person = {
      surname,
      givenName: surname.endsWith('а') ? 'Вера' : 'Олег',
      patronymic: surname.endsWith('а') ? 'Павловна' : 'Павлович',
      gender: surname.endsWith('а') ? ('female' as const) : ('male' as const),
      birthDate: '1981-04-12',
    }
    return {
      login: `person${i + 1}`,
      ...(i === 1 ? { label: 'администратор' } : {}),
      profiles: [
        { ...person, userId: edu(i + 1) - 1000, kind: 'personal' as const },
        {
          ...person,
          userId: edu(i + 1),
          kind: 'edu' as const,
          ...(surname === 'Отказова' ? { refusesAdding: true } : {}),
          ...(surname === 'Молчанова' ? { blocksCommunity: true } : {}),
        },
      ],
    }
  }),
  communities: [{ groupId, name: 'Чаты школы', token: communityToken, rights: ['messages', 'manage'] }],
  serviceUsers: [
    { userId: serviceUser, token: userToken, rights: ['messages'], name: 'Служба чатов' },
    { userId: 700000002, token: 'poor-key', rights: [], name: 'Служба без прав' },
  ],
}

/** Starts without limits on pace, so that tests of other things need no waiting; pace has tests of its own. */
export function startWorld(options: Partial<VkEmulatorOptions> = {}): Promise<VkEmulator> {
  return startVkEmulator({
    port: 0,
    seed,
    ...options,
    limits: { userCallsPerSecond: 10_000, communityCallsPerSecond: 10_000, ...options.limits },
  })
}

export type Answer = {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ by method; the referee test checks their shape
  response?: any
  error?: { error_code: number; error_msg: string; request_params: { key: string; value: string }[] }
  execute_errors?: { method: string; error_code: number; error_msg: string }[]
}

export async function callVk(
  emulator: VkEmulator,
  method: string,
  params: Record<string, string | number> = {},
  token = userToken,
): Promise<Answer> {
  const body = new URLSearchParams({ v: '5.199', access_token: token })
  for (const [key, value] of Object.entries(params)) body.set(key, String(value))
  const reply = await fetch(`${emulator.url}/method/${method}`, { method: 'POST', body })
  return (await reply.json()) as Answer
}

export const code = (answer: Answer) => answer.error?.error_code

export function pkce() {
  const verifier = randomBytes(48).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url'), state: randomBytes(24).toString('base64url') }
}

export function authorizeQuery(asked: { challenge: string; state: string }, more: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: asked.state,
    code_challenge: asked.challenge,
    code_challenge_method: 's256',
    ...more,
  })
}

/** Presses the buttons of the two pages and gives the parameters of the redirect. */
export async function consent(emulator: VkEmulator, query: URLSearchParams, form: Record<string, string>): Promise<URLSearchParams> {
  const reply = await fetch(`${emulator.url}/authorize/consent?${query}`, {
    method: 'POST',
    body: new URLSearchParams({ decision: 'continue', ...form }),
    redirect: 'manual',
  })
  return new URL(reply.headers.get('location') ?? '', emulator.url).searchParams
}

export async function postForm(url: string, form: Record<string, string>) {
  const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

export async function signIn(emulator: VkEmulator, userId: number) {
  const asked = pkce()
  const redirect = await consent(emulator, authorizeQuery(asked), { user_id: String(userId) })
  const form = {
    grant_type: 'authorization_code',
    code: redirect.get('code') ?? '',
    code_verifier: asked.verifier,
    client_id: clientId,
    device_id: redirect.get('device_id') ?? '',
    redirect_uri: redirectUri,
    state: asked.state,
  }
  const { body } = await postForm(`${emulator.url}/oauth2/auth`, form)
  return { form, body }
}
