import { sql } from 'kysely'
import { asSystem } from '#db/database.ts'
import type { Plan } from '#sync/plan.ts'
import * as engine from './engine-acts.ts'
import { tellFaults } from './faults.ts'
import { mayGoAtOnce } from './limits.ts'
import type { Meddling, ModelChat } from './model-messenger.ts'
import { type Person, wantedChats } from './school.ts'
import { endExcuses, isForeign, place, type Row, readRegistry, type World } from './world.ts'

type Where = { key?: string; account?: string; number?: string }
const isTrue = (world: World, law: number, truth: boolean, otherwise: () => string, where: Where = {}): void => {
  if (!truth) world.violations.push({ law, says: otherwise(), ...where })
}

/** Carries out a run that was just opened; laws 5 and 6 are looked at here. */
export async function startRun(
  world: World,
  runId: string,
  approved: boolean,
  meddling: Meddling,
  signal: AbortSignal | undefined,
  called: string,
): Promise<engine.Ended> {
  const insideBefore = new Map([...world.model.chats.values()].map((chat) => [chat, peopleOf(world, chat)]))
  const deedsBefore = world.deeds.length
  const ended = await engine.carryOut(world, runId, meddling, signal)
  world.story.push(`${called}${approved ? ', approved' : ''}${tellFaults(meddling.faults ?? [])} → ${ended}`)
  const deeds = world.deeds.slice(deedsBefore).filter((deed) => deed.by === 'engine')
  if (ended === 'stale') {
    const writes = world.model.writes().length
    isTrue(world, 6, writes === 0, () => `a stale run sent ${writes} writes`)
  }
  for (const [chat, inside] of insideBefore) {
    const gone = deeds.filter((deed) => deed.kind === 'out' && deed.chat === chat && !isOldAccount(world, deed.account)).length
    if (gone === 0) continue
    isTrue(world, 5, approved || gone <= mayGoAtOnce(inside), () => `${gone} of ${inside} were taken out of «${chat.born}» without a word`)
    isTrue(world, 5, !world.model.unreadable().has(chat.number), () => `somebody was taken out of «${chat.born}», which could not be read`)
  }
  return ended
}

/** Of somebody who has linked another account since: the account goes, the person stays. */
function isOldAccount({ school }: World, account: string | null): boolean {
  const one = account === null ? undefined : school.accounts.get(account)
  const now = one && school.links.get(one)
  return now !== undefined && now !== account
}

const peopleOf = (world: World, chat: ModelChat): number => [...chat.members].filter((account) => world.school.accounts.has(account)).length

/** Law 4: the others go on. */
export async function checkOneBadChat(world: World, runId: string, bad: ModelChat, code: number, ended: engine.Ended): Promise<void> {
  if (ended === 'stale') return
  isTrue(world, 4, ended === 'done' || ended === 'partly-failed', () => `one bad chat ended the run as ${ended}`)
  const { rows } = await asSystem(world.db, (tx) =>
    sql<{ number: string | null; title: string; state: string }>`
      select chat.external_id as number, chat.title, step.state
      from sync_step step join chat on chat.id = step.chat_id
      where step.run_id = ${runId}::uuid and (step.state in ('planned', 'sent') or (step.state = 'failed' and step.vendor_code = ${String(code)}))`.execute(
      tx,
    ),
  )
  const others = rows.filter((row) => row.number !== bad.number && row.title !== bad.born)
  isTrue(world, 4, others.length === 0, () => `«${bad.born}» stopped ${others.map((row) => `«${row.title}» (${row.state})`).join()}`)
}

/** Law 9: after linking and one person's synchronisation they are in every live chat that wants them. */
export async function checkPersonIsInside(world: World, person: Person): Promise<void> {
  const account = world.school.links.get(person)
  if (account === undefined) return
  const wanted = wantedChats(world.school)
  const states = await statesOf(world, person)
  for (const row of await readRegistry(world)) {
    const chat = row.number === null ? undefined : world.model.chats.get(row.number)
    if (row.state !== 'live' || !chat || chat.deleted || !wanted.get(row.key)?.people.has(person)) continue
    const adult = [...chat.members].some((member) => world.school.accounts.get(member)?.kind === 'staff')
    const mayWait = person.kind === 'pupil' && !adult
    const state = states.get(row.id)
    const invited = world.engine.messenger.capabilities.add !== 'direct' && state === 'invited'
    const refused = state === 'failed' && (world.school.refusers.has(account) || chat.left.has(account))
    const wentOut = wentOutThemselves(world, row.key).has(account)
    const ok = chat.members.has(account) || mayWait || invited || refused || wentOut
    isTrue(world, 9, ok, () => `${person.called} linked and is not in «${chat.born}» (${state})`, { key: row.key, account })
  }
}

async function statesOf(world: World, person: Person): Promise<Map<string, string>> {
  const rows = await asSystem(world.db, (tx) =>
    tx.selectFrom('chat_member').select(['chat_id', 'state']).where('person_id', '=', person.id).execute(),
  )
  return new Map(rows.map((row) => [row.chat_id, row.state]))
}

/** Accounts that people took out of a chat of this key, or that left it, and that did not come back by themselves. */
function wentOutThemselves(world: World, key: string): Set<string> {
  const out = new Set<string>()
  for (const { by, kind, chat, account } of world.deeds) {
    if (account === null || world.keys.get(chat.number) !== key) continue
    if (by === 'people' && kind === 'out') out.add(account)
  }
  return out
}

/** The faults have stopped: two days of runs, and then the world must be as the register says. */
export async function checkTheEnd(world: World): Promise<void> {
  world.model.meddle({})
  for (const runId of await engine.unfinishedRuns(world.db, world.school.org)) {
    world.story.push(`at the end: a run is gone on with → ${await engine.carryOut(world, runId, {})}`)
  }
  await readRegistry(world)
  await quietRun(world, false)
  // Refusals are asked again a day later.
  await asSystem(world.db, (tx) =>
    sql`update chat_member set changed_at = changed_at - interval '2 days' where organisation_id = ${world.school.org}`.execute(tx),
  )
  await quietRun(world, true)
  const rows = await readRegistry(world)
  world.model.meddle({})
  const plan = await engine.derivedPlan(world)
  const steps = plan.chats.flatMap((chat) => chat.steps)
  isTrue(world, 1, steps.length === 0, () => `after two runs there is still to do: ${steps.map((step) => step.kind).join()}`)
  checkChats(world, rows, plan)
  checkChurn(world)
  await checkJournal(world)
  await checkNumbers(world, rows, plan)
}

async function quietRun(world: World, approve: boolean): Promise<void> {
  world.model.meddle({})
  endExcuses(world)
  const runId = await engine.openRun(world, { fingerprint: null, keys: [...wantedChats(world.school).keys()] }, approve)
  const ended = await startRun(world, runId, approve, {}, undefined, 'at the end: a synchronisation')
  isTrue(world, 1, ended === 'done' || ended === 'partly-failed', () => `a run without faults ended as ${ended}`)
  await readRegistry(world)
}

/** Laws 1, 3 and 7: every wanted chat once, with exactly those who should be in it. */
function checkChats(world: World, rows: readonly Row[], plan: Plan): void {
  const registered = new Set(rows.map((row) => row.number))
  for (const chat of world.model.chats.values()) {
    if (chat.deleted || isForeign(world, chat)) continue
    // Nobody asks any more for what a failed run made for a class that has ended: it is found among «Чаты вне реестра».
    const row = rows.find((one) => one.title === chat.born)
    if (row && !wantedChats(world.school).has(row.key)) continue
    isTrue(world, 3, registered.has(chat.number), () => `«${chat.born}» (${chat.number}) exists and no registry knows it`, {
      number: chat.number,
    })
  }
  const held = heldPlaces(plan)
  for (const wanted of wantedChats(world.school).values()) {
    const row = rows.find((other) => other.key === wanted.key)
    const chat = row?.number ? world.model.chats.get(row.number) : undefined
    if (!row || !chat || chat.deleted || row.state !== 'live') {
      world.violations.push({ law: 1, says: `${wanted.title} is wanted and is not there (${row?.state})`, key: wanted.key })
      continue
    }
    const title = world.typed.get(row.id) ?? wanted.title
    isTrue(world, 1, chat.title === title, () => `the title is «${chat.title}», not «${title}»`, { key: wanted.key })
    checkMembers(world, wanted.key, wanted.people, chat, held)
  }
}

function checkMembers(world: World, key: string, people: ReadonlySet<Person>, chat: ModelChat, held: ReadonlySet<string>): void {
  const { school, engine: own } = world
  const wentOut = wentOutThemselves(world, key)
  const wanted = new Set([...people].flatMap((one) => school.links.get(one) ?? []))
  for (const account of wanted) {
    const excused = wentOut.has(account) || held.has(place(key, account)) || own.messenger.capabilities.add !== 'direct'
    const refused = school.refusers.has(account)
    const ok = chat.members.has(account) || excused || refused
    isTrue(world, 1, ok, () => `${school.accounts.get(account)?.called} is not in «${chat.born}»`, { key, account })
  }
  for (const account of chat.members) {
    const one = school.accounts.get(account)
    if (!one || wanted.has(account) || held.has(place(key, account)) || cameInThemselves(world, chat, account)) continue
    world.violations.push({ law: 3, says: `${one.called} is in «${chat.born}» and does not belong there`, key, account })
  }
}

const cameInThemselves = (world: World, chat: ModelChat, account: string): boolean =>
  world.deeds.findLast((deed) => deed.chat === chat && deed.account === account)?.by === 'people'

function heldPlaces(plan: Plan): Set<string> {
  const steps = plan.chats.flatMap((chat) => chat.held.flatMap((held) => held.steps))
  return new Set(steps.flatMap((step) => ('account' in step ? [place(step.key, step.account)] : [])))
}

/** Law 2: nobody goes out and comes in again, or goes at all, without the register or a link having said so. */
function checkChurn(world: World): void {
  const seen = new Map<string, { out: number; back: number; last: 'in' | 'out' }>()
  for (const { by, kind, chat, account } of world.deeds) {
    const key = world.keys.get(chat.number)
    if (by !== 'engine' || account === null || key === undefined || (kind !== 'in' && kind !== 'out')) continue
    const at = seen.get(place(key, account)) ?? { out: 0, back: 0, last: 'in' }
    if (kind === 'out') at.out++
    else if (at.last === 'out') at.back++
    at.last = kind
    seen.set(place(key, account), at)
  }
  for (const [at, { out, back }] of seen) {
    const turns = world.turns.get(at) ?? { in: 0, out: 0 }
    const [key, account = ''] = at.split(' ')
    const who = () => world.school.accounts.get(account)?.called
    isTrue(world, 2, out <= turns.out, () => `${who()} was taken out ${out} times, the register said so ${turns.out} times`, {
      key,
      account,
    })
    isTrue(world, 2, back <= turns.in, () => `${who()} was put back ${back} times, the register said so ${turns.in} times`, {
      key,
      account,
    })
  }
}

/** Law 4: a run with a step that is not done is never green, and every run has an end. */
async function checkJournal(world: World): Promise<void> {
  const { rows } = await asSystem(world.db, (tx) =>
    sql<{ state: string; step: string }>`
      select distinct run.state, step.state as step from sync_run run join sync_step step on step.run_id = run.id
      where run.organisation_id = ${world.school.org} and run.state in ('done', 'queued', 'running') and step.state <> 'done'`.execute(tx),
  )
  for (const row of rows) world.violations.push({ law: 4, says: `a run is ${row.state} and a step of it is ${row.step}` })
}

/** Law 4: numbers add up. Everybody who belongs into a chat has exactly one state, nobody else counts. */
async function checkNumbers(world: World, rows: readonly Row[], plan: Plan): Promise<void> {
  const members = await asSystem(world.db, (tx) =>
    tx.selectFrom('chat_member').select(['chat_id', 'person_id', 'state']).where('organisation_id', '=', world.school.org).execute(),
  )
  const held = heldPlaces(plan)
  for (const wanted of wantedChats(world.school).values()) {
    const row = rows.find((other) => other.key === wanted.key)
    const here = members.filter((member) => member.chat_id === row?.id)
    const ids = new Set([...wanted.people].map((one) => one.id))
    const counted = here.filter((member) => ids.has(member.person_id) && member.state !== 'removed').length
    isTrue(world, 4, counted === ids.size, () => `${ids.size} belong into ${wanted.title}, ${counted} have a state`, { key: wanted.key })
    const others = here.filter((member) => !ids.has(member.person_id) && member.state !== 'removed')
    const unexplained = others.filter(
      (member) => ![...held].some((at) => at.startsWith(`${wanted.key} `) && isOf(world, at, member.person_id)),
    )
    isTrue(
      world,
      4,
      unexplained.length === 0,
      () => `${unexplained.length} more have a state in ${wanted.title}: ${unexplained[0]?.state}`,
      { key: wanted.key },
    )
  }
}

const isOf = (world: World, at: string, personId: string): boolean => world.school.accounts.get(at.split(' ')[1] ?? '')?.id === personId

/** The next history looks for orphans in the same database: nothing of this one may be under way. */
export async function leaveNoTrace(world: World): Promise<void> {
  await asSystem(world.db, (tx) =>
    tx.updateTable('chat').set({ state: 'gone' }).where('organisation_id', '=', world.school.org).where('state', '=', 'creating').execute(),
  )
}
