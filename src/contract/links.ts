import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { linkStates } from './link-outcomes.ts'
import { json, problems } from './shapes.ts'

export const linkRow = z.object({
  number: z.int(),
  system: z.enum(['teams', 'sferum']),
  title: z.string(),
  state: z.enum(linkStates),
  externalId: z.string().optional(),
  linkedAt: z.iso.datetime().optional(),
})
export type LinkRow = z.infer<typeof linkRow>
export const linkRows = z.object({ rows: z.array(linkRow) })
export type LinkRows = z.infer<typeof linkRows>

export const listMyLinks = createRoute({ ...endpoints.listMyLinks, responses: { 200: json(linkRows), ...problems } })

/** Go to `url` with the whole window; the way back ends at /?systems=open&linked=sferum or /links/result?outcome=…. */
export const startSferumLink = createRoute({
  ...endpoints.startSferumLink,
  responses: { 200: json(z.object({ url: z.string() })), ...problems },
})

/** 404 not-linked when there was nothing to take away. */
export const unlinkSferum = createRoute({ ...endpoints.unlinkSferum, responses: { 200: json(linkRows), ...problems } })

/** The chats that the person leaves by unlinking. */
export const listChatsAffectedByUnlink = createRoute({
  ...endpoints.listChatsAffectedByUnlink,
  responses: { 200: json(z.object({ chats: z.array(z.object({ title: z.string() })) })), ...problems },
})
