import { addFact, type Book, findRow, keyOf, type Range, refer, refuse, touch, wholeRows } from './book.ts'
import { readClassTitle } from './class-title.ts'
import type { Homes } from './organisations.ts'
import { addPupil, type People } from './people.ts'
import { cell } from './read-folder.ts'
import { meaningOf } from './roles.ts'
import { addYear, spanOf, type Years } from './years.ts'

type SchoolClass = { id: string; org: string; key: string; range: Range; subject: string | null; teachers: number }
type Course = { id: string; title: string }

export function mapCourses(book: Book, homes: Homes): Map<string, Course> {
  const courses = new Map<string, Course>()
  for (const row of wholeRows(book, 'courses.csv', 'sourcedId', 'orgSourcedId', 'title')) {
    const org = refer(book, row, 'orgSourcedId', 'orgs.csv', homes)
    if (org === undefined) continue
    const course = { id: cell(row, 'sourcedId'), title: cell(row, 'title') }
    courses.set(course.id, course)
    // A course of a region becomes a subject of those schools whose classes have it.
    touch(book, row, org, book.organisations.get(org)?.kind === 'school' ? addSubject(book, org, course) : null)
  }
  return courses
}

function addSubject(book: Book, org: string, { id, title }: Course): string {
  const key = keyOf('subject', org, title)
  if (!book.subjects.has(key)) book.subjects.set(key, { org, course: id, name: title })
  return key
}

export function mapClasses(book: Book, homes: Homes, years: Years, courses: Map<string, Course>): Map<string, SchoolClass> {
  const classes = new Map<string, SchoolClass>()
  const titles = new Map<string, string>()
  let withoutCourse = 0
  for (const row of wholeRows(book, 'classes.csv', 'sourcedId', 'orgSourcedId', 'title')) {
    const id = cell(row, 'sourcedId')
    const org = refer(book, row, 'orgSourcedId', 'orgs.csv', homes)
    const { sessions } = years
    const ids = sessions ? splitList(cell(row, 'sessionSourcedIds')) : []
    const own = ids.flatMap((one) => refer(book, row, 'sessionSourcedIds', 'academicSessions.csv', sessions ?? new Map(), one) ?? [])
    const hasCourse = book.rows.has('courses.csv') && cell(row, 'courseSourcedId') !== ''
    const course = hasCourse ? refer(book, row, 'courseSourcedId', 'courses.csv', courses) : undefined
    if (org === undefined || book.refused.has(row)) continue
    if (book.organisations.get(org)?.kind !== 'school') {
      refuse(book, row, 'orgSourcedId', 'класс может быть только в школе')
      continue
    }
    const named = readClassTitle(cell(row, 'title'))
    const ofYears = years.yearsOf(own)
    const places = ofYears.map((year) => keyOf(org, year.session, named.title))
    if (places.some((place) => (titles.get(place) ?? id) !== id)) {
      refuse(book, row, 'title', 'в этой школе в этом учебном году уже есть класс с таким названием')
      continue
    }
    for (const place of places) titles.set(place, id)

    const key = keyOf('class', org, id)
    book.classes.set(key, { org, id })
    touch(book, row, org, key)
    for (const year of ofYears) {
      const yearKey = addYear(book, org, year)
      const nameKey = keyOf('name', key, yearKey)
      book.classNames.set(nameKey, { org, classKey: key, yearKey, ...named })
      touch(book, row, org, nameKey)
    }
    const subject = course ? addSubject(book, org, course) : null
    if (course) touch(book, findRow(book, 'courses.csv', course.id), org, subject)
    else withoutCourse++
    const range = spanOf(own.length > 0 ? own : ofYears)
    if (range) classes.set(id, { id, org, key, range, subject, teachers: 0 })
  }
  if (withoutCourse > 0) book.notes.add(`Классов без курса: ${withoutCourse}; уроки учителей в них не записаны.`)
  return classes
}

export function mapEnrolments(book: Book, classes: Map<string, SchoolClass>, years: Years, people: People): void {
  for (const row of wholeRows(book, 'enrollments.csv', 'classSourcedId', 'userSourcedId', 'role')) {
    const schoolClass = refer(book, row, 'classSourcedId', 'classes.csv', classes)
    const user = schoolClass && refer(book, row, 'userSourcedId', 'users.csv', people.users)
    const meaning = meaningOf(cell(row, 'role'))
    if (!meaning) refuse(book, row, 'role', 'неизвестная роль')
    else if (meaning.kind !== 'pupil' && !(meaning.kind === 'staff' && meaning.teaches)) {
      refuse(book, row, 'role', 'с этой ролью нельзя быть ни учеником, ни учителем класса')
    }
    if (!schoolClass || !user || !meaning || book.refused.has(row)) continue
    const { org, key: classKey, subject } = schoolClass
    const person = people.include(org, user, row)

    if (meaning.kind === 'pupil') {
      const limits = people.pupils.get(org)?.get(user.id)
      const fact = { org, person, classKey, ...years.dated(within(schoolClass.range, limits)) }
      const key = keyOf('enrolment', classKey, person, fact.startsOn)
      addFact(book.enrolments, key, fact)
      touch(book, row, org, key)
      if (!limits) addPupil(people, org, user.id, {})
      continue
    }
    const fact = { org, person, classKey, ...years.dated(schoolClass.range) }
    if (schoolClass.teachers++ === 0) {
      const key = keyOf('class-teacher', classKey, person, fact.startsOn)
      addFact(book.classTeachers, key, fact)
      touch(book, row, org, key)
    }
    if (subject === null) continue
    const key = keyOf('teaching', classKey, person, subject, fact.startsOn)
    addFact(book.teachings, key, { ...fact, subject })
    touch(book, row, org, key)
  }
}

/** A pupil who came later or left earlier than the class lasts. Dates outside it say nothing about it. */
function within(range: Range, limits: Partial<Range> | undefined): Range {
  const inside = (day: string | null | undefined): day is string =>
    typeof day === 'string' && day >= range.startsOn && (range.endsOn === null || day <= range.endsOn)
  return {
    startsOn: inside(limits?.startsOn) ? limits.startsOn : range.startsOn,
    endsOn: inside(limits?.endsOn) ? limits.endsOn : range.endsOn,
  }
}

const splitList = (text: string) =>
  text
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
