import { sql } from 'kysely'
import { asSystem } from '#db/database.ts'
import type { AccountId, ChatNumber, Place } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { observeChats } from './observe.ts'
import type { ChatWork } from './work.ts'

/** `named`: people of earlier attempts who are inside, whether anybody wants them there now or not. */
export type Orphan = { chat: ChatNumber; title: string; members: AccountId[]; named: { personId: string; account: AccountId }[] }

const looks = 5
const betweenLooksMs = 1_000

/**
 * Looks for chats that were made by attempts whose answer never came. Creating a chat is not idempotent at the vendor,
 * so this comes before any second attempt. An orphan is ours by owner, has the title that was asked for, is in no
 * school's registry (one actor may serve many schools), and is empty or holds somebody of this
 * school and nobody of another: «Учительский чат» exists in every school.
 * @returns adopted: chat → its orphan; ambiguous: chats for which an empty orphan may as well belong to another attempt
 * under way, even after waiting for that one to end
 */
export async function findOrphans(
  engine: Engine,
  wanted: readonly ChatWork[],
  place: Place,
): Promise<{ adopted: Map<ChatWork, Orphan>; ambiguous: Set<ChatWork> }> {
  for (let look = 1; ; look++) {
    const { adopted, ambiguous } = await lookOnce(engine, wanted, place)
    if (ambiguous.size === 0 || look === looks) {
      engine.log.info({ wanted: wanted.length, adopted: adopted.size, ambiguous: ambiguous.size }, 'looked for orphaned chats')
      return { adopted, ambiguous }
    }
    await engine.clock.sleep(betweenLooksMs)
  }
}

async function lookOnce(engine: Engine, wanted: readonly ChatWork[], place: Place) {
  const attempts = await readAttempts(engine, wanted)
  const titles = new Set([...attempts.values()].flatMap((attempt) => [...attempt.titles]))
  const listed = (await listOwnChats(engine, place)).filter((chat) => titles.has(chat.title))
  // The registry is read after the messenger: a chat of another run that was listed is registered or `creating` by now.
  const { registered, underWay } = await readOthers(engine, wanted)
  const free = listed.filter((chat) => !registered.has(chat.chat)).sort((one, other) => Number(one.chat) - Number(other.chat))
  const seen = await observeChats(
    engine.messenger,
    free.map((chat) => chat.chat),
    place,
  )
  const accounts = [...seen.values()].flatMap((one) => (one.state === 'present' ? [...one.accounts] : []))
  const owners = await readOwners(engine, accounts)
  const adopted = new Map<ChatWork, Orphan>()
  const ambiguous = new Set<ChatWork>()
  for (const chat of wanted) {
    const attempt = attempts.get(chat.id)
    const isOurs = (account: AccountId) => owners.get(account) === place.school || attempt?.named.has(account) === true
    const unread = free.some(({ chat: number, title }) => attempt?.titles.has(title) && seen.get(number)?.state === 'unread')
    const fits = (candidate: { chat: ChatNumber; title: string }, empty: boolean): boolean => {
      const inside = seen.get(candidate.chat)
      if (!attempt?.titles.has(candidate.title) || inside?.state !== 'present') return false
      const people = [...inside.accounts]
      if (people.some((account) => !isOurs(account) && owners.has(account))) return false
      return empty ? people.length === 0 : people.some(isOurs)
    }
    // One with our people in it is surely ours; an empty one may be anybody's and comes last.
    const sure = free.findIndex((candidate) => fits(candidate, false))
    const at = sure >= 0 ? sure : free.findIndex((candidate) => fits(candidate, true))
    const candidate = free[at]
    if (candidate === undefined) {
      // It has the title, and nobody could look into it: creating now might be the second time.
      if (unread) ambiguous.add(chat)
      continue
    }
    const inside = seen.get(candidate.chat)
    const members = inside?.state === 'present' ? [...inside.accounts] : []
    if (members.length === 0 && underWay.has(candidate.title)) ambiguous.add(chat)
    else {
      const named = members.flatMap((account) => {
        const personId = attempt?.named.get(account)
        return personId === undefined ? [] : [{ personId, account }]
      })
      adopted.set(chat, { ...candidate, members, named })
      free.splice(at, 1)
    }
  }
  return { adopted, ambiguous }
}

/**
 * What every attempt at these chats asked for, this one's and those of runs that failed: the title may have been another
 * then, and somebody who was named may have unlinked since.
 */
async function readAttempts(engine: Engine, wanted: readonly ChatWork[]) {
  const attempts = new Map(wanted.map((chat) => [chat.id, { titles: new Set([chat.title]), named: new Map<AccountId, string>() }]))
  const { rows } = await asSystem(engine.db, (tx) =>
    sql<{ chat_id: string; title: string | null; account: string | null; person_id: string | null }>`
      select distinct chat_id, step ->> 'title' as title, step ->> 'account' as account, person_id from sync_step
      where chat_id = any(${wanted.map((chat) => chat.id)}::uuid[]) and kind in ('create-chat', 'add-member', 'invite-member')`.execute(tx),
  )
  for (const { chat_id, title, account, person_id } of rows) {
    const attempt = attempts.get(chat_id)
    if (title !== null) attempt?.titles.add(title)
    if (account !== null && person_id !== null) attempt?.named.set(account, person_id)
  }
  return attempts
}

/** Account → the school of the person who has linked it. */
async function readOwners(engine: Engine, accounts: readonly AccountId[]): Promise<Map<AccountId, string>> {
  const rows = await asSystem(engine.db, (tx) =>
    tx
      .selectFrom('link')
      .select(['external_id', 'organisation_id'])
      .where('system', '=', engine.messenger.name)
      .where('external_id', '=', sql<string>`any(${accounts}::text[])`)
      .execute(),
  )
  return new Map(rows.map((row) => [row.external_id, row.organisation_id]))
}

/** Numbers in any registry, and titles that other chats are being created with right now. */
async function readOthers(engine: Engine, wanted: readonly ChatWork[]) {
  const actor = await engine.messenger.actor()
  const mine = wanted.map((chat) => chat.id)
  return asSystem(engine.db, async (tx) => {
    const rows = await tx
      .selectFrom('chat')
      .select('external_id')
      .where('messenger', '=', engine.messenger.name)
      .where('actor', '=', actor)
      .where('external_id', 'is not', null)
      .execute()
    // Only an attempt that is at work may still make its chat; one that gave up left an orphan that fits it as well as us.
    const creating = await sql<{ title: string }>`
      select distinct step.step ->> 'title' as title
      from chat join sync_step step on step.chat_id = chat.id and step.kind = 'create-chat' and step.state = 'sent'
      join sync_run run on run.id = step.run_id and run.state = 'running' and run.progress_at > now() - interval '1 minute'
      where chat.state = 'creating' and chat.messenger = ${engine.messenger.name} and chat.id <> all(${mine}::uuid[])`.execute(tx)
    return { registered: new Set(rows.map((row) => row.external_id)), underWay: new Set(creating.rows.map((row) => row.title)) }
  })
}

/** Every chat of the connected account that it owns. */
export async function listOwnChats(engine: Engine, place: Place): Promise<{ chat: ChatNumber; title: string }[]> {
  const chats = new Map<ChatNumber, { chat: ChatNumber; title: string }>()
  for (let offset = 0; ; ) {
    const [outcome] = await engine.messenger.perform([{ kind: 'list-chats', offset }], place)
    if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome')
    if (outcome.answer.kind !== 'chats') return []
    for (const { chat, title, ours } of outcome.answer.chats) if (ours) chats.set(chat, { chat, title })
    offset += outcome.answer.read
    if (outcome.answer.read === 0 || offset >= outcome.answer.total) return [...chats.values()]
  }
}
