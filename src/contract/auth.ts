import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { json, problems } from './shapes.ts'

export const passwordLength = { least: 8, most: 128 } as const

/** Sets the session cookie. 401 wrong-login-or-password, 429 too-many-attempts (details: seconds). */
export const signIn = createRoute({
  ...endpoints.signIn,
  request: { body: json(z.object({ username: z.string().max(200), password: z.string().max(1000) })) },
  responses: { 200: json(z.object({})), ...problems },
})

export const signOut = createRoute({ ...endpoints.signOut, responses: { 200: json(z.object({})), ...problems } })

/**
 * Ends every other session of the person. 400 wrong-password when the current one does not fit;
 * 400 bad-input with details { fields: ['newPassword'] } when the new one is too short or too long.
 */
export const changePassword = createRoute({
  ...endpoints.changePassword,
  request: {
    body: json(
      z.object({ currentPassword: z.string().max(1000), newPassword: z.string().min(passwordLength.least).max(passwordLength.most) }),
    ),
  },
  responses: { 200: json(z.object({})), ...problems },
})

export const getSession = createRoute({
  ...endpoints.getSession,
  responses: { 200: json(z.object({ signedIn: z.boolean() })), ...problems },
})
