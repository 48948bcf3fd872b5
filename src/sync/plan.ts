import { createHash } from 'node:crypto'
import type { BrakeLimits, DriftRules } from '#contract/chat-settings.ts'
import type { ChatKind, ChatState, DriftKind, MemberRole, MemberState } from '#contract/kinds.ts'
import type { PlanCounts } from '#contract/plans.ts'
import type { AccountId, Capabilities } from '#messengers/messenger.ts'
import { guardChat, guardSchool, type Held, type SourceState } from './guard.ts'
import type { ChatKey, DesiredChat, DesiredMember, Reason } from './rules.ts'

/** A person's part in a step: who, as what, under which account, and why. */
export type MemberChange = {
  key: ChatKey
  personId: string
  account: AccountId
  role: MemberRole
  isSchoolAdult: boolean
  reason: Reason
}

export type Step =
  | { kind: 'create-chat'; key: ChatKey; title: string }
  | { kind: 'rename-chat'; key: ChatKey; from: string; to: string }
  | ({ kind: 'add-member' } & MemberChange)
  | ({ kind: 'invite-member' } & MemberChange)
  /**
   * `becomes`: what the person is afterwards; somebody without a link who still belongs goes back to waiting; somebody
   * who has linked another account stays, and only the old account goes.
   */
  | ({ kind: 'remove-member'; becomes: 'waiting' | 'removed' | 'stays'; approved: boolean } & MemberChange)
  /** `byHand`: an administrator named this very account. */
  | { kind: 'remove-stranger'; key: ChatKey; account: AccountId; byHand: boolean }
  | { kind: 'send-notice'; key: ChatKey; text: string }

/** What people changed in the messenger. */
export type DriftFound = { kind: DriftKind; personId: string | null; account: AccountId | null; detail: string | null }

/** A chat of the registry as the engine knows it before planning. */
export type KnownChat = {
  id: string
  key: ChatKey
  kind: ChatKind
  state: ChatState
  title: string
  titleBy: 'template' | 'administrator'
  /** false: the school keeps this chat by itself. */
  managed: boolean
  removedThisWeek: number
  /** What the messenger shows. unread: nothing is known, so nothing may be concluded; elsewhere: another account made it. */
  seen:
    | { state: 'present'; title: string; accounts: ReadonlySet<AccountId> }
    | { state: 'gone' }
    | { state: 'unread' }
    | { state: 'elsewhere' }
  members: KnownMember[]
}

export type KnownMember = {
  personId: string
  role: MemberRole
  state: MemberState
  account: AccountId | null
  /** Accounts that the person had before and that may still be inside. */
  formers: readonly AccountId[]
  /** A lasting refusal is not asked again at every run: only when this is true. */
  retryDue: boolean
  /** Of somebody who is not inside any more, where the messenger told us. */
  goneHow: 'left' | 'kicked' | null
  /** What an administrator said about taking this person out. */
  decision: 'approved' | 'rejected' | null
}

/** Where a membership stands once this plan is accepted and before any of it is carried out. */
export type Membership = {
  personId: string
  role: MemberRole
  state: MemberState
  account: AccountId | null
  formers: readonly AccountId[]
}

export type Waiting = { personId: string; role: MemberRole; reason: Reason }

export type ChatPlan = {
  key: ChatKey
  kind: ChatKind
  chatId: string | null
  title: string
  classId: string | null
  subgroupId: string | null
  subjectId: string | null
  steps: Step[]
  held: Held[]
  waiting: Waiting[]
  memberships: Membership[]
  strangers: number
  drift: DriftFound[]
  /** Ours who are inside now, for the numbers of the whole school. */
  inside: number
  seen: KnownChat['seen']['state'] | 'new' | 'unmanaged'
}

/** readAt: when the memberships behind it were read; what was written about one of them since is newer than this plan. */
export type Plan = { chats: ChatPlan[]; counts: PlanCounts; fingerprint: string; readAt?: Date }

export type PlanInput = {
  desired: readonly DesiredChat[]
  known: readonly KnownChat[]
  /** Person → account, for everybody who has linked. */
  links: ReadonlyMap<string, AccountId>
  capabilities: Capabilities
  limits: BrakeLimits
  driftRules: DriftRules
  source: SourceState
  /** A plan for the whole school is held by the school's limits, too; null: a smaller one. */
  school: { removedThisWeek: number } | null
  /** Accounts that an administrator wants out, by chat. */
  unwanted?: ReadonlyMap<ChatKey, ReadonlySet<AccountId>>
  /** false: a chat that has vanished from the messenger is only reported, not made anew. */
  recreate?: boolean
}

/**
 * Desired × observed → plan. Pure: the same input gives the same steps in the same order and the same fingerprint.
 * A chat that could not be read gets no step at all, and nobody is taken out of it.
 */
export function derivePlan(input: PlanInput): Plan {
  const byKey = new Map(input.known.map((chat) => [chat.key, chat]))
  const planned = input.desired.map((chat) => planChat(chat, byKey.get(chat.key), input))
  const inside = planned.reduce((sum, chat) => sum + chat.inside, 0)
  const people = () => countInside(planned)
  return planOf(input.school ? guardSchool(planned, { inside, people, ...input.school }, input.limits) : planned)
}

const countInside = (chats: readonly ChatPlan[]): number =>
  new Set(chats.flatMap((chat) => chat.memberships.filter(({ state }) => state === 'member').map(({ personId }) => personId))).size

/** Chats with their steps → a plan with its numbers and fingerprint. */
export function planOf(chats: ChatPlan[]): Plan {
  const sorted = chats.map((chat) => ({
    ...chat,
    steps: [...chat.steps].sort(byPhaseAndPerson),
    held: chat.held.map((held) => ({ ...held, steps: [...held.steps].sort(byPhaseAndPerson) })),
    waiting: [...chat.waiting].sort((one, other) => (one.personId < other.personId ? -1 : 1)),
  }))
  return { chats: sorted, counts: countPlan(sorted), fingerprint: fingerprintOf(sorted) }
}

function planChat(desired: DesiredChat, known: KnownChat | undefined, input: PlanInput): ChatPlan {
  const title = known?.titleBy === 'administrator' ? known.title : desired.title
  const base = {
    key: desired.key,
    kind: desired.kind,
    chatId: known?.id ?? null,
    title,
    classId: desired.classId,
    subgroupId: desired.subgroupId,
    subjectId: desired.subjectId,
    steps: [],
    held: [],
    waiting: [],
    memberships: [],
    strangers: 0,
    drift: [],
    inside: 0,
  }
  const seenAs = known?.managed === false ? 'unmanaged' : (known?.seen.state ?? 'new')
  if (known && (seenAs === 'unmanaged' || isUnreadable(known)))
    return { ...base, memberships: known.members.map(asMembership), seen: seenAs }
  const vanished = known?.seen.state === 'gone' && (known.state === 'live' || known.state === 'gone')
  if (known && vanished && input.recreate === false) {
    const drift: DriftFound[] = [{ kind: 'chat-gone', personId: null, account: null, detail: null }]
    return { ...base, memberships: known.members.map(asMembership), drift, seen: 'gone' }
  }

  const present = known?.seen.state === 'present' ? known.seen : null
  const inside: ReadonlySet<AccountId> = present?.accounts ?? new Set()
  const stored = new Map(known?.members.map((member) => [member.personId, member]))
  const result: ChatPlan = { ...base, steps: [], held: [], waiting: [], memberships: [], drift: [], seen: seenAs }

  if (!present) result.steps.push({ kind: 'create-chat', key: desired.key, title })
  else if (present.title !== title && !(input.driftRules.titles === 'report' && present.title !== known?.title)) {
    result.steps.push({ kind: 'rename-chat', key: desired.key, from: present.title, to: title })
  }
  if (vanished) result.drift.push({ kind: 'chat-gone', personId: null, account: null, detail: null })
  if (present && known && present.title !== known.title) {
    result.drift.push({ kind: 'renamed', personId: null, account: null, detail: present.title })
  }

  const enter = wayIn(input.capabilities, present !== null)
  let belong = 0
  // An account that somebody had before and another who belongs here has linked since is that other's: nobody takes it out.
  const free = without(inside, () => desired.members.flatMap(({ personId }) => input.links.get(personId) ?? []))
  for (const member of desired.members) {
    const one = stored.get(member.personId)
    if (one) belong++
    planMember(result, member, one, input.links.get(member.personId) ?? null, inside, free, enter, input.driftRules)
  }
  if (belong < stored.size) {
    for (const member of desired.members) stored.delete(member.personId)
    for (const member of stored.values()) planDeparture(result, member, free, desired.excluded)
  }
  const { people, accounted } = presentPeople(result, inside)
  // Everybody who is inside is accounted for: the usual case.
  if (accounted < inside.size) planStrangers(result, known, inside, input)
  const guarded = guardChat(
    {
      kind: desired.kind,
      steps: result.steps,
      inside: people,
      decisions: decisionsOf(known),
      removedThisWeek: known?.removedThisWeek ?? 0,
    },
    input.limits,
    input.source,
  )
  return { ...result, inside: people.length, steps: guarded.steps, held: guarded.held }
}

function decisionsOf(known: KnownChat | undefined): Map<string, 'approved' | 'rejected'> {
  const decisions = new Map<string, 'approved' | 'rejected'>()
  for (const { personId, decision } of known?.members ?? []) if (decision !== null) decisions.set(personId, decision)
  return decisions
}

/** Where people come in by a link, adults may still be named when a chat is created; pupils follow once an adult is there. */
const wayIn =
  ({ add, membersAtCreation }: Capabilities, exists: boolean) =>
  ({ role }: DesiredMember): 'add-member' | 'invite-member' =>
    add === 'direct' || (!exists && membersAtCreation > 0 && role !== 'STUDENT') ? 'add-member' : 'invite-member'

/** Half-read, or another account's numbering: whatever we concluded would be a guess. */
const isUnreadable = (known: KnownChat): boolean =>
  (known.state === 'live' || known.state === 'gone') && (known.seen.state === 'unread' || known.seen.state === 'elsewhere')

const asMembership = ({ personId, role, state, account, formers }: KnownMember): Membership => ({ personId, role, state, account, formers })

function planMember(
  result: ChatPlan,
  member: DesiredMember,
  stored: KnownMember | undefined,
  account: AccountId | null,
  inside: ReadonlySet<AccountId>,
  free: { has: (account: AccountId) => boolean },
  enter: (member: DesiredMember) => 'add-member' | 'invite-member',
  rules: DriftRules,
): void {
  const { personId, role, isSchoolAdult, reason } = member
  if (stored !== undefined && account !== null && isSettled(stored, role, account, inside)) return void result.memberships.push(stored)
  const change = { key: result.key, personId, role, isSchoolAdult }
  // Nobody else knows whom to take out: the old accounts stay on record until they are gone.
  const formers = stored === undefined ? none : accountsOf(stored).filter((one) => one !== account && free.has(one))
  const remember = (state: MemberState, as: AccountId | null, beside = formers) =>
    result.memberships.push({ personId, role, state, account: as, formers: beside })
  for (const former of formers) {
    const unlinked: Reason = { code: 'unlinked', of: null }
    const becomes = account === null ? 'waiting' : 'stays'
    result.steps.push({ kind: 'remove-member', ...change, account: former, becomes, approved: false, reason: unlinked })
  }
  if (account === null) {
    result.waiting.push({ personId, role, reason })
    const [first, ...others] = formers
    return void (first === undefined ? remember('waiting', null) : remember('member', first, others))
  }
  if (inside.has(account)) return void remember('member', account)
  if (stored?.account === account) {
    // Only a chat that was read can show that somebody is gone; one that is made anew has everybody put in again.
    const gone = stored.state === 'left' || (stored.state === 'member' && result.seen === 'present')
    if (gone) {
      const how = stored.goneHow ?? 'left'
      // Without an event of the messenger nobody knows who did it: «left» is then the more careful guess.
      result.drift.push({ kind: how, personId, account, detail: stored.goneHow === null ? 'unseen' : null })
      if (rules[how] === 'report') return void remember('left', account)
    }
    if (stored.state === 'failed' && !stored.retryDue) return void remember('failed', account)
    if (stored.state === 'invited' && result.seen === 'present') return void remember('invited', account)
  }
  result.steps.push({ kind: enter(member), ...change, account, reason })
  remember('planned', account)
}

/** Inside as the registry has it: nearly everybody nearly always, so it is asked first and costs nothing more. */
const isSettled = (stored: KnownMember, role: MemberRole, account: AccountId, inside: ReadonlySet<AccountId>): boolean =>
  stored.state === 'member' && stored.account === account && stored.role === role && stored.formers.length === 0 && inside.has(account)

const none: readonly AccountId[] = []

/** Accounts inside that are nobody's of these; the few who need it pay for the set. */
function without(inside: ReadonlySet<AccountId>, taken: () => AccountId[]): { has: (account: AccountId) => boolean } {
  let others: ReadonlySet<AccountId> | null = null
  return {
    has: (account) => {
      if (!inside.has(account)) return false
      others ??= new Set(taken())
      return !others.has(account)
    },
  }
}

/** The account on record and those before it. */
function accountsOf({ account, formers }: KnownMember): readonly AccountId[] {
  if (formers.length === 0) return account === null ? none : [account]
  return account === null || formers.includes(account) ? formers : [account, ...formers]
}

function planDeparture(
  result: ChatPlan,
  member: KnownMember,
  free: { has: (account: AccountId) => boolean },
  excluded: ReadonlyMap<string, string>,
): void {
  const { personId, role, account } = member
  const present = accountsOf(member).filter((one) => free.has(one))
  const isSchoolAdult = role === 'TEACHER' || role === 'ADMIN'
  const byHand = excluded.get(personId)
  const reason: Reason = byHand === undefined ? { code: 'no-longer-belongs', of: null } : { code: 'excluded-by-hand', of: byHand }
  for (const one of present) {
    const change = { key: result.key, personId, account: one, role, isSchoolAdult, reason }
    result.steps.push({ kind: 'remove-member', ...change, becomes: 'removed', approved: byHand !== undefined })
  }
  const [first, ...others] = present
  if (first === undefined) result.memberships.push({ personId, role, state: 'removed', account, formers: [] })
  else result.memberships.push({ personId, role, state: 'member', account: first, formers: others })
}

type Present = { personId: string; role: MemberRole }

/** Everybody of ours who is in the chat now, for the guard's numbers; accounted: how many accounts inside are theirs. */
function presentPeople(result: ChatPlan, inside: ReadonlySet<AccountId>): { people: Present[]; accounted: number } {
  const staying: Present[] = []
  let accounted = 0
  for (const member of result.memberships) {
    accounted += member.formers.length
    if (member.account === null || !inside.has(member.account)) continue
    accounted++
    if (member.state === 'member') staying.push(member)
  }
  const removals = result.steps.flatMap((step) => (step.kind === 'remove-member' && step.becomes !== 'stays' ? [step] : []))
  if (removals.length === 0) return { people: staying, accounted }
  const people = new Map(staying.map(({ personId, role }) => [personId, { personId, role }]))
  for (const { personId, role } of removals) people.set(personId, { role, personId })
  return { people: [...people.values()], accounted }
}

function planStrangers(result: ChatPlan, known: KnownChat | undefined, inside: ReadonlySet<AccountId>, input: PlanInput): void {
  const ours = new Set<AccountId>()
  for (const { account, formers } of [...result.memberships, ...(known?.members ?? [])]) {
    if (account !== null) ours.add(account)
    for (const former of formers) ours.add(former)
  }
  const unwanted = input.unwanted?.get(result.key)
  for (const account of [...inside].sort()) {
    if (ours.has(account)) continue
    result.strangers++
    result.drift.push({ kind: 'stranger', personId: null, account, detail: null })
    const byHand = unwanted?.has(account) === true
    if (byHand || input.driftRules.strangers === 'remove') result.steps.push({ kind: 'remove-stranger', key: result.key, account, byHand })
  }
}

/** Law 11: adults come first and go last. */
const phaseOf = (step: Step): number => {
  switch (step.kind) {
    case 'create-chat':
      return 0
    case 'rename-chat':
      return 1
    case 'add-member':
    case 'invite-member':
      return step.isSchoolAdult ? 2 : 3
    case 'send-notice':
      return 4
    case 'remove-stranger':
      return 5
    case 'remove-member':
      return step.isSchoolAdult ? 7 : 6
  }
}

function byPhaseAndPerson(one: Step, other: Step): number {
  const phases = phaseOf(one) - phaseOf(other)
  if (phases !== 0) return phases
  const [a, b] = [subjectOf(one), subjectOf(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

const subjectOf = (step: Step): string => ('personId' in step ? step.personId : 'account' in step ? step.account : '')

function countPlan(chats: readonly ChatPlan[]): PlanCounts {
  const steps = chats.flatMap((chat) => chat.steps)
  const count = (kind: Step['kind']) => steps.filter((step) => step.kind === kind).length
  return {
    create: count('create-chat'),
    rename: count('rename-chat'),
    add: count('add-member'),
    invite: count('invite-member'),
    people: new Set(steps.flatMap((step) => (step.kind === 'add-member' || step.kind === 'invite-member' ? [step.personId] : []))).size,
    remove: count('remove-member'),
    notLinked: new Set(chats.flatMap((chat) => chat.waiting.map((person) => person.personId))).size,
    waiting: chats.reduce((sum, chat) => sum + chat.waiting.length, 0),
    held: chats.reduce((sum, chat) => sum + chat.held.reduce((held, { steps: stopped }) => held + stopped.length, 0), 0),
    strangers: chats.reduce((sum, chat) => sum + chat.strangers, 0),
    unreadable: chats.filter((chat) => chat.seen === 'unread' || chat.seen === 'elsewhere').length,
    chats: chats.length,
  }
}

/** Of what would be done and what is held; who merely waits does not make a plan outdated. */
function fingerprintOf(chats: readonly ChatPlan[]): string {
  const hash = createHash('sha256')
  for (const { key, steps, held } of chats) if (steps.length > 0 || held.length > 0) hash.update(JSON.stringify([key, steps, held]))
  return hash.digest('hex')
}

/** The steps to carry out once an administrator approved what the guard held in these chats. */
export function releaseSteps(plan: Plan, approved: ReadonlySet<ChatKey>): { chat: ChatPlan; steps: Step[] }[] {
  return plan.chats.flatMap((chat) => {
    const letThrough = chat.held.filter(({ approvable, reason }) => approved.has(chat.key) && approvable && reason !== 'rejected')
    const released = letThrough.flatMap((held) =>
      held.steps.map((step) => (step.kind === 'remove-member' ? { ...step, approved: true } : step)),
    )
    const steps = [...chat.steps, ...released].sort(byPhaseAndPerson)
    return steps.length > 0 ? [{ chat, steps }] : []
  })
}
