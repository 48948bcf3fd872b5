import { z } from '@hono/zod-openapi'

/** Every way in which the API says no. The browser has a Russian sentence for each (web/text/errors.ts). */
export const errorCodes = [
  'bad-input',
  'not-signed-in',
  'wrong-login-or-password',
  'wrong-password', // the current one, when changing it
  'too-many-attempts', // details: seconds
  'forbidden',
  'not-found',
  'cross-site',
  'too-large',
  'bad-title', // details: reason empty | too-long (limit) | forbidden-characters
  'plan-outdated',
  'run-under-way', // another run of this school has to end first
  'run-not-possible', // details: reason (contract/runs.ts RunRefusal)
  'same-approver', // the second approval has to be another administrator's
  'already-taken', // the class has a chat, or the messenger's chat is in a registry
  'messenger-unavailable', // nothing changed
  'messenger-refused', // nothing changed; details: kind, vendorCode
  'messenger-busy', // asked to wait longer than a person would
  'link-not-configured',
  'not-linked',
  'unexpected',
] as const
export type ErrorCode = (typeof errorCodes)[number]

export const problem = z.object({ code: z.enum(errorCodes), details: z.record(z.string(), z.unknown()).optional() })
export type Problem = z.infer<typeof problem>
