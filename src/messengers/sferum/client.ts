import { z } from 'zod'
import { MessengerError } from '../messenger.ts'
import { fromVkError } from './errors.ts'

/** The version of VK's public schema this client was written against. */
const apiVersion = '5.199'
// guess: VK documents no upper bound; twenty-five packed writes take it a few seconds.
const timeoutMs = 20_000

export type VkCall = { method: string; params: Record<string, string | number> }
export type VkReply = { ok: true; response: unknown } | { ok: false; error: MessengerError }
export type VkClient = { execute: (calls: readonly VkCall[]) => Promise<VkReply[]> }

const envelope = z.union([
  z.object({ error: z.object({ error_code: z.number() }) }),
  z.object({
    response: z.array(z.unknown()),
    execute_errors: z.array(z.object({ method: z.string(), error_code: z.number() })).optional(),
  }),
])

/**
 * VK API over HTTP, every call packed into `execute` (at most 25 in a request; dev.vk.com/ru/execute).
 * @param options.url the API's base, https://api.vk.ru in life
 * @throws MessengerError when the request as a whole failed
 */
export function createVkClient(options: { url: string; token: string; fetch?: typeof fetch }): VkClient {
  const send = options.fetch ?? fetch
  return {
    execute: async (calls) => {
      const body = new URLSearchParams({ code: scriptOf(calls), access_token: options.token, v: apiVersion })
      let text: string
      try {
        const response = await send(new URL('/method/execute', options.url), {
          method: 'POST',
          body,
          signal: AbortSignal.timeout(timeoutMs),
        })
        text = await response.text()
        if (!response.ok) throw httpFailure(response)
      } catch (error) {
        if (error instanceof MessengerError) throw error
        throw networkFailure(error)
      }
      return repliesOf(text, calls)
    },
  }
}

// The one form of VKScript that official and third-party clients send; arguments are JSON, so nothing can break out of it.
function scriptOf(calls: readonly VkCall[]): string {
  return `return [${calls.map((call) => `API.${call.method}(${JSON.stringify(call.params)})`).join(',')}];`
}

function repliesOf(text: string, calls: readonly VkCall[]): VkReply[] {
  const parsed = envelope.safeParse(parseJson(text))
  if (!parsed.success) throw new MessengerError('unavailable', 'VK answered with something that is not its API', { applied: 'unknown' })
  if ('error' in parsed.data) throw fromVkError(parsed.data.error.error_code, 'execute')
  const { response, execute_errors = [] } = parsed.data
  if (response.length !== calls.length) {
    throw new MessengerError('unavailable', 'VK answered fewer calls than it was sent', { applied: 'unknown' })
  }
  // A failed call is `false` in its place; the errors stand beside in the order of the calls (vk-io relies on the same).
  const errors = execute_errors[Symbol.iterator]()
  return calls.map((call, index): VkReply => {
    if (response[index] !== false) return { ok: true, response: response[index] }
    const error = errors.next().value
    return {
      ok: false,
      error: error ? fromVkError(error.error_code, call.method) : new MessengerError('rejected', `VK refused ${call.method}`),
    }
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function httpFailure(response: Response): MessengerError {
  const retryAfter = Number(response.headers.get('retry-after'))
  if (response.status === 429) {
    return new MessengerError('rate-limited', 'VK answered HTTP 429', {
      vendorCode: 'HTTP 429',
      retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : 1000,
    })
  }
  return new MessengerError('unavailable', `VK answered HTTP ${response.status}`, {
    vendorCode: `HTTP ${response.status}`,
    applied: 'unknown',
  })
}

// A refused connection never reached VK; after anything else the request may have been carried out.
function networkFailure(cause: unknown): MessengerError {
  const code = networkCode(cause)
  const neverSent = code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'UND_ERR_CONNECT_TIMEOUT'
  return new MessengerError('unavailable', 'VK did not answer', { vendorCode: code, applied: neverSent ? 'no' : 'unknown', cause })
}

function networkCode(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return error instanceof Error && error.name === 'TimeoutError' ? 'TIMEOUT' : null
}
