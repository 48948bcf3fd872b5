import { createRoute, z } from '@hono/zod-openapi'
import { roles } from './can.ts'
import { endpoints } from './endpoints.ts'
import { json, problems } from './shapes.ts'

const role = z.enum(roles)

/** What the page needs before anybody has signed in. */
export const house = z.object({
  version: z.string(),
  sandbox: z.boolean(),
  /** Demo sign-ins; present in the sandbox only. */
  signIns: z.array(z.object({ login: z.string(), password: z.string(), role: z.string(), organisation: z.string() })).optional(),
  /** Where the emulated messenger can be looked at; in the sandbox only. */
  messengerUrl: z.string().optional(),
})
export type House = z.infer<typeof house>
export const readHouse = createRoute({ ...endpoints.readHouse, responses: { 200: json(house), ...problems } })

export const me = z.object({
  person: z.object({ id: z.uuid(), surname: z.string(), givenName: z.string(), patronymic: z.string() }),
  login: z.string(),
  organisation: z.object({ id: z.uuid(), name: z.string() }),
  /** In the person's own organisation. */
  roles: z.array(role),
  /** Every organisation that the person may administer, in Russian order; empty for most. */
  organisations: z.array(z.object({ id: z.uuid(), name: z.string(), kind: z.enum(['region', 'school']), roles: z.array(role) })),
})
export type Me = z.infer<typeof me>
export const readMe = createRoute({ ...endpoints.readMe, responses: { 200: json(me), ...problems } })
