import { type Book, refuse, touch, wholeRows } from './book.ts'
import { cell, type Row } from './read-folder.ts'
import { isSchoolType } from './roles.ts'

/** For every accepted row of orgs.csv the organisation that its people and classes belong to: itself, or the school it is a part of. */
export type Homes = Map<string, string>

export function mapOrganisations(book: Book): Homes {
  const rows = new Map<string, Row>()
  const accepted = wholeRows(book, 'orgs.csv', 'sourcedId', 'name', 'type')
  for (const row of accepted) rows.set(cell(row, 'sourcedId'), row)
  const homes: Homes = new Map()
  for (const row of rows.values()) place(book, rows, homes, row, new Set())
  for (const row of accepted) {
    const home = homes.get(cell(row, 'sourcedId'))
    if (home !== undefined) touch(book, row, home, home)
    else refuse(book, row, 'parentSourcedId', 'организация не принята')
  }
  return homes
}

function place(book: Book, rows: Map<string, Row>, homes: Homes, row: Row, below: Set<Row>): string | undefined {
  const id = cell(row, 'sourcedId')
  const known = homes.get(id)
  if (known !== undefined || book.refused.has(row)) return known
  const parentId = cell(row, 'parentSourcedId')
  let parent: string | null = null
  if (parentId !== '') {
    const parentRow = rows.get(parentId)
    if (!parentRow) return no(book, row, 'в orgs.csv нет такого значения')
    if (parentRow === row || below.has(parentRow)) return no(book, row, 'организации подчинены друг другу по кругу')
    const above = place(book, rows, homes, parentRow, new Set(below).add(row))
    if (above === undefined) return no(book, row, `ссылка на строку ${parentRow.row} файла orgs.csv, которая не принята`)
    parent = above
  }
  const isSchool = isSchoolType(cell(row, 'type'))
  // A part of a school (a department, a programme) is no organisation of its own: its rows count for the school.
  const isPart = !isSchool && parent !== null && book.organisations.get(parent)?.kind === 'school'
  if (!isPart) book.organisations.set(id, { org: id, name: cell(row, 'name'), kind: isSchool ? 'school' : 'region', parent })
  const home = isPart && parent !== null ? parent : id
  homes.set(id, home)
  return home
}

function no(book: Book, row: Row, reason: string): undefined {
  refuse(book, row, 'parentSourcedId', reason)
}

/**
 * The organisations to import: all of them, or the one school that `name` means. Where nothing is called so and only
 * one school has classes, that one is meant and gets the name.
 */
export function chooseOrganisations(book: Book, name: string | undefined): { chosen: Set<string> } | { reason: string } {
  if (name === undefined) return { chosen: new Set(book.organisations.keys()) }
  const schools = [...book.organisations.values()].filter(({ kind }) => kind === 'school')
  const byId = schools.find(({ org }) => org === name)
  const named = byId ? [byId] : schools.filter((school) => school.name === name)
  if (named.length > 1) return { reason: `так называются несколько школ (${named.length}): укажите sourcedId` }
  if (named[0]) return { chosen: new Set([named[0].org]) }
  const withClasses = new Set([...book.classes.values()].map(({ org }) => org))
  const [only, ...others] = schools.filter(({ org }) => withClasses.has(org))
  if (!only || others.length > 0)
    return { reason: `школы с названием или sourcedId «${name}» нет, а школ с классами ${others.length + (only ? 1 : 0)}` }
  book.organisations.set(only.org, { ...only, name })
  book.notes.add(`Школы с названием «${name}» в папке нет; единственная школа с классами названа так.`)
  return { chosen: new Set([only.org]) }
}
