import { asSystem, type Database } from '#db/database.ts'
import { enqueuePersonSync } from '#jobs/enqueue.ts'
import type { SeedAccount } from '../../emulators/start.ts'
import { createSchool, link, type TestSchool, unlink } from '../support/school.ts'
import type { Chance } from './chance.ts'

/** A school as somebody would keep it on paper: what its chats ought to be follows from this and not from the engine. */
export type PaperSchool = {
  school: TestSchool
  name: string
  /** Class id → its title today. */
  titles: Map<string, string>
  /** Pupil or teacher id → class id; a guardian is where the pupil before them is. */
  classOf: Map<string, string>
  /** Person id → pupil id. */
  pupilOf: Map<string, string>
  linked: Set<string>
}

type Person = TestSchool['people'][number]

export const accountsPerSchool = 70
const firstAccount = 1000
const sizes = ['1А', '2Б', '3В', '4Г', '5Д'].map((title, index) => ({
  title,
  pupils: 6,
  classTeachers: index === 0 ? 2 : 1,
  guardiansEach: 1,
}))

/** The accounts that the schools will have: the messenger knows them from the beginning. */
export function seedAccounts(schools: number): SeedAccount[] {
  return Array.from({ length: schools * accountsPerSchool }, (_, index) => {
    const userId = firstAccount + index
    const names = { surname: `Пробный${userId}`, givenName: 'Женя', patronymic: '' }
    return { login: `a${userId}`, profiles: [{ userId, kind: 'edu', ...names, gender: 'male', birthDate: '2010-01-01' }] }
  })
}

/** School number `index` in the register, with `which` of its people linked. */
export async function openSchool(db: Database, index: number, which: (person: Person) => boolean): Promise<PaperSchool> {
  const name = `Школа ${index + 1}`
  const school = await createSchool(db, name, sizes, firstAccount + index * accountsPerSchool)
  const titles = new Map([...school.classIds].map(([title, id]) => [id, title]))
  const paper: PaperSchool = { school, name, titles, classOf: new Map(), pupilOf: new Map(), linked: new Set() }
  let pupil: Person | undefined
  for (const person of school.people) {
    if (person.role === 'pupil') pupil = person
    if (person.role === 'guardian' && pupil) paper.pupilOf.set(person.id, pupil.id)
    else paper.classOf.set(person.id, school.classIds.get(person.classTitle) ?? '')
  }
  await linkPeople(db, paper, school.people.filter(which))
  return paper
}

export async function linkPeople(db: Database, paper: PaperSchool, people: readonly Person[]): Promise<void> {
  const chosen = new Set(people.filter((person) => !paper.linked.has(person.id)))
  await link(db, paper.school, (person) => chosen.has(person))
  for (const { id } of chosen) paper.linked.add(id)
}

export async function unlinkPeople(db: Database, paper: PaperSchool, people: readonly Person[]): Promise<void> {
  for (const { id } of people) {
    await unlink(db, id)
    paper.linked.delete(id)
  }
}

/** As after a click in the product: the link changes, and the job to look at the person is there in the same moment. */
export async function changeLinks(db: Database, paper: PaperSchool, people: readonly Person[]): Promise<void> {
  const going = people.filter((person) => paper.linked.has(person.id))
  await linkPeople(db, paper, people)
  await unlinkPeople(db, paper, going)
  await asSystem(db, async (tx) => {
    for (const { id } of people) await enqueuePersonSync(tx, { organisationId: paper.school.org, personId: id })
  })
}

/** A pupil goes to another class; the family's chats go with them. */
export async function movePupil(db: Database, paper: PaperSchool, pupil: Person, toClass: string): Promise<void> {
  await asSystem(db, (tx) => tx.updateTable('enrolment').set({ class_id: toClass }).where('person_id', '=', pupil.id).execute())
  paper.classOf.set(pupil.id, toClass)
}

export async function renameClass(db: Database, paper: PaperSchool, classId: string, title: string): Promise<void> {
  await asSystem(db, (tx) => tx.updateTable('class_name').set({ title }).where('class_id', '=', classId).execute())
  paper.titles.set(classId, title)
}

/** One person of every class at most, so that nothing is held back for being too much at once. */
export function pickLeavers(paper: PaperSchool, chance: Chance, classes: number): Person[] {
  return chance.some([...paper.titles.keys()], classes).flatMap((classId) => {
    const candidates = paper.school.people.filter(
      ({ id, role }) => paper.linked.has(id) && role === 'pupil' && paper.classOf.get(id) === classId,
    )
    return chance.pick(candidates) ?? []
  })
}

export type WantedChat = { kind: 'CLASS' | 'PARENTS' | 'TEACHER'; classId: string | null; title: string; accounts: number[] }

/** The chats that the school ought to have, with everybody who is linked. */
export function wantedChats(paper: PaperSchool): WantedChat[] {
  const classOf = ({ id }: Person) => paper.classOf.get(paper.pupilOf.get(id) ?? id)
  const accounts = (belongs: (person: Person) => boolean) =>
    paper.school.people
      .filter((person) => paper.linked.has(person.id) && belongs(person))
      .map((person) => person.account)
      .sort((one, other) => one - other)
  const ofClasses = [...paper.titles].flatMap(([classId, title]): WantedChat[] => [
    {
      kind: 'CLASS',
      classId,
      title: `${paper.name} - ${title} - Чат класса`,
      accounts: accounts((person) => person.role !== 'guardian' && classOf(person) === classId),
    },
    {
      kind: 'PARENTS',
      classId,
      title: `${paper.name} - ${title} - Родительский чат`,
      accounts: accounts((person) => person.role !== 'pupil' && classOf(person) === classId),
    },
  ])
  return [
    ...ofClasses,
    { kind: 'TEACHER', classId: null, title: 'Учительский чат', accounts: accounts((person) => person.role === 'teacher') },
  ]
}
