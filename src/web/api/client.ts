import { type EndpointName, endpoints } from '#contract/endpoints.ts'
import type { ErrorCode, Problem } from '#contract/errors.ts'

/** The server said no; `code` has a Russian sentence in text/errors.ts. */
export class ApiProblem extends Error {
  readonly code: ErrorCode | 'no-connection'
  readonly details: Record<string, unknown>
  constructor(code: ErrorCode | 'no-connection', details: Record<string, unknown> = {}, cause?: unknown) {
    super(code, { cause })
    this.name = 'ApiProblem'
    this.code = code
    this.details = details
  }
}

export type CallInput = {
  params?: Record<string, string>
  query?: Record<string, string | number | undefined>
  body?: unknown
  signal?: AbortSignal
}

/** The address of an endpoint with its path and query filled in. */
export function addressOf(name: EndpointName, { params = {}, query = {} }: CallInput = {}): string {
  const path = endpoints[name].path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(key, String(value))
  return search.size > 0 ? `${path}?${search}` : path
}

/**
 * Calls one endpoint of the contract. `Answer` is the type that the contract gives to its 200.
 * @throws ApiProblem for every «no», also when there is no connection
 */
export async function call<Answer>(name: EndpointName, input: CallInput = {}): Promise<Answer> {
  const { method } = endpoints[name]
  let response: Response
  try {
    response = await fetch(addressOf(name, input), {
      method: method.toUpperCase(),
      signal: input.signal,
      // The server takes JSON only: a form of another site cannot send it.
      ...(method === 'get' ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input.body ?? {}) }),
    })
  } catch (cause) {
    if (input.signal?.aborted) throw cause
    throw new ApiProblem('no-connection', {}, cause)
  }
  const answer = await readAnswer(response)
  if (response.ok) return answer as Answer
  const problem = answer as Partial<Problem> | null
  throw new ApiProblem(problem?.code ?? 'unexpected', problem?.details)
}

async function readAnswer(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return null
  }
}
