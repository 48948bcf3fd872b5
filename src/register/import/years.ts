import { type Book, keyOf, type Range, readDate, refuse, touch, wholeRows } from './book.ts'
import { cell, type Row } from './read-folder.ts'

type Session = { id: string; title: string; isYear: boolean; startsOn: string; endsOn: string; row: Row }
type Year = { session: string | null; title: string; startsOn: string; endsOn: string }

export type Years = {
  /** Null: the folder has no academicSessions.csv, and whatever refers to it is undated. */
  sessions: Map<string, Session> | null
  current: Year
  /** The academic years of a class with these sessions. */
  yearsOf: (sessions: Session[]) => Year[]
  /** The dates as they are to be stored: those of a past register can be moved to the current year. */
  dated: <R extends Range>(range: R) => R
}

export function mapYears(book: Book, on: string, currentYear: boolean): Years {
  const hasFile = book.rows.has('academicSessions.csv')
  const sessions = readSessions(book)
  const years = [...sessions.values()].filter(({ isYear }) => isYear).map(asYear)
  const current = years.find((year) => year.startsOn <= on && on <= year.endsOn) ?? academicYearAround(on)
  const lastDay = [...sessions.values()]
    .map(({ endsOn }) => endsOn)
    .sort()
    .at(-1)
  const isOver = lastDay !== undefined && lastDay < on
  const moves = isOver && currentYear
  if (moves)
    book.notes.add(
      `Все учебные периоды папки закончились (последний — ${lastDay}); сведения отнесены к текущему учебному году ${current.title}.`,
    )
  else if (isOver) {
    book.notes.add(
      `Все учебные периоды папки закончились (последний — ${lastDay}): на ${on} в классах никого нет и чатов не будет. Если папка нужна для проверки, загрузите её с --current-year.`,
    )
  } else if (currentYear) book.notes.add('Учебные периоды папки ещё идут: --current-year ничего не изменил.')

  const containing = (session: Session) =>
    session.isYear ? asYear(session) : years.find((year) => year.startsOn <= session.startsOn && session.endsOn <= year.endsOn)
  const schools = [...book.organisations.values()].filter(({ kind }) => kind === 'school')
  for (const { org } of schools) {
    for (const session of sessions.values()) {
      const year = containing(session)
      touch(book, session.row, org, year ? addYear(book, org, year) : null)
    }
  }
  return {
    sessions: hasFile ? sessions : null,
    current,
    yearsOf: (own) => {
      const named = own.filter(({ isYear }) => isYear).map(asYear)
      const found = moves ? [] : named.length > 0 ? named : own.flatMap((session) => containing(session) ?? [])
      const distinct = [...new Map(found.map((year) => [year.session, year])).values()]
      return distinct.length > 0 ? distinct : [current]
    },
    dated: (range) =>
      moves && range.endsOn !== null && range.endsOn < on ? { ...range, startsOn: current.startsOn, endsOn: current.endsOn } : range,
  }
}

export function addYear(book: Book, org: string, year: Year): string {
  const key = keyOf('year', org, year.session)
  book.years.set(key, { org, ...year })
  return key
}

/** The first and the last day of several periods together. */
export function spanOf(periods: { startsOn: string; endsOn: string }[]): Range | null {
  const first = periods.map(({ startsOn }) => startsOn).sort()[0]
  const last = periods
    .map(({ endsOn }) => endsOn)
    .sort()
    .at(-1)
  return first !== undefined && last !== undefined ? { startsOn: first, endsOn: last } : null
}

function readSessions(book: Book): Map<string, Session> {
  const sessions = new Map<string, Session>()
  for (const row of wholeRows(book, 'academicSessions.csv', 'sourcedId', 'title', 'type', 'startDate', 'endDate')) {
    const startsOn = readDate(book, row, 'startDate')
    const endsOn = readDate(book, row, 'endDate')
    if (!startsOn || !endsOn) continue
    const id = cell(row, 'sourcedId')
    const title = cell(row, 'title')
    const isYear = cell(row, 'type').toLowerCase() === 'schoolyear'
    const namesake = [...sessions.values()].some((one) => isYear && one.isYear && one.title === title && one.id !== id)
    if (startsOn >= endsOn) refuse(book, row, 'endDate', 'период заканчивается не позже, чем начинается')
    else if (namesake) refuse(book, row, 'title', 'учебный год с таким названием в файле уже есть')
    else sessions.set(id, { id, title, isYear, startsOn, endsOn, row })
  }
  return sessions
}

const asYear = ({ id, title, startsOn, endsOn }: Session): Year => ({ session: id, title, startsOn, endsOn })

function academicYearAround(on: string): Year {
  const first = Number(on.slice(0, 4)) - (on.slice(5) < '09-01' ? 1 : 0)
  return { session: null, title: `${first}/${first + 1}`, startsOn: `${first}-09-01`, endsOn: `${first + 1}-08-31` }
}
