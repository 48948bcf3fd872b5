import { randomUUID } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import type { Db } from '#db/database.ts'

/**
 * Gives a person a login and a first password. Running it again changes nothing: a password that was changed since stays.
 * Needs a transaction in which the person is visible.
 */
export async function ensureSignIn(
  tx: Db,
  signIn: { personId: string; login: string; password: string },
): Promise<'created' | 'unchanged'> {
  const login = signIn.login.toLowerCase()
  const known = await tx.selectFrom('auth_user').select('username').where('person_id', '=', signIn.personId).executeTakeFirst()
  if (known) return 'unchanged'
  const id = randomUUID()
  await tx
    .insertInto('auth_user')
    .values({
      id,
      name: login,
      email: `${encodeURIComponent(login)}@sign-in.invalid`,
      email_verified: true,
      username: login,
      display_username: signIn.login,
      person_id: signIn.personId,
    })
    .execute()
  await tx
    .insertInto('auth_account')
    .values({ id: randomUUID(), user_id: id, account_id: id, provider_id: 'credential', password: await hashPassword(signIn.password) })
    .execute()
  return 'created'
}
