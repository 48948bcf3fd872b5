import { sql } from 'kysely'
import type { ChatSettings } from '#contract/chat-settings.ts'
import type { Db } from '#db/database.ts'
import { inOrganisation } from '#db/database.ts'
import type { AccountId, Lane } from '#messengers/messenger.ts'
import { todayIn } from '#register/calendar.ts'
import { readOrganisation } from '#register/organisations.ts'
import { readRoster } from '#register/roster.ts'
import { readSourceState } from '#register/source.ts'
import type { Engine } from './engine.ts'
import { type RegisteredChat, readAccounts, readExceptions, readRegisteredChats } from './known.ts'
import { observeChats, type Seen } from './observe.ts'
import { derivePlan, type KnownChat, type Plan, type PlanInput } from './plan.ts'
import { type ChatKey, type DesiredChat, deriveDesiredChats } from './rules.ts'
import { readSettings } from './settings.ts'

export type Wishes = {
  desired: DesiredChat[]
  registered: RegisteredChat[]
  links: Map<string, AccountId>
  settings: ChatSettings
  sourceComplete: boolean
}

/**
 * What the database says: the register's wishes, the registry and the links.
 * @param instead settings to try out instead of the saved ones
 */
export async function readWishes(tx: Db, engine: Engine, organisationId: string, instead?: ChatSettings): Promise<Wishes> {
  const { name, capabilities } = engine.messenger
  const organisation = await readOrganisation(tx, organisationId)
  const today = todayIn(organisation.timeZone, engine.clock.now())
  const settings = instead ?? (await readSettings(tx, organisationId))
  const roster = await readRoster(tx, organisationId, today)
  const exceptions = await readExceptions(tx, organisationId, name, today)
  const source = await readSourceState(tx, organisationId)
  return {
    desired: deriveDesiredChats(roster, settings.rules, settings.titles, capabilities.title.longest, exceptions),
    registered: await readRegisteredChats(tx, organisationId, name),
    links: await readAccounts(tx, organisationId, name),
    settings,
    sourceComplete: source === null || source.state === 'complete',
  }
}

export type PlanOptions = {
  /** Only these chats (by key): neither the others nor the school's limits are looked at. */
  only?: ReadonlySet<ChatKey>
  /** Accounts that an administrator wants out, by chat. */
  unwanted?: ReadonlyMap<ChatKey, ReadonlySet<AccountId>>
  /** false: a chat that has vanished is only reported. */
  recreate?: boolean
  /** An administrator wants our titles back, whatever the school's rule says. */
  enforceTitles?: boolean
  /** Settings to try out instead of the saved ones. */
  settings?: ChatSettings
}

/**
 * Reads the register, looks at the chats in the messenger, and plans. Writes nothing.
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function preparePlan(engine: Engine, organisationId: string, lane: Lane, options: PlanOptions = {}): Promise<Plan> {
  const { readAt, ...wishes } = await inOrganisation(engine.db, organisationId, async (tx) => {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
    return { readAt: rows[0]?.now ?? new Date(0), ...(await readWishes(tx, engine, organisationId, options.settings)) }
  })
  const { only } = options
  const desired = only ? wishes.desired.filter((chat) => only.has(chat.key)) : wishes.desired
  const wanted = new Set(desired.map((chat) => chat.key))
  // Asked also when there is nothing to observe: a token that has expired is known before «Да», not after.
  const actor = await engine.messenger.actor()
  const watched = wishes.registered.filter((chat) => wanted.has(chat.key) && isLive(chat) && chat.managed && chat.actor === actor)
  const seen = await observeChats(
    engine.messenger,
    watched.flatMap((chat) => chat.number ?? []),
    { lane, school: organisationId },
  )
  return {
    ...derivePlan(planInput(engine, { ...wishes, desired }, (chat) => seenThrough(chat, actor, seen, engine.clock.now()), options)),
    readAt,
  }
}

/** A chat that vanished is looked at all the same: messengers have been seen to forget one for a while. */
const isLive = (chat: RegisteredChat): boolean => (chat.state === 'live' || chat.state === 'gone') && chat.number !== null

/** The registry's word about a chat, with what was seen of it. */
function seenThrough(chat: RegisteredChat, actor: string, seen: ReadonlyMap<string, Seen>, now: number): Seen {
  if (!isLive(chat)) return { state: 'gone' }
  if (chat.actor !== actor) return { state: 'elsewhere' }
  const found = (chat.number === null ? undefined : seen.get(chat.number)) ?? { state: 'unread' }
  return found.state === 'gone' && isYoung(chat, now) ? { state: 'unread' } : found
}

// microsoft-graph-docs#12063: lists were seen to be a quarter of an hour behind.
const listedWithinMs = 20 * 60_000

/** Made so recently that a list which does not have it may just be late: to make it again would double it. */
const isYoung = ({ madeAt }: RegisteredChat, now: number): boolean => {
  const age = madeAt === null ? listedWithinMs : now - madeAt.getTime()
  return age >= 0 && age < listedWithinMs
}

/** What we remember instead of what we see: enough to act for one person without reading whole chats. */
export function rememberedSeen(chat: RegisteredChat, actor: string): Seen {
  if (chat.state !== 'live') return { state: 'unread' }
  if (chat.actor !== actor) return { state: 'elsewhere' }
  const accounts = new Set<AccountId>()
  for (const { state, account, formers } of chat.members) {
    if (state === 'member' && account !== null) accounts.add(account)
    for (const former of formers) accounts.add(former)
  }
  return { state: 'present', title: chat.title, accounts }
}

export function planInput(
  engine: Engine,
  { desired, registered, links, settings, sourceComplete }: Wishes,
  seen: (chat: RegisteredChat) => Seen,
  options: PlanOptions = {},
): PlanInput {
  const known = registered.map((chat): KnownChat => ({ ...chat, seen: seen(chat) }))
  const removedThisWeek = registered.reduce((sum, chat) => sum + chat.removedThisWeek, 0)
  return {
    desired,
    known,
    links,
    capabilities: engine.messenger.capabilities,
    limits: settings.brake,
    driftRules: options.enforceTitles ? { ...settings.drift, titles: 'enforce' } : settings.drift,
    source: { complete: sourceComplete },
    school: options.only ? null : { removedThisWeek },
    ...(options.unwanted && { unwanted: options.unwanted }),
    recreate: options.recreate ?? true,
  }
}
