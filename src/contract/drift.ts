import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds, driftKinds, memberRoles } from './kinds.ts'
import { json, orgPath, problems } from './shapes.ts'

/**
 * What can be done about a drift.
 * mend: make the messenger as the register says (title back, person back, stranger out, chat anew);
 * accept: let it stay so (take over the title, respect the leaving, tolerate the stranger, stop managing the chat).
 */
export const remedies = ['mend', 'accept'] as const
export type Remedy = (typeof remedies)[number]

export const driftItem = z.object({
  id: z.uuid(),
  kind: z.enum(driftKinds),
  chatId: z.uuid(),
  chatTitle: z.string(),
  chatKind: z.enum(chatKinds),
  person: z
    .object({ id: z.uuid(), surname: z.string(), givenName: z.string(), patronymic: z.string(), role: z.enum(memberRoles).nullable() })
    .nullable(),
  /** stranger: the account's number in the messenger, and a person of the school who has this account elsewhere, if any. */
  account: z.string().nullable(),
  /** renamed: the title in the messenger now; left: `unseen` where nobody told us whether they left or were taken out. */
  detail: z.string().nullable(),
  foundAt: z.iso.datetime(),
  state: z.enum(['open', 'accepted', 'mended', 'over']),
  closedAt: z.iso.datetime().nullable(),
})
export type DriftItem = z.infer<typeof driftItem>

export const driftQuery = z.object({
  state: z.enum(['open', 'closed']).default('open'),
  kind: z.enum(driftKinds).optional(),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(50),
})
export type DriftQuery = z.infer<typeof driftQuery>
export const listDrift = createRoute({
  ...endpoints.listDrift,
  request: { params: orgPath, query: driftQuery },
  responses: {
    200: json(
      z.object({
        total: z.int(),
        page: z.int(),
        pages: z.int(),
        byKind: z.partialRecord(z.enum(driftKinds), z.int()),
        rows: z.array(driftItem),
      }),
    ),
    ...problems,
  },
})

export const resolveDrift = createRoute({
  ...endpoints.resolveDrift,
  request: { params: orgPath, body: json(z.object({ remedy: z.enum(remedies), items: z.array(z.uuid()).min(1).max(1000) })) },
  responses: { 200: json(z.object({ resolved: z.int(), runId: z.uuid().nullable() })), ...problems },
})

/** «Проверить сейчас»: looks at every chat in the messenger and writes down what it found; changes nothing there. */
export const observeNow = createRoute({
  ...endpoints.observeNow,
  request: { params: orgPath },
  responses: { 200: json(z.object({ chats: z.int(), unreadable: z.int(), drift: z.int(), held: z.int() })), ...problems },
})
