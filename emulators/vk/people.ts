import type { Emulator } from '../core/emulator.ts'

export type Profile = {
  user_id: number
  login: string
  kind: 'personal' | 'edu'
  surname: string
  given_name: string
  patronymic: string
  gender: 'male' | 'female'
  birth_date: string
  refuses_adding: number
  blocks_community: number
}

export type Somebody = { id: number; name: string; gender: 'male' | 'female' | 'none'; profile?: Profile }

export const profileOf = (em: Emulator, userId: number) => em.store.get<Profile>('select * from profiles where user_id = ?', userId)

/** A person, the partner's service user or (negative id) a community. */
export function somebody(em: Emulator, id: number): Somebody | undefined {
  if (id < 0) {
    const community = em.store.get<{ name: string }>('select name from communities where group_id = ?', -id)
    return community && { id, name: community.name, gender: 'none' }
  }
  const profile = profileOf(em, id)
  if (profile) return { id, name: `${profile.given_name} ${profile.surname}`, gender: profile.gender, profile }
  const service = em.store.get<{ name: string }>('select name from service_users where user_id = ?', id)
  return service && { id, name: service.name, gender: 'none' }
}

/** users_user_full of the schema, as much as clients read. */
export function userObject(em: Emulator, id: number, fields: string[] = []) {
  const who = somebody(em, id)
  if (!who || id < 0) return undefined
  const base = {
    id,
    first_name: who.profile?.given_name ?? who.name,
    last_name: who.profile?.surname ?? '',
    can_access_closed: true,
    is_closed: false,
  }
  const sex = who.profile ? (who.profile.gender === 'female' ? 1 : 2) : 0
  return {
    ...base,
    ...(fields.includes('sex') ? { sex } : {}),
    ...(fields.includes('screen_name') ? { screen_name: `id${id}` } : {}),
    // d.m.yyyy without leading zeros in VK API, unlike VK ID.
    ...(fields.includes('bdate') && who.profile ? { bdate: who.profile.birth_date.split('-').reverse().map(Number).join('.') } : {}),
  }
}

export function groupObject(em: Emulator, groupId: number) {
  const community = em.store.get<{ name: string }>('select name from communities where group_id = ?', groupId)
  return community && { id: groupId, name: community.name, screen_name: `club${groupId}`, is_closed: 2, type: 'group' }
}

export function peopleObjects(em: Emulator, ids: number[], fields: string[]) {
  const profiles = ids.filter((id) => id > 0).map((id) => userObject(em, id, fields))
  const groups = ids.filter((id) => id < 0).map((id) => groupObject(em, -id))
  return { profiles: profiles.filter((one) => one !== undefined), groups: groups.filter((one) => one !== undefined) }
}
