import type { Emulator } from '../core/emulator.ts'
import { saveAccount, searchable } from '../core/seed.ts'
import type { Profile } from '../vk/people.ts'

export type Account = { login: string; label: string | null; profiles: Profile[] }

const profileOrder = "case kind when 'edu' then 0 else 1 end, user_id"

export function accountByLogin(em: Emulator, login: string): Account | undefined {
  const row = em.store.get<{ login: string; label: string | null }>('select login, label from accounts where login = ?', login)
  if (!row) return undefined
  return { ...row, profiles: em.store.all<Profile>(`select * from profiles where login = ? order by ${profileOrder}`, login) }
}

export const countAccounts = (em: Emulator) => em.store.get<{ n: number }>('select count(*) as n from accounts')?.n ?? 0

/** Remembered people first, then those that the seed labels, then as the seed lists them. */
export function firstAccounts(em: Emulator, remembered: string[], most: number): Account[] {
  const logins = em.store
    .all<{ login: string }>('select login from accounts order by label is null, position limit ?', most)
    .map((row) => row.login)
  return load(em, [...remembered, ...logins], most)
}

export function searchAccounts(em: Emulator, query: string, most: number): Account[] {
  const words = searchable(query).split(/\s+/).filter(Boolean).slice(0, 6)
  const where = words.map(() => 'instr(search, ?) > 0').join(' and ') || '1'
  const logins = em.store
    .all<{ login: string }>(`select distinct login from profiles where ${where} order by search limit ?`, ...words, most)
    .map((row) => row.login)
  return load(em, logins, most)
}

function load(em: Emulator, logins: string[], most: number): Account[] {
  return [...new Set(logins)]
    .map((login) => accountByLogin(em, login))
    .filter((account) => account !== undefined)
    .slice(0, most)
}

/** A hint may be a login, a profile id or an e-mail-like name; nothing is documented. */
export function accountByHint(em: Emulator, hint: string | undefined): Account | undefined {
  if (!hint) return undefined
  const direct = accountByLogin(em, hint)
  if (direct) return direct
  const owner = em.store.get<{ login: string }>('select login from profiles where user_id = ?', Number(hint) || 0)
  return owner && accountByLogin(em, owner.login)
}

export type NewPerson = { surname: string; givenName: string; patronymic: string; gender: 'male' | 'female'; birthDate: string }

/** Far from the numbers of any seed, so that a later seed never meets somebody who was created by hand. */
const firstOwnId = 990_000_001

export function createAccount(em: Emulator, person: NewPerson): Account {
  return em.store.transaction(() => {
    const last = em.store.get<{ n: number | null }>('select max(user_id) as n from profiles where user_id >= ?', firstOwnId)?.n
    const userId = last === null || last === undefined ? firstOwnId : last + 1
    const login = `id${userId}`
    saveAccount(em, {
      login,
      profiles: [
        { ...person, userId, kind: 'personal' },
        { ...person, userId: userId + 1, kind: 'edu' },
      ],
    })
    return accountByLogin(em, login)! // just saved
  })
}

/** What a person corrected on the consent page stays corrected. */
export function correctProfile(em: Emulator, userId: number, given: { patronymic: string; gender: string; birthDate: string }): void {
  em.store.run(
    'update profiles set patronymic = ?, gender = ?, birth_date = ? where user_id = ?',
    given.patronymic.trim(),
    given.gender === 'female' ? 'female' : 'male',
    /^\d{4}-\d{2}-\d{2}$/.test(given.birthDate) ? given.birthDate : '1990-01-01',
    userId,
  )
}
