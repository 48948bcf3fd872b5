import type { BrakeLimits, ChatRules, DriftRules } from '#contract/chat-settings.ts'
import type { ChatState, DriftKind, MemberRole, MemberState } from '#contract/kinds.ts'
import type { Capabilities } from '#messengers/messenger.ts'
import type { Roster } from '#register/roster.ts'
import type { Plan, Step } from '#sync/plan.ts'
import type { Exception } from '#sync/rules.ts'

/** A story in data: what the register says, what is known and seen, and the WHOLE plan that follows. */
export type Scenario = {
  roster: Partial<Roster>
  links: Record<string, string>
  known?: KnownInStory[]
  way?: 'direct' | 'invite'
  steps: Step[]
  held?: Plan['chats'][number]['held']
  /** chat key → people who wait for a link */
  waiting?: Record<string, string[]>
  strangers?: number
  /** What people changed in the messenger: chat key → kinds. */
  drift?: Record<string, DriftKind[]>
  rules?: { [Section in keyof ChatRules]?: ChatRules[Section] extends object ? Partial<ChatRules[Section]> : ChatRules[Section] }
  brake?: Partial<BrakeLimits>
  driftRules?: Partial<DriftRules>
  exceptions?: Exception[]
  /** The last import was broken, partial or suspiciously small. */
  sourceIncomplete?: true
  /** chat key → people taken out of it in the last seven days. */
  removedThisWeek?: Record<string, number>
  /** person → what an administrator said about taking them out. */
  decisions?: Record<string, 'approved' | 'rejected'>
}

export type KnownInStory = {
  key: string
  kind: 'CLASS' | 'PARENTS' | 'TEACHER' | 'SUBJECT'
  title: string
  titleBy?: 'template' | 'administrator'
  state?: ChatState
  /** What the messenger shows; «gone» and «unread» are words of their own. */
  seen: { title?: string; accounts: string[] } | 'gone' | 'unread'
  managed?: false
  members: [personId: string, role: MemberRole, state: MemberState, account: string | null, goneHow?: 'left' | 'kicked'][]
}

export const capabilities = (way: 'direct' | 'invite'): Capabilities => ({
  add: way,
  membersAtCreation: 450,
  largestChat: 500,
  title: { longest: 120, forbidden: [] },
  operationsPerRequest: 25,
  requestsPerSecond: 3,
  chatsPerRead: 100,
  membersPerPage: 1000,
})

/** A class with its people; everything else of the roster is empty. */
export const ofClass = (id: string, title: string, classTeachers: string[], pupils: string[]): Partial<Roster> => ({
  classes: [{ id, title, grade: null }],
  classTeachers: classTeachers.map((personId) => ({ classId: id, personId })),
  pupils: pupils.map((personId) => ({ classId: id, personId })),
})

export const pupil = (key: string, personId: string, account: string, of: string) => ({
  key,
  personId,
  account,
  role: 'STUDENT' as const,
  isSchoolAdult: false,
  reason: { code: 'pupil-of-class' as const, of },
})
export const teacher = (key: string, personId: string, account: string, of: string) => ({
  key,
  personId,
  account,
  role: 'TEACHER' as const,
  isSchoolAdult: true,
  reason: { code: 'class-teacher' as const, of },
})
/** The rest of a `remove-member` step of somebody who no longer belongs. */
export const leaver = (key: string, personId: string, account: string, role: MemberRole) => ({
  approved: false,
  key,
  personId,
  account,
  role,
  isSchoolAdult: role === 'TEACHER',
  reason: { code: 'no-longer-belongs' as const, of: null },
})
