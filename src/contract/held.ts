import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds, holdReasons, memberRoles, reasonCodes } from './kinds.ts'
import { json, orgPath, problems } from './shapes.ts'

/** Removals that the brake stopped, chat by chat, with names and reasons. */
export const heldPerson = z.object({
  personId: z.uuid(),
  surname: z.string(),
  givenName: z.string(),
  patronymic: z.string(),
  role: z.enum(memberRoles),
  /** Why the person would go. */
  reason: z.enum(reasonCodes),
  of: z.string().nullable(),
  heldSince: z.iso.datetime(),
  decision: z.enum(['approved', 'rejected']).nullable(),
  /** Where two have to approve: the first has, the second is awaited. */
  firstApproval: z.object({ byMe: z.boolean(), at: z.iso.datetime() }).nullable(),
})
export type HeldPerson = z.infer<typeof heldPerson>
export const heldChat = z.object({
  chatId: z.uuid(),
  title: z.string(),
  kind: z.enum(chatKinds),
  /** Why they are held, with the numbers: «12 из 25». */
  hold: z.enum(holdReasons),
  count: z.int(),
  of: z.int(),
  approvable: z.boolean(),
  people: z.array(heldPerson),
})
export type HeldChat = z.infer<typeof heldChat>

export const listHeld = createRoute({
  ...endpoints.listHeld,
  request: { params: orgPath },
  responses: { 200: json(z.object({ twoApprovers: z.boolean(), chats: z.array(heldChat) })), ...problems },
})

/**
 * Approves or rejects per chat (all its people), per person, or everything that is held now. Approved removals are
 * carried out at once; where two have to approve, by the second administrator's word.
 */
export const decideHeld = createRoute({
  ...endpoints.decideHeld,
  request: {
    params: orgPath,
    body: json(
      z.object({
        decision: z.enum(['approve', 'reject', 'reconsider']),
        /** What is decided: exactly the rows that were read, so that nothing slips in between. */
        people: z
          .array(z.object({ chatId: z.uuid(), personId: z.uuid() }))
          .min(1)
          .max(20_000),
      }),
    ),
  },
  responses: { 200: json(z.object({ decided: z.int(), awaitSecond: z.int(), runId: z.uuid().nullable() })), ...problems },
})
