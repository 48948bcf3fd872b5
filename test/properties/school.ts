import fc from 'fast-check'
import type { ChatKind } from '#contract/kinds.ts'
import type { AccountId } from '#messengers/messenger.ts'

// A school in memory: who is who, and, worked out a second time and independently of the engine, who belongs into which chat.

export type Kind = 'staff' | 'pupil' | 'guardian'
export type Person = { id: string; called: string; kind: Kind; account: AccountId; other: AccountId }
export type SchoolClass = { id: string; called: string; letter: string; grade: number; lesson: { teacher: Person; wanted: boolean } | null }

export type School = {
  org: string
  title: string
  /** 0: 2026/2027, 1: 2027/2028. */
  year: number
  yearIds: readonly [string, string]
  subjectId: string
  classes: SchoolClass[]
  /** What classes are called in each year; a class without a name in a year has no chats in it. */
  names: { classId: string; year: number; title: string }[]
  people: Person[]
  staff: Set<Person>
  teaches: Map<SchoolClass, Set<Person>>
  classOf: Map<Person, SchoolClass>
  guardians: Map<Person, Set<Person>>
  links: Map<Person, AccountId>
  /** Accounts of people of the school, ever. */
  accounts: Map<AccountId, Person>
  refusers: Set<AccountId>
}

export type SchoolShape = {
  classes: { teachers: number; pupils: number; guardians: number; lesson: boolean }[]
  administrators: number
  /** Places in the list of people, modulo its length: who has not linked, and who forbids being added. */
  unlinked: number[]
  refusers: number[]
}

export const schoolShapes: fc.Arbitrary<SchoolShape> = fc.record({
  classes: fc.array(
    fc.record({
      teachers: fc.constantFrom(1, 2, 0),
      pupils: fc.integer({ min: 0, max: 5 }),
      guardians: fc.integer({ min: 0, max: 2 }),
      lesson: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  administrators: fc.nat(1),
  unlinked: fc.array(fc.nat(40), { maxLength: 6 }),
  refusers: fc.oneof({ weight: 2, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: fc.array(fc.nat(40), { maxLength: 2 }) }),
})

/** Ids that are the same at every replay; their order has nothing to do with the order of making. */
export function idsOf(history: number): () => string {
  let made = 0
  return () => {
    made++
    const shuffled = (Math.imul(made, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
    return `${history.toString(16).padStart(8, '0')}-0000-4000-8000-${shuffled}${made.toString(16).padStart(4, '0')}`
  }
}

/** @param history makes accounts and ids unique in a database that many histories share */
export function makeSchool(shape: SchoolShape, history: number): School {
  const id = idsOf(history)
  const school: School = {
    org: id(),
    title: 'Школа',
    year: 0,
    yearIds: [id(), id()],
    subjectId: id(),
    classes: [],
    names: [],
    people: [],
    staff: new Set(),
    teaches: new Map(),
    classOf: new Map(),
    guardians: new Map(),
    links: new Map(),
    accounts: new Map(),
    refusers: new Set(),
  }
  const person = (kind: Kind): Person => {
    const nth = school.people.length
    const number = history * 1000 + nth
    const made: Person = { id: id(), called: `${kind}${nth}`, kind, account: String(number), other: String(number + 500) }
    school.people.push(made)
    for (const account of [made.account, made.other]) school.accounts.set(account, made)
    if (kind === 'staff') school.staff.add(made)
    return made
  }
  for (const [index, { teachers, pupils, guardians, lesson }] of shape.classes.entries()) {
    const letter = 'АБВ'[index] ?? '?'
    const made: SchoolClass = { id: id(), called: `1${letter}`, letter, grade: 1, lesson: null }
    school.classes.push(made)
    for (const year of [0, 1]) school.names.push({ classId: made.id, year, title: `${year + 1}${letter}` })
    school.teaches.set(made, new Set(Array.from({ length: teachers }, () => person('staff'))))
    if (lesson) made.lesson = { teacher: person('staff'), wanted: true }
    for (let nth = 0; nth < pupils; nth++) {
      const pupil = person('pupil')
      school.classOf.set(pupil, made)
      school.guardians.set(pupil, new Set(Array.from({ length: guardians }, () => person('guardian'))))
    }
  }
  for (let nth = 0; nth < shape.administrators; nth++) person('staff')
  const at = (nth: number) => school.people[nth % Math.max(1, school.people.length)]
  const unlinked = new Set(shape.unlinked.map(at))
  for (const one of school.people) if (!unlinked.has(one)) school.links.set(one, one.account)
  for (const one of shape.refusers.map(at)) {
    if (one === undefined) continue
    school.refusers.add(one.account)
    school.refusers.add(one.other)
  }
  return school
}

export type WantedChat = { key: string; kind: ChatKind; title: string; people: Set<Person> }

/** Who belongs into which chat by the instruction's rules, linked or not. */
export function wantedChats(school: School): Map<string, WantedChat> {
  const chats: WantedChat[] = []
  for (const one of school.classes) {
    const name = school.names.find((named) => named.classId === one.id && named.year === school.year)?.title
    if (name === undefined) continue
    const teachers = [...(school.teaches.get(one) ?? [])]
    const pupils = [...school.classOf].flatMap(([pupil, of]) => (of === one ? [pupil] : []))
    const guardians = pupils.flatMap((pupil) => [...(school.guardians.get(pupil) ?? [])])
    const start = `${school.title} - ${name}`
    chats.push({ key: `CLASS:${one.id}`, kind: 'CLASS', title: `${start} - Чат класса`, people: new Set([...teachers, ...pupils]) })
    chats.push({
      key: `PARENTS:${one.id}`,
      kind: 'PARENTS',
      title: `${start} - Родительский чат`,
      people: new Set([...teachers, ...guardians]),
    })
    if (!one.lesson?.wanted) continue
    const people = new Set([one.lesson.teacher, ...pupils])
    chats.push({ key: `SUBJECT:${one.id}:-:${school.subjectId}`, kind: 'SUBJECT', title: `${start} - Предмет`, people })
  }
  if (school.staff.size > 0) chats.push({ key: 'TEACHER', kind: 'TEACHER', title: 'Учительский чат', people: new Set(school.staff) })
  return new Map(chats.map((chat) => [chat.key, chat]))
}
