import { asSystem, type Database } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import type { VkSeed } from '../emulators/core/seed.ts'
import { demoSeed, ensureDemoSchool } from './demo-school.ts'

// What the sandbox is made of: the demo school on our side, the same people's accounts on the emulated messenger's side.

export type SandboxSignIn = { login: string; password: string; role: string; organisation: string }

/** The emulator asks for these as the real vendor does; they open nothing outside it. */
const clientId = '51000001'
const serviceToken = 'sandbox-service-key'
const community = { groupId: 217_000_001, name: 'Электронная школа', token: 'sandbox-community-token', rights: ['messages', 'manage'] }
const serviceUser = { userId: 748_000_001, name: 'Служба чатов', token: 'sandbox-service-user-token', rights: ['messages'] }

/** Creates the demo school and its sign-ins where they are missing; answers with the sign-ins to show. */
export async function ensureSandboxSchool(db: Database): Promise<SandboxSignIn[]> {
  await ensureDemoSchool(db)
  const { signIns } = demoSeed()
  await asSystem(db, async (tx) => {
    for (const signIn of signIns) await ensureSignIn(tx, signIn)
  })
  return signIns.map(({ login, password, role, organisation }) => ({ login, password, role, organisation }))
}

export function sandboxVk(mode: 'direct' | 'invite') {
  const callback = { secret: 'sandbox-callback-secret', confirmation: 'sandbox-confirmation' }
  return {
    clientId,
    serviceToken,
    groupId: community.groupId,
    callback,
    sferumToken: mode === 'direct' ? serviceUser.token : community.token,
  }
}

export function sandboxSeed(redirectUri: string): VkSeed {
  const { people, signIns } = demoSeed()
  const known = new Map(signIns.map((signIn) => [signIn.personId, signIn]))
  return {
    clients: [{ clientId, serviceToken, name: 'Электронная школа Пензенской области', redirectUris: [redirectUri], eduOnly: true }],
    accounts: people.map((person, index) => {
      const { surname, givenName, patronymic, gender, birthDate } = person
      const names = { surname, givenName, patronymic, gender, birthDate }
      const signIn = known.get(person.id)
      return {
        login: signIn?.login ?? `vk${person.vkUserId}`,
        // The chooser shows labelled accounts first: whoever tries the sandbox finds themselves at once.
        ...(signIn && { label: `${signIn.role}, ${signIn.organisation}` }),
        profiles: [
          { userId: 310_000_001 + index, kind: 'personal' as const, ...names },
          { userId: person.vkUserId, kind: 'edu' as const, ...names, refusesAdding: person.refusesAdding },
        ],
      }
    }),
    communities: [community],
    serviceUsers: [serviceUser],
  }
}
