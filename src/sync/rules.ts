import type { ChatRules } from '#contract/chat-settings.ts'
import type { ChatKind, MemberRole, ReasonCode } from '#contract/kinds.ts'
import type { Roster } from '#register/roster.ts'
import { defaultTitleTemplates, fillTitle, type TitleTemplates, type TitleWords } from './titles.ts'

/**
 * What a chat is, for ever: its kind and what it belongs to inside one school and one messenger. Never its title.
 * CLASS:<class> · PARENTS:<class> · TEACHER · SUBJECT:<class>:<subgroup or ->:<subject>
 */
export type ChatKey = string

export type Reason = { code: ReasonCode; of: string | null }

export type DesiredMember = {
  personId: string
  role: MemberRole
  /** Somebody of the school whom law 11 counts on in a chat with pupils. */
  isSchoolAdult: boolean
  reason: Reason
}

export type DesiredChat = {
  key: ChatKey
  kind: ChatKind
  classId: string | null
  subgroupId: string | null
  subjectId: string | null
  /** The title by the template; one typed by an administrator wins over it (plan.ts). */
  title: string
  members: DesiredMember[]
  /** Kept out by hand: person → what the administrator wrote. */
  excluded: ReadonlyMap<string, string>
}

/** Somebody whom an administrator put into a chat, or keeps out of it, by hand. */
export type Exception = { key: ChatKey; personId: string; effect: 'include' | 'exclude'; reason: string }

export const hasMinors = (kind: ChatKind): boolean => kind === 'CLASS' || kind === 'SUBJECT'

/**
 * Register → desired chats with everybody who belongs into them, linked or not. Pure; chats are sorted by key.
 * Somebody with two reasons keeps the stronger one: school before family, the rule before the hand.
 */
export function deriveDesiredChats(
  roster: Roster,
  rules: ChatRules,
  titles: TitleTemplates,
  longestTitle: number,
  exceptions: readonly Exception[] = [],
): DesiredChat[] {
  const index = indexRoster(roster, rules)
  const title = (kind: ChatKind, words: Partial<TitleWords>): string => {
    const all = { Школа: roster.organisation.name, ...words }
    const filled = fillTitle(titles[kind] ?? '', all, longestTitle)
    // A template whose words this chat does not have says nothing: then it is called as usual.
    return filled === '' ? fillTitle(defaultTitleTemplates[kind], all, longestTitle) : filled
  }
  const byHand = Map.groupBy(exceptions, (exception) => exception.key)
  const chats: DesiredChat[] = []
  const want = (chat: Omit<DesiredChat, 'members' | 'excluded'>, members: DesiredMember[]): void => {
    if (!rules.kinds[chat.kind]) return
    const hand = byHand.get(chat.key) ?? []
    const excluded = new Map(hand.filter(({ effect }) => effect === 'exclude').map(({ personId, reason }) => [personId, reason]))
    chats.push({ ...chat, members: unique(correctByHand(members, hand, excluded, index)), excluded })
  }
  const classes = roster.classes.filter(({ grade }) => grade === null || rules.grades === null || rules.grades.includes(grade))
  for (const { id: classId, title: className } of classes) {
    const ofClass = { classId, subgroupId: null, subjectId: null }
    const classKey = `CLASS:${classId}`
    want(
      { ...ofClass, key: classKey, kind: 'CLASS', title: title('CLASS', { Класс: className }) },
      classMembers(index, rules, classId, className),
    )
    const parentsKey = `PARENTS:${classId}`
    want(
      { ...ofClass, key: parentsKey, kind: 'PARENTS', title: title('PARENTS', { Класс: className }) },
      parentsMembers(index, rules, classId, className),
    )
  }
  if (roster.staff.length > 0) {
    const members = roster.staff.map(({ personId, teaches }) => staff(personId, teaches))
    want({ key: 'TEACHER', kind: 'TEACHER', classId: null, subgroupId: null, subjectId: null, title: title('TEACHER', {}) }, members)
  }
  const withChats = new Set(classes.map(({ id }) => id))
  for (const [key, lesson] of index.lessons) {
    const className = index.classTitles.get(lesson.classId)
    // A lesson of a class that has no name this year is last year's: its chat is not wanted any more.
    if (className === undefined || !withChats.has(lesson.classId)) continue
    const subgroup = lesson.subgroupId === null ? null : (index.subgroupNames.get(lesson.subgroupId) ?? null)
    const subject = index.subjectNames.get(lesson.subjectId) ?? ''
    const of = [className, subgroup ?? subject].join(', ')
    want(
      {
        key,
        kind: 'SUBJECT',
        classId: lesson.classId,
        subgroupId: lesson.subgroupId,
        subjectId: lesson.subjectId,
        title: title('SUBJECT', { Класс: className, Предмет: subject, Подгруппа: subgroup ?? '' }),
      },
      subjectMembers(index, rules, lesson, of, className),
    )
  }
  return chats.sort((one, other) => (one.key < other.key ? -1 : 1))
}

type Index = ReturnType<typeof indexRoster>

function classMembers(index: Index, { audience }: ChatRules, classId: string, className: string): DesiredMember[] {
  return [
    ...classTeachers(index, classId, className),
    ...(audience.subjectTeachersInClass ? subjectTeachers(index, classId, className) : []),
    ...(audience.administrationInClass ? administration(index) : []),
    ...children(index.pupils.get(classId), { code: 'pupil-of-class', of: className }),
  ]
}

function parentsMembers(index: Index, { audience }: ChatRules, classId: string, className: string): DesiredMember[] {
  const families = (index.pupils.get(classId) ?? []).map((pupilId) => index.guardians.get(pupilId) ?? [])
  const people = families.flatMap((family) => (audience.guardians === 'first' ? family.slice(0, 1) : family))
  return [
    ...classTeachers(index, classId, className),
    ...(audience.subjectTeachersInParents ? subjectTeachers(index, classId, className) : []),
    ...(audience.administrationInParents ? administration(index) : []),
    ...guardians(people, { code: 'guardian-of-pupil', of: className }),
  ]
}

function subjectMembers(index: Index, { audience }: ChatRules, lesson: Lesson, of: string, className: string): DesiredMember[] {
  const { classId, subgroupId } = lesson
  const pupils = subgroupId === null ? index.pupils.get(classId) : index.subgroupPupils.get(subgroupId)
  return [
    ...lesson.teachers.map((personId) => teacher(personId, 'subject-teacher', of)),
    ...(audience.classTeacherInSubject ? classTeachers(index, classId, className) : []),
    ...(audience.administrationInSubject ? administration(index) : []),
    ...children(pupils, { code: subgroupId ? 'pupil-of-subgroup' : 'pupil-of-class', of }),
  ]
}

const classTeachers = (index: Index, classId: string, className: string): DesiredMember[] =>
  (index.classTeachers.get(classId) ?? []).map((personId) => teacher(personId, 'class-teacher', className))

const subjectTeachers = (index: Index, classId: string, className: string): DesiredMember[] =>
  (index.teachersOfClass.get(classId) ?? []).map((personId) => teacher(personId, 'subject-teacher', className))

const administration = (index: Index): DesiredMember[] =>
  index.administration.map((personId) => ({ personId, role: 'ADMIN', isSchoolAdult: true, reason: { code: 'administration', of: null } }))

/** Adds and leaves out whom an administrator named; somebody who belongs by a rule keeps that reason. */
function correctByHand(
  members: DesiredMember[],
  exceptions: readonly Exception[],
  excluded: ReadonlyMap<string, string>,
  index: Index,
): DesiredMember[] {
  if (exceptions.length === 0) return members
  const added = exceptions
    .filter(({ effect }) => effect === 'include')
    .map(({ personId, reason }): DesiredMember => {
      const teaches = index.staff.get(personId)
      const role = teaches === undefined ? (index.isPupil.has(personId) ? 'STUDENT' : 'PARENT') : teaches ? 'TEACHER' : 'ADMIN'
      return { personId, role, isSchoolAdult: teaches !== undefined, reason: { code: 'added-by-hand', of: reason } }
    })
  return [...members.filter(({ personId }) => !excluded.has(personId)), ...added]
}

const teacher = (personId: string, code: ReasonCode, of: string): DesiredMember => ({
  personId,
  role: 'TEACHER',
  isSchoolAdult: true,
  reason: { code, of },
})

/** One reason for all of them: a school has ten thousand memberships. */
const children = (people: readonly string[] | undefined, reason: Reason): DesiredMember[] =>
  (people ?? []).map((personId) => ({ personId, role: 'STUDENT', isSchoolAdult: false, reason }))
const guardians = (people: readonly string[], reason: Reason): DesiredMember[] =>
  people.map((personId) => ({ personId, role: 'PARENT', isSchoolAdult: false, reason }))
const staff = (personId: string, teaches: boolean): DesiredMember => ({
  personId,
  role: teaches ? 'TEACHER' : 'ADMIN',
  isSchoolAdult: true,
  reason: { code: 'staff', of: null },
})

/** The first reason stays (callers list the stronger ones first). */
function unique(members: DesiredMember[]): DesiredMember[] {
  const seen = new Set<string>()
  return members.filter(({ personId }) => !seen.has(personId) && seen.add(personId))
}

type Lesson = { classId: string; subgroupId: string | null; subjectId: string; teachers: string[] }

function indexRoster(roster: Roster, rules: ChatRules) {
  const lessons = new Map<ChatKey, Lesson>()
  for (const { classId, subgroupId, subjectId, teacherId, chatWanted } of roster.lessons) {
    if (!chatWanted) continue
    const key = `SUBJECT:${classId}:${subgroupId ?? '-'}:${subjectId}`
    const lesson = lessons.get(key) ?? { classId, subgroupId, subjectId, teachers: [] }
    lesson.teachers.push(teacherId)
    lessons.set(key, lesson)
  }
  const { subjectTeachersInClass, subjectTeachersInParents } = rules.audience
  return {
    lessons,
    classTeachers: group(roster.classTeachers, 'classId', 'personId'),
    teachersOfClass:
      subjectTeachersInClass || subjectTeachersInParents ? group(roster.lessons, 'classId', 'teacherId') : new Map<string, string[]>(),
    administration: roster.staff.filter(({ teaches }) => !teaches).map(({ personId }) => personId),
    staff: new Map(roster.staff.map(({ personId, teaches }) => [personId, teaches])),
    isPupil: new Set(roster.pupils.map(({ personId }) => personId)),
    pupils: group(roster.pupils, 'classId', 'personId'),
    subgroupPupils: group(roster.subgroupPupils, 'subgroupId', 'personId'),
    guardians: group(roster.guardians, 'pupilId', 'guardianId'),
    classTitles: new Map(roster.classes.map(({ id, title }) => [id, title])),
    subgroupNames: new Map(roster.subgroups.map(({ id, name }) => [id, name])),
    subjectNames: new Map(roster.subjects.map(({ id, name }) => [id, name])),
  }
}

function group<Key extends string, Value extends string>(
  rows: readonly Record<Key | Value, string>[],
  key: Key,
  value: Value,
): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const row of rows) {
    const values = groups.get(row[key])
    if (values) values.push(row[value])
    else groups.set(row[key], [row[value]])
  }
  return groups
}
