import type { BrakeLimits } from '#contract/chat-settings.ts'
import type { ChatKind, HoldReason, MemberRole } from '#contract/kinds.ts'
import type { Step } from './plan.ts'
import { hasMinors } from './rules.ts'

/** Steps of one chat that wait for a person's decision, with the numbers that made the brake stop them. */
export type Held = { reason: HoldReason; steps: Step[]; count: number; of: number; approvable: boolean }
export type Removal = Extract<Step, { kind: 'remove-member' }>
type Person = { personId: string; role: MemberRole }

export type GuardedChat = {
  kind: ChatKind
  steps: readonly Step[]
  /** Everybody of ours who is inside now. */
  inside: readonly Person[]
  /** What administrators have said about removals that were held before. */
  decisions: ReadonlyMap<string, 'approved' | 'rejected'>
  /** People whom we took out of this chat in the last seven days without anybody's word. */
  removedThisWeek: number
}

/** false: the last import was broken, partial or suspiciously small, and nobody goes because of it. */
export type SourceState = { complete: boolean }

// Two or three people are a family that moved, not a slow bleeding.
const fewestInAWeek = 3

/**
 * Looks at one chat's steps and holds what would be dangerous:
 * - pupils would be in a chat without an adult of the school, by adding them or by taking the last adult out;
 * - the register may not have been read whole; nobody would be left; too many would go at once or within a week.
 * What an administrator approved goes through, except where pupils would be alone. Everything else goes on.
 */
export function guardChat(chat: GuardedChat, limits: BrakeLimits, source: SourceState): { steps: Step[]; held: Held[] } {
  const held: Held[] = []
  let steps = [...chat.steps]
  const hold = (reason: HoldReason, stopped: readonly Step[], of: number, approvable: boolean): void => {
    if (stopped.length === 0) return
    held.push({ reason, steps: [...stopped], count: stopped.length, of, approvable })
    steps = steps.filter((step) => !stopped.includes(step))
  }
  const all = chat.inside.length
  const decided = (step: Removal) => chat.decisions.get(step.personId)
  hold(
    'rejected',
    removalsOf(steps).filter((step) => decided(step) === 'rejected'),
    all,
    true,
  )
  if (hasMinors(chat.kind)) holdMinorsAlone(chat, steps, hold)
  steps = steps.map((step) => (step.kind === 'remove-member' && decided(step) === 'approved' ? { ...step, approved: true } : step))

  const unapproved = () => removalsOf(steps).filter((step) => !step.approved)
  if (!source.complete) {
    hold(
      'source-incomplete',
      unapproved().filter((step) => step.reason.code === 'no-longer-belongs'),
      all,
      true,
    )
  }
  const comes = steps.some((step) => step.kind === 'add-member')
  const ofTheSchool = unapproved().filter(isTheSchoolsDoing)
  if (all > 0 && ofTheSchool.length > 0 && !comes && removalsOf(steps).length >= all) hold('chat-to-zero', ofTheSchool, all, true)

  const removals = unapproved()
  if (removals.length >= limits.chatFewest && isOver(removals.length, all, limits.chatPercent))
    hold('too-many-removals', removals, all, true)

  const slow = unapproved().filter(isTheSchoolsDoing)
  const week = chat.removedThisWeek + slow.length
  if (slow.length > 0 && week >= Math.max(fewestInAWeek, limits.chatFewest)) {
    if (isOver(week, all + chat.removedThisWeek, limits.weekChatPercent)) hold('week-chat', slow, all + chat.removedThisWeek, true)
  }
  holdStrangers(steps, all, limits, hold)
  // Last, when it is known who really goes: pupils whose own removal is held are still there.
  if (hasMinors(chat.kind)) holdLastAdult(chat, steps, hold)
  return { steps, held }
}

type Hold = (reason: HoldReason, stopped: readonly Step[], of: number, approvable: boolean) => void

/** Only adults who are inside or are put in count: an invitation may never be taken up. */
const adultComes = (steps: readonly Step[]): boolean => steps.some((step) => step.kind === 'add-member' && step.isSchoolAdult)

function holdMinorsAlone({ inside }: GuardedChat, steps: readonly Step[], hold: Hold): void {
  if (inside.some((person) => isAdult(person.role)) || adultComes(steps)) return
  const minors = steps.filter((step) => (step.kind === 'add-member' || step.kind === 'invite-member') && step.role === 'STUDENT')
  hold('no-linked-adult', minors, minors.length, false)
}

function holdLastAdult({ inside, decisions }: GuardedChat, steps: readonly Step[], hold: Hold): void {
  const leaving = new Set(removalsOf(steps).map((step) => step.personId))
  const adultsInside = inside.filter((person) => isAdult(person.role))
  if (adultComes(steps) || adultsInside.some((person) => !leaving.has(person.personId))) return
  const minorsStay = inside.some((person) => !isAdult(person.role) && !leaving.has(person.personId))
  const last = removalsOf(steps).filter((step) => step.isSchoolAdult && (minorsStay || decisions.get(step.personId) !== 'approved'))
  hold('last-adult', last, adultsInside.length, !minorsStay)
}

/** A whole crowd of strangers may be parents who have not linked yet: one by one, by hand, if at all. */
function holdStrangers(steps: readonly Step[], ours: number, limits: BrakeLimits, hold: Hold): void {
  const strangers = steps.filter((step) => step.kind === 'remove-stranger' && !step.byHand)
  const all = ours + strangers.length
  if (strangers.length >= limits.chatFewest && isOver(strangers.length, all, limits.chatPercent))
    hold('too-many-strangers', strangers, all, false)
}

type School = {
  /** Memberships of ours that are inside their chats now. */
  inside: number
  /** How many people these are; asked only where somebody would go. */
  people: () => number
  removedThisWeek: number
}

/** The same for all chats of a school together. Returns what each chat has left, and holds. */
export function guardSchool<Chat extends { steps: Step[]; held: Held[] }>(
  all: readonly Chat[],
  school: School,
  limits: BrakeLimits,
): Chat[] {
  const chats = holdMassUnlinking(all, school, limits)
  const removals = chats.flatMap((chat) => removalsOf(chat.steps).filter((step) => !step.approved))
  if (removals.length >= limits.schoolFewest && isOver(removals.length, school.inside, limits.schoolPercent)) {
    return holdEverywhere(chats, 'school-too-many', removals, removals.length, school.inside)
  }
  const slow = removals.filter(isTheSchoolsDoing)
  const [week, of] = [school.removedThisWeek + slow.length, school.inside + school.removedThisWeek]
  if (slow.length > 0 && week >= limits.schoolFewest && isOver(week, of, limits.weekSchoolPercent)) {
    return holdEverywhere(chats, 'week-school', slow, week, of)
  }
  return [...chats]
}

function holdMassUnlinking<Chat extends { steps: Step[]; held: Held[] }>(
  chats: readonly Chat[],
  school: School,
  limits: BrakeLimits,
): Chat[] {
  const unlinked = (steps: readonly Step[]) => removalsOf(steps).filter((step) => !step.approved && !isTheSchoolsDoing(step))
  const going = chats.flatMap((chat) => unlinked(chat.steps))
  if (going.length === 0) return [...chats]
  // Whom a chat's own limit holds already is missing from the table as well.
  const gone = new Set(
    [...going, ...chats.flatMap((chat) => chat.held.flatMap(({ steps }) => unlinked(steps)))].map((step) => step.personId),
  )
  const of = school.people()
  return isMassUnlinking(gone.size, of, limits) ? holdEverywhere(chats, 'mass-unlinking', going, gone.size, of) : [...chats]
}

// A family that unlinks together is no catastrophe.
const fewestUnlinked = 3

/**
 * One person who unlinks wants to be out at once. Many in the same minute are a table that was lost, and nobody's wish.
 * @param people who are inside and have no link any more
 * @param of everybody who is inside
 */
export const isMassUnlinking = (people: number, of: number, limits: BrakeLimits): boolean =>
  people >= fewestUnlinked && isOver(people, of, limits.schoolPercent)

function holdEverywhere<Chat extends { steps: Step[]; held: Held[] }>(
  chats: readonly Chat[],
  reason: HoldReason,
  stopped: readonly Step[],
  count: number,
  of: number,
): Chat[] {
  const stop = new Set(stopped)
  return chats.map((chat) => {
    const here = chat.steps.filter((step) => stop.has(step))
    if (here.length === 0) return chat
    const held: Held = { reason, steps: here, count, of, approvable: true }
    return { ...chat, steps: chat.steps.filter((step) => !stop.has(step)), held: [...chat.held, held] }
  })
}

/** Not the person's own: who unlinks wants to be out. */
const isTheSchoolsDoing = (step: Removal): boolean => step.reason.code !== 'unlinked'
const isOver = (part: number, whole: number, percent: number): boolean => part * 100 > whole * percent
/** People who would go; an old account of somebody who stays is nobody. */
const removalsOf = (steps: readonly Step[]): Removal[] =>
  steps.filter((step): step is Removal => step.kind === 'remove-member' && step.becomes !== 'stays')
const isAdult = (role: MemberRole): boolean => role === 'TEACHER' || role === 'ADMIN'
