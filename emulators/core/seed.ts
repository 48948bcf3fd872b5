import type { Emulator } from './emulator.ts'

/** The invented people and keys that the emulator starts with; plain data given by whoever starts it. */
export type VkSeed = {
  clients: { clientId: string; serviceToken?: string; name: string; redirectUris: string[]; eduOnly: boolean }[]
  accounts: SeedAccount[]
  communities: SeedCommunity[]
  serviceUsers: { userId: number; token: string; rights: string[]; name: string }[]
}

export type SeedCommunity = {
  groupId: number
  name: string
  token: string
  rights: string[]
  /** Its Callback API server, which is asked for the confirmation at every start. */
  callback?: { url: string; secret: string; confirmation?: string }
}

export type SeedAccount = {
  login: string
  profiles: SeedProfile[]
  /** Shown in the account chooser, e.g. «администратор»; labelled accounts come first. */
  label?: string
}

export type SeedProfile = {
  userId: number
  kind: 'personal' | 'edu'
  surname: string
  givenName: string
  patronymic: string
  gender: 'male' | 'female'
  /** yyyy-mm-dd */
  birthDate: string
  /** Privacy: addChatUser answers 981, createChat silently leaves them out. */
  refusesAdding?: boolean
  /** Forbids messages from communities: isMessagesFromGroupAllowed 0, messages.send 901. */
  blocksCommunity?: boolean
}

/** Keys and addresses follow the seed at every start; people are only ever added, so what they did in the emulator stays. */
export function applySeed(em: Emulator, seed: VkSeed): void {
  const { store } = em
  store.transaction(() => {
    for (const client of seed.clients) {
      store.run(
        'insert or replace into clients (client_id, service_token, name, redirect_uris, edu_only) values (?, ?, ?, ?, ?)',
        client.clientId,
        client.serviceToken ?? null,
        client.name,
        JSON.stringify(client.redirectUris),
        client.eduOnly ? 1 : 0,
      )
    }
    for (const community of seed.communities) {
      store.run(
        'insert or replace into communities (group_id, name, token, rights) values (?, ?, ?, ?)',
        community.groupId,
        community.name,
        community.token,
        JSON.stringify(community.rights),
      )
      if (community.callback) em.callbacks.set({ groupId: community.groupId, ...community.callback })
    }
    for (const user of seed.serviceUsers) {
      store.run(
        'insert or replace into service_users (user_id, name, token, rights) values (?, ?, ?, ?)',
        user.userId,
        user.name,
        user.token,
        JSON.stringify(user.rights),
      )
    }
    for (const account of seed.accounts) saveAccount(em, account)
  })
}

export function saveAccount({ store }: Emulator, account: SeedAccount): void {
  store.run(
    'insert or ignore into accounts (login, label, position) values (?, ?, (select count(*) from accounts))',
    account.login,
    account.label ?? null,
  )
  for (const profile of account.profiles) {
    store.run(
      `insert or ignore into profiles (user_id, login, kind, surname, given_name, patronymic, gender, birth_date, refuses_adding,
         blocks_community, search) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      profile.userId,
      account.login,
      profile.kind,
      profile.surname,
      profile.givenName,
      profile.patronymic,
      profile.gender,
      profile.birthDate,
      profile.refusesAdding ? 1 : 0,
      profile.blocksCommunity ? 1 : 0,
      searchable(`${profile.surname} ${profile.givenName} ${profile.patronymic} ${account.login} ${profile.userId} ${account.label ?? ''}`),
    )
  }
}

/** SQLite lowers only ASCII, and people type «е» for «ё». */
export const searchable = (text: string) => text.toLowerCase().replaceAll('ё', 'е')
