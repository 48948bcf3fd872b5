import { columnsOf, type FileName } from './columns.ts'
import { cell, type Row } from './read-folder.ts'

// What the folder says, in our words. Everything is still known by its sourcedId; write.ts gives it our ids.

export type Range = { startsOn: string; endsOn: string | null }
type InOrganisation = { org: string }
type Fact = InOrganisation & Range

export type OrganisationRecord = InOrganisation & { name: string; kind: 'region' | 'school'; parent: string | null }
/** `session` null: the academic year around the day of the import, which the folder does not name. */
export type YearRecord = InOrganisation & { session: string | null; title: string; startsOn: string; endsOn: string }
export type ClassRecord = InOrganisation & { id: string }
export type ClassNameRecord = InOrganisation & { classKey: string; yearKey: string; grade: number | null; letter: string; title: string }
export type SubjectRecord = InOrganisation & { course: string; name: string }
export type PersonRecord = InOrganisation & {
  user: string
  surname: string
  givenName: string
  gender: 'male' | 'female' | null
  birthDate: string | null
}
export type StaffPostRecord = Fact & { person: string; post: string; teaches: boolean }
export type MemberRecord = Fact & { person: string; classKey: string }
export type TeachingRecord = MemberRecord & { subject: string }
export type GuardianshipRecord = Fact & { pupil: string; guardian: string; relation: string }

export type Book = {
  rows: Map<FileName, Row[]>
  organisations: Map<string, OrganisationRecord>
  years: Map<string, YearRecord>
  classes: Map<string, ClassRecord>
  classNames: Map<string, ClassNameRecord>
  subjects: Map<string, SubjectRecord>
  people: Map<string, PersonRecord>
  staffPosts: Map<string, StaffPostRecord>
  classTeachers: Map<string, MemberRecord>
  enrolments: Map<string, MemberRecord>
  teachings: Map<string, TeachingRecord>
  guardianships: Map<string, GuardianshipRecord>
  /** Which records a row speaks of, and in which organisation; a key of null: it belongs there and records nothing. */
  touches: Map<Row, { org: string; key: string | null }[]>
  refused: Map<Row, { column: string; reason: string }>
  notes: Set<string>
  /** Filled as it is asked for. */
  rowsById: Map<FileName, Map<string, Row>>
}

export const openBook = (rows: Map<FileName, Row[]>): Book => ({
  rows,
  organisations: new Map(),
  years: new Map(),
  classes: new Map(),
  classNames: new Map(),
  subjects: new Map(),
  people: new Map(),
  staffPosts: new Map(),
  classTeachers: new Map(),
  enrolments: new Map(),
  teachings: new Map(),
  guardianships: new Map(),
  touches: new Map(),
  refused: new Map(),
  notes: new Set(),
  rowsById: new Map(),
})

export function findRow(book: Book, file: FileName, id: string): Row | undefined {
  const { key } = columnsOf[file]
  let index = book.rowsById.get(file)
  if (!index && key !== null) {
    index = new Map((book.rows.get(file) ?? []).map((row) => [cell(row, key), row]))
    book.rowsById.set(file, index)
  }
  return index?.get(id)
}

/** A key of one record among all of them, whatever characters its parts hold. */
export const keyOf = (...parts: (string | null)[]): string => JSON.stringify(parts)

export function refuse(book: Book, row: Row, column: string, reason: string): void {
  if (!book.refused.has(row)) book.refused.set(row, { column, reason })
}

export function touch(book: Book, row: Row | undefined, org: string, key: string | null): void {
  if (!row) return
  const touched = book.touches.get(row) ?? []
  if (!touched.some((one) => one.org === org && one.key === key)) touched.push({ org, key })
  book.touches.set(row, touched)
}

/** The rows of a file that are whole and have what they must have; the others are refused on the way. */
export function wholeRows(book: Book, file: FileName, ...needed: string[]): Row[] {
  return (book.rows.get(file) ?? []).filter((row) => {
    if (row.fault) refuse(book, row, row.fault.column, row.fault.reason)
    else {
      const empty = needed.find((column) => cell(row, column) === '')
      if (empty === undefined) return true
      refuse(book, row, empty, 'пустое обязательное значение')
    }
    return false
  })
}

/** What the row's column refers to; undefined when it is not there, and then the row is refused. */
export function refer<T>(book: Book, row: Row, column: string, file: FileName, known: ReadonlyMap<string, T>, id = cell(row, column)) {
  const found = known.get(id)
  if (found !== undefined) return found
  const unaccepted = findRow(book, file, id)
  refuse(
    book,
    row,
    column,
    unaccepted ? `ссылка на строку ${unaccepted.row} файла ${file}, которая не принята` : `в ${file} нет такого значения`,
  )
  return undefined
}

/** Null for an empty cell; undefined for a cell that is no date, and then the row is refused. */
export function readDate(book: Book, row: Row, column: string): string | null | undefined {
  const text = cell(row, column)
  if (text === '') return null
  const date = new Date(`${text}T00:00:00Z`)
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return text
  refuse(book, row, column, 'не дата вида ГГГГ-ММ-ДД')
  return undefined
}

/** Adds a fact; two rows that say the same with different last days mean the later one. */
export function addFact<T extends Fact>(facts: Map<string, T>, key: string, fact: T): void {
  const known = facts.get(key)
  const later = known && (known.endsOn === null || (fact.endsOn !== null && known.endsOn >= fact.endsOn)) ? known.endsOn : fact.endsOn
  facts.set(key, { ...(known ?? fact), endsOn: later })
}
