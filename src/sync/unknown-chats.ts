import { sql } from 'kysely'
import { asSystem, inOrganisation } from '#db/database.ts'
import type { ChatNumber } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { observeChats } from './observe.ts'
import { listOwnChats } from './orphans.ts'

export type FoundChat = { number: ChatNumber; title: string; members: number; known: number }

/**
 * Chats of the connected account that no registry knows. The account may serve many schools: a school sees a chat only
 * when somebody of its own is inside, or when it is the only school that the account serves.
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function listUnknownChats(engine: Engine, organisationId: string): Promise<FoundChat[]> {
  const { messenger } = engine
  const place = { lane: 'run', school: organisationId } as const
  const actor = await messenger.actor()
  const listed = await listOwnChats(engine, place)
  const { registered, alone } = await asSystem(engine.db, async (tx) => {
    const rows = await tx
      .selectFrom('chat')
      .select(['external_id', 'organisation_id'])
      .where('messenger', '=', messenger.name)
      .where('actor', '=', actor)
      .where('external_id', 'is not', null)
      .execute()
    const schools = await tx.selectFrom('organisation').select('id').where('kind', '=', 'school').limit(2).execute()
    return {
      registered: new Set(rows.map((row) => row.external_id)),
      alone: schools.length === 1 && rows.every((row) => row.organisation_id === organisationId),
    }
  })
  const free = listed.filter(({ chat }) => !registered.has(chat))
  const seen = await observeChats(
    messenger,
    free.map(({ chat }) => chat),
    place,
  )
  const accounts = [...new Set([...seen.values()].flatMap((one) => (one.state === 'present' ? [...one.accounts] : [])))]
  const ours = await readOurAccounts(engine, organisationId, accounts)
  return free.flatMap(({ chat, title }) => {
    const inside = seen.get(chat)
    if (inside?.state !== 'present') return []
    const known = [...inside.accounts].filter((account) => ours.has(account)).length
    return known > 0 || alone ? [{ number: chat, title, members: inside.accounts.size, known }] : []
  })
}

async function readOurAccounts(engine: Engine, organisationId: string, accounts: readonly string[]): Promise<Set<string>> {
  const rows = await inOrganisation(engine.db, organisationId, (tx) =>
    tx
      .selectFrom('link')
      .select('external_id')
      .where('organisation_id', '=', organisationId)
      .where('system', '=', engine.messenger.name)
      .where('external_id', '=', sql<string>`any(${accounts}::text[])`)
      .execute(),
  )
  return new Set(rows.map((row) => row.external_id))
}

/** Whether the account may still take this chat over: it sees it, and no registry has it. */
export async function isFree(engine: Engine, organisationId: string, number: ChatNumber): Promise<FoundChat | null> {
  return (await listUnknownChats(engine, organisationId)).find((chat) => chat.number === number) ?? null
}
