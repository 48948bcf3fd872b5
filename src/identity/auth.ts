import { betterAuth } from 'better-auth'
import { username } from 'better-auth/plugins/username'
import { passwordLength } from '#contract/auth.ts'
import type { Database } from '#db/database.ts'
import type { Log } from '#lib/log.ts'

/** The request header by which http/ tells better-auth the client's address; never taken from outside. */
export const clientAddressHeader = 'x-client-address'

export type AuthOptions = {
  db: Database
  publicUrl: string
  secretKey: string
  signInsPerMinute: number
  log: Log
}

export type Auth = ReturnType<typeof createAuth>

const timestamps = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** better-auth on our auth_* tables: sign-in by login and password, nobody signs up by themselves. */
export function createAuth({ db, publicUrl, secretKey, signInsPerMinute, log }: AuthOptions) {
  return betterAuth({
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret: secretKey,
    telemetry: { enabled: false },
    database: { db, type: 'postgres' },
    logger: {
      level: 'warn',
      // Its messages may quote what was typed: only errors, and of those only the sentence.
      log: (level, message) => {
        if (level === 'error') log.error({ room: 'identity' }, message)
      },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
    },
    plugins: [
      username({
        minUsernameLength: 1,
        maxUsernameLength: 100,
        usernameValidator: (login) => /^[\p{L}\p{N}._@+-]+$/u.test(login),
        schema: { user: { fields: { displayUsername: 'display_username' } } },
      }),
    ],
    user: {
      modelName: 'auth_user',
      fields: { emailVerified: 'email_verified', ...timestamps },
      additionalFields: { personId: { type: 'string', required: true, input: false, fieldName: 'person_id' } },
    },
    session: {
      modelName: 'auth_session',
      fields: { userId: 'user_id', expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent', ...timestamps },
      expiresIn: 60 * 60 * 24 * 7,
      updateAge: 60 * 60 * 24,
    },
    account: {
      modelName: 'auth_account',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...timestamps,
      },
    },
    verification: { modelName: 'auth_verification', fields: { expiresAt: 'expires_at', ...timestamps } },
    rateLimit: {
      enabled: true,
      storage: 'database',
      modelName: 'auth_rate_limit',
      fields: { lastRequest: 'last_request' },
      window: 60,
      max: 1000,
      customRules: {
        '/sign-in/username': { window: 60, max: signInsPerMinute },
        '/change-password': { window: 60, max: signInsPerMinute },
        '/sign-out': false,
        '/get-session': false,
      },
    },
    advanced: {
      cookiePrefix: 'aiti',
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      // http/security.ts checks every request that changes anything, these included, and more strictly.
      disableCSRFCheck: true,
    },
  })
}
