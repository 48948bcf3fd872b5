import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ErrorCode, Problem } from '#contract/errors.ts'
import type { Log } from '#lib/log.ts'
import type { AppEnv } from './env.ts'

// The only place that turns a refusal or an error into HTTP.

const statusOf = {
  'bad-input': 400,
  'not-signed-in': 401,
  'wrong-login-or-password': 401,
  'wrong-password': 400,
  'too-many-attempts': 429,
  forbidden: 403,
  'not-found': 404,
  'cross-site': 403,
  'too-large': 413,
  'bad-title': 400,
  'plan-outdated': 409,
  'run-under-way': 409,
  'run-not-possible': 409,
  'same-approver': 409,
  'already-taken': 409,
  'messenger-unavailable': 503,
  'messenger-refused': 409,
  'messenger-busy': 503,
  'link-not-configured': 409,
  'not-linked': 404,
  unexpected: 500,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>

/** Thrown by a route to say no with a code that the browser has a sentence for. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined
  constructor(code: ErrorCode, details?: Record<string, unknown>) {
    super(code)
    this.name = 'Refusal'
    this.code = code
    this.details = details
  }
}

export function answerProblem(c: Context, code: ErrorCode, details?: Record<string, unknown>): Response {
  const body: Problem = details === undefined ? { code } : { code, details }
  return c.json(body, statusOf[code])
}

/** createRoute's validation failed: which fields, never what was in them. */
export function answerBadInput(
  result: { success: true } | { success: false; target: string; error: { issues: { path: PropertyKey[] }[] } },
  c: Context,
): Response | undefined {
  if (result.success) return undefined
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.map(String).join('.')))]
  return answerProblem(c, 'bad-input', { in: result.target, fields })
}

export const answerNotFound: NotFoundHandler<AppEnv> = (c) => answerProblem(c, 'not-found')

// PostgreSQL's codes for what no text or date of its own can hold: a NUL, a year 0.
const unstorable = ['22021', '22P05', '22007', '22008']
const isUnstorable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && unstorable.includes(error.code)

export function answerError(log: Log): ErrorHandler<AppEnv> {
  return (error, c) => {
    if (error instanceof Refusal) return answerProblem(c, error.code, error.details)
    if (error instanceof HTTPException && error.status < 500) return answerProblem(c, 'bad-input')
    if (isUnstorable(error)) return answerProblem(c, 'bad-input')
    log.error({ err: error, request: c.get('requestId') }, 'unexpected error')
    return answerProblem(c, 'unexpected', { request: c.get('requestId') })
  }
}
