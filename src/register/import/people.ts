import { addFact, type Book, keyOf, type Range, readDate, refer, refuse, touch, wholeRows } from './book.ts'
import type { Homes } from './organisations.ts'
import { cell, type Row } from './read-folder.ts'
import { meaningOf } from './roles.ts'
import type { Years } from './years.ts'

type User = { id: string; row: Row; surname: string; givenName: string; username: string; password: string }

export type People = {
  users: Map<string, User>
  /** Organisation → pupils by the roles file: when the school has them, as far as the file says. */
  pupils: Map<string, Map<string, Partial<Range>>>
  /** The user as a person of the organisation; the row is one that says so. */
  include: (org: string, user: User, row: Row) => string
}

export function mapPeople(book: Book): People {
  const users = new Map<string, User>()
  for (const row of wholeRows(book, 'users.csv', 'sourcedId', 'givenName', 'familyName')) {
    const id = cell(row, 'sourcedId')
    const names = { surname: cell(row, 'familyName'), givenName: cell(row, 'givenName') }
    users.set(id, { id, row, ...names, username: cell(row, 'username'), password: cell(row, 'password') })
  }
  const demographics = readDemographics(book, users)
  const include = (org: string, user: User, row: Row): string => {
    const key = keyOf('person', org, user.id)
    const more = demographics.get(user.id)
    const { surname, givenName } = user
    book.people.set(key, { org, user: user.id, surname, givenName, gender: more?.gender ?? null, birthDate: more?.birthDate ?? null })
    for (const one of [row, user.row, more?.row]) touch(book, one, org, key)
    return key
  }
  return { users, pupils: new Map(), include }
}

type Demographics = { row: Row; gender: 'male' | 'female' | null; birthDate: string | null }

function readDemographics(book: Book, users: People['users']): Map<string, Demographics> {
  const found = new Map<string, Demographics>()
  for (const row of wholeRows(book, 'demographics.csv', 'userSourcedId')) {
    const user = refer(book, row, 'userSourcedId', 'users.csv', users)
    const birthDate = readDate(book, row, 'birthDate')
    if (!user || birthDate === undefined) continue
    const sex = cell(row, 'sex').toLowerCase()
    found.set(user.id, { row, gender: sex === 'male' || sex === 'female' ? sex : null, birthDate })
  }
  return found
}

export function mapRoles(book: Book, homes: Homes, years: Years, people: People): void {
  for (const row of wholeRows(book, 'roles.csv', 'userSourcedId', 'orgSourcedId', 'role')) {
    const user = refer(book, row, 'userSourcedId', 'users.csv', people.users)
    const org = user && refer(book, row, 'orgSourcedId', 'orgs.csv', homes)
    const meaning = meaningOf(cell(row, 'role'))
    if (!meaning) refuse(book, row, 'role', 'неизвестная роль')
    const dates = readRoleDates(book, row, years)
    if (!user || org === undefined || !meaning || !dates || book.refused.has(row)) continue
    // Former pupils are of no use to a chat: nothing is kept about them.
    if (meaning.kind === 'nobody') {
      touch(book, row, org, null)
      continue
    }
    const person = people.include(org, user, row)
    if (meaning.kind === 'pupil') addPupil(people, org, user.id, dates.own)
    if (meaning.kind !== 'staff') continue
    const { post, teaches } = meaning
    const range = years.dated(dates.whole)
    const key = keyOf('post', person, post, range.startsOn)
    addFact(book.staffPosts, key, { org, person, post, teaches, ...range })
    touch(book, row, org, key)
  }
}

/** `own`: what the row itself says. `whole`: completed by its session, else by the academic year. */
function readRoleDates(book: Book, row: Row, years: Years): { own: Partial<Range>; whole: Range } | null {
  const start = readDate(book, row, 'roleStartDate')
  const end = readDate(book, row, 'roleEndDate')
  const hasSession = years.sessions && cell(row, 'sessionSourcedId') !== ''
  const session = hasSession ? refer(book, row, 'sessionSourcedId', 'academicSessions.csv', years.sessions ?? new Map()) : null
  if (start === undefined || end === undefined || session === undefined) return null
  if (start && end && end < start) {
    refuse(book, row, 'roleEndDate', 'роль заканчивается раньше, чем начинается')
    return null
  }
  const period = session ?? years.current
  // A start without an end and without a period lasts until further notice.
  let endsOn = end ?? (start && !session ? null : period.endsOn)
  let startsOn = start ?? period.startsOn
  if (endsOn !== null && endsOn < startsOn) {
    if (end === null) endsOn = null
    else startsOn = end
  }
  return { own: { ...(start && { startsOn: start }), ...(end && { endsOn: end }) }, whole: { startsOn, endsOn } }
}

/** Several rows about the same pupil: the school has them from the first of the days to the last; silence sets no limit. */
export function addPupil(people: People, org: string, user: string, range: Partial<Range>): void {
  const ofSchool = people.pupils.get(org) ?? new Map<string, Partial<Range>>()
  people.pupils.set(org, ofSchool)
  const known = ofSchool.get(user)
  if (!known) {
    ofSchool.set(user, range)
    return
  }
  const startsOn = known.startsOn && range.startsOn && (known.startsOn < range.startsOn ? known.startsOn : range.startsOn)
  const endsOn = known.endsOn && range.endsOn && (known.endsOn > range.endsOn ? known.endsOn : range.endsOn)
  ofSchool.set(user, { ...(startsOn && { startsOn }), ...(endsOn && { endsOn }) })
}

/** Flags (health, benefits) are not ours to keep: the rows are looked at and nothing of them is stored. */
export function mapFlags(book: Book, people: People): void {
  for (const row of wholeRows(book, 'userFlags.csv', 'userSourcedId', 'flag')) {
    const user = refer(book, row, 'userSourcedId', 'users.csv', people.users)
    for (const { org } of (user && book.touches.get(user.row)) ?? []) touch(book, row, org, null)
  }
  if ((book.rows.get('userFlags.csv') ?? []).length > 0)
    book.notes.add('userFlags.csv: признаки учеников программе не нужны и не сохраняются.')
}
