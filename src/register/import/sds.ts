import { sql } from 'kysely'
import pg from 'pg'
import { asSystem, type Database, type Db } from '#db/database.ts'
import { recordSource } from '../source.ts'
import { type Book, openBook } from './book.ts'
import { mapClasses, mapCourses, mapEnrolments } from './classes.ts'
import { chooseOrganisations, mapOrganisations } from './organisations.ts'
import { mapFlags, mapPeople, mapRoles, type People } from './people.ts'
import { type Row, readFolder } from './read-folder.ts'
import { mapRelationships } from './relationships.ts'
import { brokenReport, type FileReport, type ImportReport } from './report.ts'
import { type Written, writeBook } from './write.ts'
import { mapYears } from './years.ts'

export type ImportOptions = {
  /** Only this school: its sourcedId, its exact name, or the name to give to the only school that has classes. */
  organisationName?: string | undefined
  /** The day that «current» means, as yyyy-mm-dd. */
  on: string
  /** A register of which every period is over is dated to the academic year around `on`. */
  currentYear?: boolean | undefined
}

/**
 * Brings a folder of SDS v2.1 CSV into the register, in one transaction; the same folder again changes nothing.
 * What an earlier folder said and this one does not is left as it is, and counted in a note.
 */
export async function importSds(db: Database, folder: string, options: ImportOptions): Promise<ImportReport> {
  const { files, broken, notes } = await readFolder(folder)
  if (broken.length > 0) {
    await noteBroken(db, options.organisationName)
    return brokenReport(broken, notes)
  }

  const book = openBook(files)
  const homes = mapOrganisations(book)
  const years = mapYears(book, options.on, options.currentYear === true)
  const people = mapPeople(book)
  mapRoles(book, homes, years, people)
  const classes = mapClasses(book, homes, years, mapCourses(book, homes))
  mapEnrolments(book, classes, years, people)
  mapRelationships(book, years, people)
  mapFlags(book, people)
  noteUnplaced(book, people)

  const choice = chooseOrganisations(book, options.organisationName)
  if ('reason' in choice) return brokenReport([{ file: 'orgs.csv', row: null, column: null, reason: choice.reason }], notes)
  const { chosen } = choice
  const all = [...notes, ...book.notes]
  if (chosen.size === 0) return { ...brokenReport([], all), files: countRows(book, chosen), refused: listRefused(book) }

  try {
    return await asSystem(db, async (tx) => {
      const written = await writeBook(tx, book, chosen)
      await noteSource(tx, book, chosen, written)
      const left = await countLeft(tx, book, chosen, written, options.on)
      if (left > 0) all.push(`Сведений прошлых загрузок, которых в папке больше нет: ${left}; они оставлены как есть.`)
      return {
        files: countRows(book, chosen, written),
        refused: listRefused(book),
        broken: [],
        notes: all,
        organisations: [...book.organisations.values()]
          .filter(({ org }) => chosen.has(org))
          .map(({ org, name, kind }) => ({ id: written.ids.get(org) ?? '', name, kind, created: written.outcomes.get(org) === 'created' })),
        accounts: listAccounts(book, chosen, people, written),
      }
    })
  } catch (error) {
    // The only rule of the register that the folder alone cannot show to be kept: a name that another class already has.
    if (!(error instanceof pg.DatabaseError && error.constraint === 'class_name_one_per_year')) throw error
    const reason = 'название класса в этой школе в этом учебном году уже занято классом, которого в папке нет'
    return brokenReport([{ file: 'classes.csv', row: null, column: 'title', reason }], all)
  }
}

/** Whether this folder may be believed: the engine takes nobody out of a chat because of one that was not whole. */
async function noteSource(tx: Db, book: Book, chosen: ReadonlySet<string>, { ids }: Written): Promise<void> {
  const refused = book.refused.size
  for (const org of chosen) {
    const people = [...book.people.values()].filter((person) => person.org === org).length
    await recordSource(tx, ids.get(org) ?? '', { people, refused })
  }
}

/** A folder that cannot be read says nothing about the school that it was meant for. */
async function noteBroken(db: Database, name: string | undefined): Promise<void> {
  if (name === undefined) return
  await asSystem(db, async (tx) => {
    const organisation = await tx.selectFrom('organisation').select('id').where('name', '=', name).executeTakeFirst()
    if (organisation) await recordSource(tx, organisation.id, null)
  })
}

function noteUnplaced(book: Book, people: People): void {
  const unplaced = [...people.users.values()].filter(({ row }) => !book.touches.has(row)).length
  if (unplaced > 0) book.notes.add(`Людей без роли, класса и ребёнка-ученика: ${unplaced}; они не загружены.`)
}

function countRows(book: Book, chosen: ReadonlySet<string>, written?: Written): FileReport[] {
  return [...book.rows].map(([file, rows]) => {
    const report = { file, rows: rows.length, created: 0, updated: 0, unchanged: 0, refused: 0, elsewhere: 0 }
    for (const row of rows) report[outcomeOf(book, row, chosen, written)]++
    return report
  })
}

function outcomeOf(book: Book, row: Row, chosen: ReadonlySet<string>, written?: Written): keyof Omit<FileReport, 'file' | 'rows'> {
  if (book.refused.has(row)) return 'refused'
  const touched = book.touches.get(row) ?? []
  const here = touched.filter(({ org }) => chosen.has(org))
  if (touched.length > 0 && here.length === 0) return 'elsewhere'
  const outcomes = here.map(({ key }) => (key === null ? 'unchanged' : (written?.outcomes.get(key) ?? 'unchanged')))
  return (['created', 'updated'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'unchanged'
}

const listRefused = (book: Book) =>
  [...book.rows].flatMap(([file, rows]) =>
    rows.flatMap((row) => {
      const refusal = book.refused.get(row)
      return refusal ? [{ file, row: row.row, ...refusal }] : []
    }),
  )

function listAccounts(book: Book, chosen: ReadonlySet<string>, people: People, { ids }: Written): ImportReport['accounts'] {
  const staff = new Set([...book.staffPosts.values()].map(({ person }) => person))
  const isRegion = (org: string) => Number(book.organisations.get(org)?.kind === 'region')
  return [...book.people]
    .filter(([, { org }]) => chosen.has(org))
    .sort(([, a], [, b]) => isRegion(a.org) - isRegion(b.org))
    .flatMap(([key, { org, user }]) => {
      const { username = '', password = '' } = people.users.get(user) ?? {}
      if (username === '') return []
      const personId = ids.get(key) ?? ''
      return [{ personId, organisationId: ids.get(org) ?? '', login: username, password: password || null, staff: staff.has(key) }]
    })
}

/** Facts about imported people that hold on the day, minus those that this folder says. */
async function countLeft(tx: Db, book: Book, chosen: ReadonlySet<string>, { ids }: Written, on: string): Promise<number> {
  const organisations = [...chosen].map((org) => ids.get(org) ?? '')
  const { rows } = await sql<{ facts: number }>`
    select count(*) as facts from (
      select person_id, organisation_id, ends_on from staff_post
      union all select person_id, organisation_id, ends_on from class_teacher
      union all select person_id, organisation_id, ends_on from enrolment
      union all select person_id, organisation_id, ends_on from teaching
      union all select guardian_id, organisation_id, ends_on from guardianship
    ) fact
    join person on person.id = fact.person_id
    where fact.organisation_id = any(${organisations}::uuid[]) and person.external_id is not null
      and (fact.ends_on is null or fact.ends_on >= ${on}::date)`.execute(tx)
  const said = [book.staffPosts, book.classTeachers, book.enrolments, book.teachings, book.guardianships].flatMap((facts) => [
    ...facts.values(),
  ])
  return (rows[0]?.facts ?? 0) - said.filter(({ org, endsOn }) => chosen.has(org) && (endsOn === null || endsOn >= on)).length
}
