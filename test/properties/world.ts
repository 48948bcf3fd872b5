import { asSystem, type Database } from '#db/database.ts'
import type { AccountId, Capabilities, ChatNumber } from '#messengers/messenger.ts'
import type { Engine } from '#sync/engine.ts'
import { keyOf } from '#sync/known.ts'
import type { History } from './acts.ts'
import { createModelMessenger, type Deed, type ModelChat, type ModelMessenger } from './model-messenger.ts'
import { writeSchool } from './register.ts'
import { makeSchool, type School, wantedChats } from './school.ts'

/** A law that was broken, with where and whom it concerns as far as one chat or one account is concerned. */
export type Violation = { law: number; says: string; key?: string | undefined; account?: string | undefined; number?: string | undefined }

/** One history's world: a school in the database, a messenger in memory, a clock, and what happened so far. */
export type World = {
  db: Database
  engine: Engine
  model: ModelMessenger
  school: School
  clock: { at: number }
  /** What happened, for people. */
  story: string[]
  deeds: Deed[]
  violations: Violation[]
  /** Number in the messenger → what the registry says it is. Numbers of chats that are gone stay. */
  keys: Map<ChatNumber, string>
  /** Registry row → the title that an administrator typed. */
  typed: Map<string, string>
  /** How often somebody became wanted in a chat, and ceased to be. */
  turns: Map<string, { in: number; out: number }>
  wanted: ReadonlySet<string>
  everLinked: Set<AccountId>
  /** Chats without an adult because of what people did, until the engine has seen it. */
  excused: Set<ModelChat>
  /** Chats that were made by runs which failed before they could write them down. */
  lost: Set<ModelChat>
}

const firstDay = Date.UTC(2026, 9, 1, 9)
export const nextYear = Date.UTC(2027, 9, 1, 9)

const capabilitiesOf = ({ add, pack, membersPerPage }: History): Capabilities => ({
  add,
  membersAtCreation: 450,
  largestChat: 500,
  title: { longest: 120, forbidden: [] },
  operationsPerRequest: pack,
  requestsPerSecond: add === 'direct' ? 3 : 20,
  chatsPerRead: 100,
  membersPerPage,
})

export async function openWorld(db: Database, history: History, nth: number): Promise<World> {
  const school = makeSchool(history.school, nth)
  await writeSchool(db, school)
  const clock = { at: firstDay }
  const onDeed = (deed: Deed) => noteDeed(world, deed)
  const model = createModelMessenger({
    actor: `actor${nth}`,
    capabilities: capabilitiesOf(history),
    chatsPerPage: history.chatsPerPage,
    refusers: school.refusers,
    onDeed,
  })
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    clock.at += ms
  }
  const engine: Engine = { db, messenger: model.messenger, clock: { now: () => clock.at, sleep }, log: { info: () => {}, warn: () => {} } }
  const world: World = {
    db,
    engine,
    model,
    school,
    clock,
    story: [],
    deeds: [],
    violations: [],
    keys: new Map(),
    typed: new Map(),
    turns: new Map(),
    wanted: new Set(),
    everLinked: new Set(school.links.values()),
    excused: new Set(),
    lost: new Set(),
  }
  world.wanted = wantedPlaces(school)
  putForeignChats(world, `actor${nth}`)
  return world
}

/** Chats that are not the engine's: another school's of the same actor, and one that somebody else let the actor into. */
function putForeignChats({ model }: World, actor: AccountId): void {
  const theirs = [
    model.people.make('Учительский чат', actor, ['stranger-1', 'stranger-2']),
    model.people.make('Школа - 1А - Чат класса', 'somebody', ['stranger-3']),
  ]
  // They were made long ago: nobody sees them empty any more.
  for (const chat of theirs) chat.before = new Set(chat.members)
}

export const place = (key: string, account: AccountId): string => `${key} ${account}`

export function wantedPlaces(school: School): Set<string> {
  const places = new Set<string>()
  for (const { key, people } of wantedChats(school).values()) {
    for (const one of people) {
      const account = school.links.get(one)
      if (account !== undefined) places.add(place(key, account))
    }
  }
  return places
}

/** After every change of the register or of a link: who became wanted where, and who ceased to be. */
export function noteWishes(world: World): void {
  const now = wantedPlaces(world.school)
  const turn = (at: string, way: 'in' | 'out') => {
    const turns = world.turns.get(at) ?? { in: 0, out: 0 }
    turns[way]++
    world.turns.set(at, turns)
  }
  for (const at of now) if (!world.wanted.has(at)) turn(at, 'in')
  for (const at of world.wanted) if (!now.has(at)) turn(at, 'out')
  world.wanted = now
  for (const account of world.school.links.values()) world.everLinked.add(account)
}

export const isForeign = (world: World, chat: ModelChat): boolean =>
  world.deeds.some((deed) => deed.chat === chat && deed.kind === 'created' && deed.by === 'people')

/** Laws 7 and 11, looked at after every single change in the messenger. */
function noteDeed(world: World, deed: Deed): void {
  const { chat, account, by } = deed
  world.deeds.push(deed)
  if (by === 'engine') {
    if (isForeign(world, chat)) world.violations.push({ law: 7, says: `a chat that is not ours was touched (${deed.kind})` })
    if (deed.kind === 'out' && account !== null && !world.school.accounts.has(account))
      world.violations.push({ law: 7, says: 'a stranger was removed' })
  }
  if (isForeign(world, chat) || chat.deleted) return
  const inside = [...chat.members].map((member) => world.school.accounts.get(member)?.kind)
  if (inside.includes('staff')) world.excused.delete(chat)
  else if (by === 'people') world.excused.add(chat)
  else if (inside.includes('pupil') && !world.excused.has(chat)) {
    const key = world.keys.get(chat.number)
    world.violations.push({ law: 11, says: `pupils are without an adult in «${chat.born}» after ${account} went ${deed.kind}`, key })
  }
}

/** The engine has just looked: from here on it knows in which chats no adult is, and may not put pupils there. */
export function endExcuses({ excused, school }: World): void {
  for (const chat of excused) {
    if (![...chat.members].some((member) => school.accounts.get(member)?.kind === 'pupil')) excused.delete(chat)
  }
}

export type Row = { id: string; key: string; state: string; number: string | null; title: string; titleBy: string }

/** The registry; what it says about numbers is remembered. */
export async function readRegistry(world: World): Promise<Row[]> {
  const rows = await asSystem(world.db, (tx) =>
    tx
      .selectFrom('chat')
      .select(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id', 'state', 'external_id', 'title', 'title_by'])
      .where('organisation_id', '=', world.school.org)
      .execute(),
  )
  return rows.map((row) => {
    const key = keyOf(row)
    if (row.external_id !== null) world.keys.set(row.external_id, key)
    return { id: row.id, key, state: row.state, number: row.external_id, title: row.title, titleBy: row.title_by }
  })
}

/** Live chats that the engine made, in the order of their first titles. */
export const engineChats = (world: World): ModelChat[] =>
  [...world.model.chats.values()]
    .filter((chat) => !chat.deleted && !isForeign(world, chat))
    .sort((one, other) => (one.born < other.born ? -1 : one.born > other.born ? 1 : Number(one.number) - Number(other.number)))
