import type { KnownInStory } from './scenario.ts'

// Chats as a school has them after a good synchronisation, so that a story tells only what is different.

type Someone = [personId: string, account: string]
type Changes = Partial<Pick<KnownInStory, 'seen' | 'title' | 'titleBy' | 'managed' | 'state'>>

const accountsOf = (people: readonly Someone[]) => people.map(([, account]) => account)
const membersOf = (people: readonly Someone[], role: 'TEACHER' | 'STUDENT' | 'PARENT'): KnownInStory['members'] =>
  people.map(([personId, account]) => [personId, role, 'member', account])

export const classChat = (id: string, title: string, teachers: Someone[], pupils: Someone[], changes: Changes = {}): KnownInStory => ({
  key: `CLASS:${id}`,
  kind: 'CLASS',
  title: `Школа - ${title} - Чат класса`,
  seen: { accounts: accountsOf([...teachers, ...pupils]) },
  members: [...membersOf(teachers, 'TEACHER'), ...membersOf(pupils, 'STUDENT')],
  ...changes,
})

export const parentsChat = (
  id: string,
  title: string,
  teachers: Someone[],
  parents: Someone[] = [],
  changes: Changes = {},
): KnownInStory => ({
  key: `PARENTS:${id}`,
  kind: 'PARENTS',
  title: `Школа - ${title} - Родительский чат`,
  seen: { accounts: accountsOf([...teachers, ...parents]) },
  members: [...membersOf(teachers, 'TEACHER'), ...membersOf(parents, 'PARENT')],
  ...changes,
})

export const teachersChat = (teachers: Someone[], changes: Changes = {}): KnownInStory => ({
  key: 'TEACHER',
  kind: 'TEACHER',
  title: 'Учительский чат',
  seen: { accounts: accountsOf(teachers) },
  members: membersOf(teachers, 'TEACHER'),
  ...changes,
})

export const parent = (key: string, personId: string, account: string, of: string) => ({
  key,
  personId,
  account,
  role: 'PARENT' as const,
  isSchoolAdult: false,
  reason: { code: 'guardian-of-pupil' as const, of },
})

/** Consecutive people with accounts: `crowd('у', 3, 10)` is у1 with 10, у2 with 11, у3 with 12. */
export const crowd = (name: string, count: number, firstAccount: number): Someone[] =>
  Array.from({ length: count }, (_, index) => [`${name}${index + 1}`, String(firstAccount + index)])

export const names = (people: readonly Someone[]): string[] => people.map(([personId]) => personId)
