import { createHash } from 'node:crypto'
import type { ChatKind, ChatState, MemberRole, MemberState } from '#contract/kinds.ts'
import type { PlanCounts } from '#contract/plans.ts'
import type { AccountId, Capabilities } from '#messengers/messenger.ts'
import { guardChat, type Held } from './guard.ts'
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
  /** `becomes`: what the person is afterwards; somebody without a link who still belongs goes back to waiting. */
  | ({ kind: 'remove-member'; becomes: 'waiting' | 'removed' } & MemberChange)

/** A chat of the registry as the engine knows it before planning. */
export type KnownChat = {
  id: string
  key: ChatKey
  kind: ChatKind
  state: ChatState
  title: string
  titleBy: 'template' | 'administrator'
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
  /** A lasting refusal is not asked again at every run: only when this is true. */
  retryDue: boolean
}

/** Where a membership stands once this plan is accepted and before any of it is carried out. */
export type Membership = { personId: string; role: MemberRole; state: MemberState; account: AccountId | null }

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
  seen: KnownChat['seen']['state'] | 'new'
}

export type Plan = { chats: ChatPlan[]; counts: PlanCounts; fingerprint: string }

export type PlanInput = {
  desired: readonly DesiredChat[]
  known: readonly KnownChat[]
  /** Person → account, for everybody who has linked. */
  links: ReadonlyMap<string, AccountId>
  capabilities: Capabilities
}

/**
 * Desired × observed → plan. Pure: the same input gives the same steps in the same order and the same fingerprint.
 * A chat that could not be read gets no step at all, and nobody is taken out of it.
 */
export function derivePlan({ desired, known, links, capabilities }: PlanInput): Plan {
  const byKey = new Map(known.map((chat) => [chat.key, chat]))
  const chats = desired.map((chat) => planChat(chat, byKey.get(chat.key), links, capabilities))
  return { chats, counts: countPlan(chats), fingerprint: fingerprintOf(chats) }
}

function planChat(
  desired: DesiredChat,
  known: KnownChat | undefined,
  links: ReadonlyMap<string, AccountId>,
  capabilities: Capabilities,
): ChatPlan {
  const title = known?.titleBy === 'administrator' ? known.title : desired.title
  const base = {
    key: desired.key,
    kind: desired.kind,
    chatId: known?.id ?? null,
    title,
    classId: desired.classId,
    subgroupId: desired.subgroupId,
    subjectId: desired.subjectId,
  }
  if (known && isUnreadable(known)) {
    return { ...base, steps: [], held: [], waiting: [], memberships: known.members.map(asMembership), strangers: 0, seen: known.seen.state }
  }
  const present = known?.seen.state === 'present' ? known.seen : null
  const inside: ReadonlySet<AccountId> = present?.accounts ?? new Set()
  const stored = new Map(known?.members.map((member) => [member.personId, member]))
  const result: ChatPlan = { ...base, steps: [], held: [], waiting: [], memberships: [], strangers: 0, seen: known?.seen.state ?? 'new' }

  if (!present) result.steps.push({ kind: 'create-chat', key: desired.key, title })
  else if (present.title !== title) result.steps.push({ kind: 'rename-chat', key: desired.key, from: present.title, to: title })

  for (const member of desired.members) {
    planMember(
      result,
      member,
      stored.get(member.personId),
      links.get(member.personId) ?? null,
      inside,
      wayIn(capabilities, present !== null),
    )
  }
  const belongs = new Set(desired.members.map((member) => member.personId))
  for (const member of known?.members ?? []) if (!belongs.has(member.personId)) planDeparture(result, member, inside)

  result.strangers = countStrangers(result, known, inside)
  const guarded = guardChat({ kind: desired.kind, steps: result.steps, inside: presentPeople(result, inside) })
  return { ...result, steps: guarded.steps.sort(byPhaseAndPerson), held: guarded.held }
}

/** Where people come in by a link, adults may still be named when a chat is created; pupils follow once an adult is there. */
const wayIn =
  ({ add, membersAtCreation }: Capabilities, exists: boolean) =>
  ({ role }: DesiredMember): 'add-member' | 'invite-member' =>
    add === 'direct' || (!exists && membersAtCreation > 0 && role !== 'STUDENT') ? 'add-member' : 'invite-member'

/** Half-read, or another account's numbering: whatever we concluded would be a guess. */
const isUnreadable = (known: KnownChat): boolean =>
  known.state === 'live' && (known.seen.state === 'unread' || known.seen.state === 'elsewhere')

const asMembership = ({ personId, role, state, account }: KnownMember): Membership => ({ personId, role, state, account })

function planMember(
  result: ChatPlan,
  member: DesiredMember,
  stored: KnownMember | undefined,
  account: AccountId | null,
  inside: ReadonlySet<AccountId>,
  enter: (member: DesiredMember) => 'add-member' | 'invite-member',
): void {
  const { personId, role, isSchoolAdult, reason } = member
  const change = { key: result.key, personId, role, isSchoolAdult }
  const remember = (state: MemberState, as: AccountId | null) => result.memberships.push({ personId, role, state, account: as })

  const former = stored?.account ?? null
  if (former !== null && former !== account && inside.has(former)) {
    result.steps.push({ kind: 'remove-member', ...change, account: former, becomes: 'waiting', reason: { code: 'unlinked', of: null } })
  }
  if (account === null) {
    result.waiting.push({ personId, role, reason })
    // Until the removal is done the row keeps the account, else nobody would know whom to take out.
    return void remember(
      former !== null && inside.has(former) ? 'member' : 'waiting',
      former !== null && inside.has(former) ? former : null,
    )
  }
  if (inside.has(account)) return void remember('member', account)
  if (stored?.account === account) {
    if (stored.state === 'member' || stored.state === 'left') return void remember('left', account)
    if (stored.state === 'failed' && !stored.retryDue) return void remember('failed', account)
    if (stored.state === 'invited' && result.seen === 'present') return void remember('invited', account)
  }
  result.steps.push({ kind: enter(member), ...change, account, reason })
  remember('planned', account)
}

function planDeparture(result: ChatPlan, member: KnownMember, inside: ReadonlySet<AccountId>): void {
  const { personId, role, account } = member
  if (account !== null && inside.has(account)) {
    const isSchoolAdult = role === 'TEACHER' || role === 'ADMIN'
    const reason: Reason = { code: 'no-longer-belongs', of: null }
    result.steps.push({ kind: 'remove-member', key: result.key, personId, account, role, isSchoolAdult, reason, becomes: 'removed' })
    result.memberships.push({ personId, role, state: 'member', account })
  } else result.memberships.push({ personId, role, state: 'removed', account })
}

/** Everybody of ours who is in the chat now, for the guard's numbers. */
function presentPeople(result: ChatPlan, inside: ReadonlySet<AccountId>) {
  const removals = result.steps.flatMap((step) => (step.kind === 'remove-member' ? [step] : []))
  const staying = result.memberships.filter((member) => member.state === 'member' && member.account !== null && inside.has(member.account))
  const people = new Map(staying.map((member) => [member.personId, { role: member.role, personId: member.personId }]))
  for (const { personId, role } of removals) people.set(personId, { role, personId })
  return { people: [...people.values()] }
}

function countStrangers(result: ChatPlan, known: KnownChat | undefined, inside: ReadonlySet<AccountId>): number {
  const ours = new Set<AccountId>()
  for (const { account } of result.memberships) if (account !== null) ours.add(account)
  for (const { account } of known?.members ?? []) if (account !== null) ours.add(account)
  let strangers = 0
  for (const account of inside) if (!ours.has(account)) strangers++
  return strangers
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
    case 'remove-member':
      return step.isSchoolAdult ? 5 : 4
  }
}

function byPhaseAndPerson(one: Step, other: Step): number {
  const phases = phaseOf(one) - phaseOf(other)
  if (phases !== 0) return phases
  const [a, b] = ['personId' in one ? one.personId : '', 'personId' in other ? other.personId : '']
  return a < b ? -1 : a > b ? 1 : 0
}

function countPlan(chats: readonly ChatPlan[]): PlanCounts {
  const steps = chats.flatMap((chat) => chat.steps)
  const count = (kind: Step['kind']) => steps.filter((step) => step.kind === kind).length
  return {
    create: count('create-chat'),
    rename: count('rename-chat'),
    add: count('add-member'),
    invite: count('invite-member'),
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
    const released = approved.has(chat.key) ? chat.held.flatMap((held) => (held.approvable ? held.steps : [])) : []
    const steps = [...chat.steps, ...released].sort(byPhaseAndPerson)
    return steps.length > 0 ? [{ chat, steps }] : []
  })
}
