import type { Db } from '#db/database.ts'
import { inOrganisation } from '#db/database.ts'
import type { Lane } from '#messengers/messenger.ts'
import { todayIn } from '#register/calendar.ts'
import { readOrganisation } from '#register/organisations.ts'
import { readRoster } from '#register/roster.ts'
import type { Engine } from './engine.ts'
import { type RegisteredChat, readAccounts, readRegisteredChats } from './known.ts'
import { observeChats, type Seen } from './observe.ts'
import { derivePlan, type KnownChat, type Plan, type PlanInput } from './plan.ts'
import { type DesiredChat, deriveDesiredChats, type TitleTemplates } from './rules.ts'

/** What the database says: the register's wishes, the registry and the links. */
export async function readWishes(tx: Db, engine: Engine, organisationId: string) {
  const { name, capabilities } = engine.messenger
  const organisation = await readOrganisation(tx, organisationId)
  const roster = await readRoster(tx, organisationId, todayIn(organisation.timeZone, engine.clock.now()))
  const desired = deriveDesiredChats(roster, await readTemplates(tx, organisationId), capabilities.title.longest)
  return {
    desired,
    registered: await readRegisteredChats(tx, organisationId, name),
    links: await readAccounts(tx, organisationId, name),
  }
}

async function readTemplates(tx: Db, organisationId: string): Promise<TitleTemplates> {
  const row = await tx
    .selectFrom('chat_settings')
    .select('title_templates')
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst()
  return (row?.title_templates ?? {}) as TitleTemplates
}

/**
 * Reads the register, looks at every chat in the messenger, and plans. Writes nothing.
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function preparePlan(engine: Engine, organisationId: string, lane: Lane): Promise<Plan> {
  const { desired, registered, links } = await inOrganisation(engine.db, organisationId, (tx) => readWishes(tx, engine, organisationId))
  const wanted = new Set(desired.map((chat) => chat.key))
  // Asked also when there is nothing to observe: a token that has expired is known before «Да», not after.
  const actor = await engine.messenger.actor()
  const watched = registered.filter((chat) => wanted.has(chat.key) && isLive(chat) && chat.actor === actor)
  const seen = await observeChats(
    engine.messenger,
    watched.flatMap((chat) => chat.number ?? []),
    { lane, school: organisationId },
  )
  return derivePlan(planInput(engine, desired, registered, links, (chat) => seenThrough(chat, actor, seen)))
}

const isLive = (chat: RegisteredChat): boolean => chat.state === 'live' && chat.number !== null

/** The registry's word about a chat, with what was seen of it. */
function seenThrough(chat: RegisteredChat, actor: string, seen: ReadonlyMap<string, Seen>): Seen {
  if (!isLive(chat)) return { state: 'gone' }
  if (chat.actor !== actor) return { state: 'elsewhere' }
  return (chat.number === null ? undefined : seen.get(chat.number)) ?? { state: 'unread' }
}

/** What we remember instead of what we see: enough to act for one person without reading whole chats. */
export function rememberedSeen(chat: RegisteredChat, actor: string): Seen {
  if (!isLive(chat)) return { state: 'unread' }
  if (chat.actor !== actor) return { state: 'elsewhere' }
  const accounts = new Set(chat.members.flatMap((member) => (member.state === 'member' && member.account ? [member.account] : [])))
  return { state: 'present', title: chat.title, accounts }
}

export function planInput(
  engine: Engine,
  desired: readonly DesiredChat[],
  registered: readonly RegisteredChat[],
  links: PlanInput['links'],
  seen: (chat: RegisteredChat) => Seen,
): PlanInput {
  const known = registered.map((chat): KnownChat => ({ ...chat, seen: seen(chat) }))
  return { desired, known, links, capabilities: engine.messenger.capabilities }
}
