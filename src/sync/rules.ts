import type { ChatKind, MemberRole, ReasonCode } from '#contract/kinds.ts'
import type { Roster } from '#register/roster.ts'

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
}

export type TitleTemplates = Partial<Record<ChatKind, string>>

/** As on the instruction's slide: «Демо школа - 1А - Чат класса». */
export const defaultTitleTemplates: Record<ChatKind, string> = {
  CLASS: '{Школа} - {Класс} - Чат класса',
  PARENTS: '{Школа} - {Класс} - Родительский чат',
  TEACHER: 'Учительский чат',
  SUBJECT: '{Школа} - {Класс} - {Предмет} - {Подгруппа}',
}

export const hasMinors = (kind: ChatKind): boolean => kind === 'CLASS' || kind === 'SUBJECT'

/**
 * Register → desired chats with everybody who belongs into them, linked or not. Pure; sorted by key and person.
 * Somebody with two reasons keeps the stronger one: school before family.
 */
export function deriveDesiredChats(roster: Roster, templates: TitleTemplates, longestTitle: number): DesiredChat[] {
  const index = indexRoster(roster)
  const title = (kind: ChatKind, words: Partial<TitleWords>) =>
    fillTitle(templates[kind] ?? defaultTitleTemplates[kind], { Школа: roster.organisation.name, ...words }, longestTitle)
  const chats: DesiredChat[] = []

  for (const { id: classId, title: className } of roster.classes) {
    const classTeachers = (index.classTeachers.get(classId) ?? []).map((personId) => teacher(personId, 'class-teacher', className))
    const pupils = index.pupils.get(classId) ?? []
    const ofClass = { classId, subgroupId: null, subjectId: null }
    chats.push({
      ...ofClass,
      key: `CLASS:${classId}`,
      kind: 'CLASS',
      title: title('CLASS', { Класс: className }),
      members: unique([...classTeachers, ...pupils.map((personId) => pupil(personId, 'pupil-of-class', className))]),
    })
    const guardians = pupils.flatMap((pupilId) => index.guardians.get(pupilId) ?? [])
    chats.push({
      ...ofClass,
      key: `PARENTS:${classId}`,
      kind: 'PARENTS',
      title: title('PARENTS', { Класс: className }),
      members: unique([...classTeachers, ...guardians.map((personId) => guardian(personId, className))]),
    })
  }

  if (roster.staff.length > 0) {
    chats.push({
      key: 'TEACHER',
      kind: 'TEACHER',
      classId: null,
      subgroupId: null,
      subjectId: null,
      title: title('TEACHER', {}),
      members: unique(roster.staff.map(({ personId, teaches }) => staff(personId, teaches))),
    })
  }

  for (const [key, lesson] of index.lessons) {
    const className = index.classTitles.get(lesson.classId)
    // A lesson of a class that has no name this year is last year's: its chat is not wanted any more.
    if (className === undefined) continue
    const subgroup = lesson.subgroupId === null ? null : (index.subgroupNames.get(lesson.subgroupId) ?? null)
    const subject = index.subjectNames.get(lesson.subjectId) ?? ''
    const pupils = lesson.subgroupId === null ? index.pupils.get(lesson.classId) : index.subgroupPupils.get(lesson.subgroupId)
    const of = [className, subgroup ?? subject].join(', ')
    chats.push({
      key,
      kind: 'SUBJECT',
      classId: lesson.classId,
      subgroupId: lesson.subgroupId,
      subjectId: lesson.subjectId,
      title: title('SUBJECT', { Класс: className, Предмет: subject, Подгруппа: subgroup ?? '' }),
      members: unique([
        ...lesson.teachers.map((personId) => teacher(personId, 'subject-teacher', of)),
        ...(pupils ?? []).map((personId) => pupil(personId, lesson.subgroupId ? 'pupil-of-subgroup' : 'pupil-of-class', of)),
      ]),
    })
  }
  return chats.sort((one, other) => (one.key < other.key ? -1 : 1))
}

const teacher = (personId: string, code: ReasonCode, of: string): DesiredMember => ({
  personId,
  role: 'TEACHER',
  isSchoolAdult: true,
  reason: { code, of },
})
const pupil = (personId: string, code: ReasonCode, of: string): DesiredMember => ({
  personId,
  role: 'STUDENT',
  isSchoolAdult: false,
  reason: { code, of },
})
const guardian = (personId: string, of: string): DesiredMember => ({
  personId,
  role: 'PARENT',
  isSchoolAdult: false,
  reason: { code: 'guardian-of-pupil', of },
})
const staff = (personId: string, teaches: boolean): DesiredMember => ({
  personId,
  role: teaches ? 'TEACHER' : 'ADMIN',
  isSchoolAdult: true,
  reason: { code: 'staff', of: null },
})

/** The first reason stays (callers list the stronger ones first). */
function unique(members: DesiredMember[]): DesiredMember[] {
  const byPerson = new Map<string, DesiredMember>()
  for (const member of members) if (!byPerson.has(member.personId)) byPerson.set(member.personId, member)
  return [...byPerson.values()].sort((one, other) => (one.personId < other.personId ? -1 : 1))
}

function indexRoster(roster: Roster) {
  const lessons = new Map<ChatKey, { classId: string; subgroupId: string | null; subjectId: string; teachers: string[] }>()
  for (const { classId, subgroupId, subjectId, teacherId } of roster.chatLessons) {
    const key = `SUBJECT:${classId}:${subgroupId ?? '-'}:${subjectId}`
    const lesson = lessons.get(key) ?? { classId, subgroupId, subjectId, teachers: [] }
    lesson.teachers.push(teacherId)
    lessons.set(key, lesson)
  }
  return {
    lessons,
    classTeachers: group(roster.classTeachers, 'classId', 'personId'),
    pupils: group(roster.pupils, 'classId', 'personId'),
    subgroupPupils: group(roster.subgroupPupils, 'subgroupId', 'personId'),
    guardians: group(roster.guardians, 'pupilId', 'guardianId'),
    classTitles: new Map(roster.classes.map(({ id, title }) => [id, title])),
    subgroupNames: new Map(roster.subgroups.map(({ id, name }) => [id, name])),
    subjectNames: new Map(roster.subjects.map(({ id, name }) => [id, name])),
  }
}

function group<Key extends string, Value extends string>(
  rows: Record<Key | Value, string>[],
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

type TitleWords = Record<'Школа' | 'Класс' | 'Подгруппа' | 'Предмет', string>

/**
 * Fills a title template. A part that stays empty goes with its separator; a title over the messenger's limit is cut
 * with an ellipsis.
 */
export function fillTitle(template: string, words: Partial<TitleWords>, longest: number): string {
  const filled = template
    .split(' - ')
    .map((part) => part.replace(/\{(Школа|Класс|Подгруппа|Предмет)\}/g, (_, word: keyof TitleWords) => words[word] ?? '').trim())
    .filter((part) => part !== '')
    .join(' - ')
  return filled.length <= longest ? filled : `${filled.slice(0, longest - 1).trimEnd()}…`
}
