import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '#db/database.ts'
import type { Book } from './book.ts'
import { type Outcome, type Target, upsert } from './upsert.ts'

export const source = 'sds'

export type Written = { ids: Map<string, string>; outcomes: Map<string, Outcome> }

/** Writes what the book says of the chosen organisations. Our own id of everything is found or made here. */
export async function writeBook(tx: Db, book: Book, chosen: ReadonlySet<string>): Promise<Written> {
  // Two imports at the same moment must not both find a school missing.
  await sql`select pg_advisory_xact_lock(hashtext('sds-import'))`.execute(tx)
  const written: Written = { ids: new Map(), outcomes: new Map() }
  await writeOrganisations(tx, book, chosen, written)
  await writeYears(tx, book, chosen, written)
  await writeClasses(tx, book, chosen, written)
  await writeSubjects(tx, book, chosen, written)
  await writePeople(tx, book, chosen, written)
  await writeFacts(tx, book, chosen, written)
  return written
}

type Chosen = ReadonlySet<string>
const uuid = 'uuid'
const text = 'text'
const date = 'date'

const entriesOf = <T extends { org: string }>(records: Map<string, T>, chosen: Chosen) =>
  [...records].filter(([, { org }]) => chosen.has(org)).map(([key, record]) => ({ key, record }))

/** The organisations' own ids: everything else that is read of the database is theirs. */
const organisationIds = (chosen: Chosen, { ids }: Written) => [...chosen].map((org) => idOf({ ids }, org))

function idOf({ ids }: Pick<Written, 'ids'>, key: string): string {
  const id = ids.get(key)
  if (id === undefined) throw new Error('A record refers to one that was not written.')
  return id
}

async function write(tx: Db, target: Target, rows: { key: string; values: Record<string, unknown> }[], written: Written): Promise<void> {
  const outcomes = await upsert(
    tx,
    target,
    rows.map(({ values }) => values),
  )
  for (const [index, { key }] of rows.entries()) written.outcomes.set(key, outcomes[index] ?? 'unchanged')
}

async function writeOrganisations(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const known = await tx.selectFrom('organisation').select(['id', 'external_id']).where('source', '=', source).execute()
  const idsBySource = new Map(known.map(({ id, external_id }) => [external_id, id]))
  const entries = entriesOf(book.organisations, chosen)
  for (const { key } of entries) written.ids.set(key, idsBySource.get(key) ?? randomUUID())
  const rows = entries.map(({ key, record: { name, kind, parent } }) => {
    // The parent of a school that is imported alone may be there from an earlier import.
    const parentId = parent === null ? null : (written.ids.get(parent) ?? idsBySource.get(parent) ?? null)
    return { key, values: { id: idOf(written, key), parent_id: parentId, kind, name, external_id: key, source } }
  })
  const columns = { id: uuid, parent_id: uuid, kind: text, name: text, external_id: text, source: text }
  await write(
    tx,
    { table: 'organisation', columns, conflict: ['id'], update: { name: 'take', kind: 'take', parent_id: 'fill' } },
    rows,
    written,
  )
}

async function writeYears(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const known = await tx
    .selectFrom('academic_year')
    .select(['id', 'organisation_id', 'title', 'starts_on', 'ends_on', 'external_id'])
    .where('organisation_id', 'in', organisationIds(chosen, written))
    .execute()
  const taken = new Set<string>()
  const rows = []
  // Those with a name of their own first: the unnamed current year then takes what is left.
  const entries = entriesOf(book.years, chosen).sort((a, b) => Number(a.record.session === null) - Number(b.record.session === null))
  for (const { key, record } of entries) {
    const organisationId = idOf(written, record.org)
    const free = known.filter((year) => year.organisation_id === organisationId && !taken.has(year.id))
    const found =
      (record.session === null ? undefined : free.find((year) => year.external_id === record.session)) ??
      free.find((year) => year.title === record.title) ??
      (record.session === null ? free.find((year) => overlapsMost(year, record)) : undefined)
    const id = found?.id ?? randomUUID()
    taken.add(id)
    written.ids.set(key, id)
    // A year that the folder does not name is used as it is.
    const ours =
      record.session !== null || !found ? record : { ...record, title: found.title, startsOn: found.starts_on, endsOn: found.ends_on }
    const { title, startsOn, endsOn, session } = ours
    rows.push({
      key,
      values: { id, organisation_id: organisationId, title, starts_on: startsOn, ends_on: endsOn, external_id: session },
    })
  }
  const columns = { id: uuid, organisation_id: uuid, title: text, starts_on: date, ends_on: date, external_id: text }
  const update = { title: 'take', starts_on: 'take', ends_on: 'take', external_id: 'fill' } as const
  await write(tx, { table: 'academic_year', columns, conflict: ['id'], update }, rows, written)
}

/** The same academic year under another title: its middle lies in both. */
function overlapsMost(year: { starts_on: string; ends_on: string }, { startsOn, endsOn }: { startsOn: string; endsOn: string }): boolean {
  const middle = new Date((Date.parse(startsOn) + Date.parse(endsOn)) / 2).toISOString().slice(0, 10)
  return year.starts_on <= middle && middle <= year.ends_on
}

async function writeClasses(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const entries = entriesOf(book.classes, chosen)
  const known = await tx
    .selectFrom('school_class')
    .select(['id', 'organisation_id', 'external_id'])
    .where('organisation_id', 'in', organisationIds(chosen, written))
    .execute()
  const ids = new Map(known.map((one) => [`${one.organisation_id} ${one.external_id}`, one.id]))
  const rows = entries.map(({ key, record }) => {
    const organisationId = idOf(written, record.org)
    const id = ids.get(`${organisationId} ${record.id}`) ?? randomUUID()
    written.ids.set(key, id)
    return { key, values: { id, organisation_id: organisationId, external_id: record.id } }
  })
  const columns = { id: uuid, organisation_id: uuid, external_id: text }
  await write(tx, { table: 'school_class', columns, conflict: ['id'], update: {} }, rows, written)

  const names = entriesOf(book.classNames, chosen).map(({ key, record: { org, classKey, yearKey, grade, letter, title } }) => ({
    key,
    values: {
      organisation_id: idOf(written, org),
      class_id: idOf(written, classKey),
      academic_year_id: idOf(written, yearKey),
      grade,
      letter,
      title,
    },
  }))
  const nameColumns = { organisation_id: uuid, class_id: uuid, academic_year_id: uuid, grade: 'smallint', letter: text, title: text }
  const update = { grade: 'take', letter: 'take', title: 'take' } as const
  await write(tx, { table: 'class_name', columns: nameColumns, conflict: ['class_id', 'academic_year_id'], update }, names, written)
}

async function writeSubjects(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const known = await tx
    .selectFrom('subject')
    .select(['id', 'organisation_id', 'name', 'external_id'])
    .where('organisation_id', 'in', organisationIds(chosen, written))
    .execute()
  const entries = entriesOf(book.subjects, chosen)
  const byName = new Map(known.map((one) => [`${one.organisation_id} ${one.name}`, one.id]))
  const byCourse = new Map(known.map((one) => [`${one.organisation_id} ${one.external_id}`, one]))
  // A subject that is still called so in the folder is not free to be renamed into another.
  const stays = new Set(entries.flatMap(({ record }) => byName.get(`${idOf(written, record.org)} ${record.name}`) ?? []))
  const rows = entries.map(({ key, record }) => {
    const organisationId = idOf(written, record.org)
    const renamed = byCourse.get(`${organisationId} ${record.course}`)
    const id = byName.get(`${organisationId} ${record.name}`) ?? (renamed && !stays.has(renamed.id) ? renamed.id : randomUUID())
    written.ids.set(key, id)
    return { key, values: { id, organisation_id: organisationId, name: record.name, external_id: record.course } }
  })
  const columns = { id: uuid, organisation_id: uuid, name: text, external_id: text }
  await write(tx, { table: 'subject', columns, conflict: ['id'], update: { name: 'take', external_id: 'take' } }, rows, written)
}

async function writePeople(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const known = await tx
    .selectFrom('person')
    .select(['id', 'organisation_id', 'external_id'])
    .where('organisation_id', 'in', organisationIds(chosen, written))
    .where('external_id', 'is not', null)
    .execute()
  const ids = new Map(known.map((one) => [`${one.organisation_id} ${one.external_id}`, one.id]))
  const rows = entriesOf(book.people, chosen).map(({ key, record }) => {
    const organisationId = idOf(written, record.org)
    const id = ids.get(`${organisationId} ${record.user}`) ?? randomUUID()
    written.ids.set(key, id)
    const { surname, givenName, gender, birthDate, user } = record
    const values = { id, organisation_id: organisationId, surname, given_name: givenName, gender, birth_date: birthDate, external_id: user }
    return { key, values }
  })
  const columns = { id: uuid, organisation_id: uuid, surname: text, given_name: text, gender: text, birth_date: date, external_id: text }
  // The patronymic, which SDS has no column for, stays what the school made it.
  const update = { surname: 'take', given_name: 'take', gender: 'fill', birth_date: 'fill' } as const
  await write(tx, { table: 'person', columns, conflict: ['id'], update }, rows, written)
}

async function writeFacts(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  const id = (key: string) => idOf(written, key)
  const member = { organisation_id: uuid, class_id: uuid, person_id: uuid, starts_on: date, ends_on: date }
  const memberOnce = ['class_id', 'person_id', 'starts_on']

  const posts = entriesOf(book.staffPosts, chosen).map(({ key, record: { org, person, post, teaches, startsOn, endsOn } }) => ({
    key,
    values: { organisation_id: id(org), person_id: id(person), post, teaches, starts_on: startsOn, ends_on: endsOn },
  }))
  const postColumns = { organisation_id: uuid, person_id: uuid, post: text, teaches: 'boolean', starts_on: date, ends_on: date }
  const postUpdate = { teaches: 'take', ends_on: 'take' } as const
  const postOnce = ['person_id', 'post', 'starts_on']
  await write(tx, { table: 'staff_post', columns: postColumns, conflict: postOnce, update: postUpdate }, posts, written)

  for (const [table, records] of [
    ['class_teacher', book.classTeachers],
    ['enrolment', book.enrolments],
  ] as const) {
    const rows = entriesOf(records, chosen).map(({ key, record: { org, classKey, person, startsOn, endsOn } }) => ({
      key,
      values: { organisation_id: id(org), class_id: id(classKey), person_id: id(person), starts_on: startsOn, ends_on: endsOn },
    }))
    await write(tx, { table, columns: member, conflict: memberOnce, update: { ends_on: 'take' } }, rows, written)
  }

  const lessons = entriesOf(book.teachings, chosen).map(({ key, record: { org, classKey, person, subject, startsOn, endsOn } }) => ({
    key,
    values: {
      organisation_id: id(org),
      person_id: id(person),
      class_id: id(classKey),
      subgroup_id: null,
      subject_id: id(subject),
      starts_on: startsOn,
      ends_on: endsOn,
    },
  }))
  const lessonOnce = ['person_id', 'class_id', 'subgroup_id', 'subject_id', 'starts_on']
  const lesson = { ...member, subgroup_id: uuid, subject_id: uuid }
  await write(tx, { table: 'teaching', columns: lesson, conflict: lessonOnce, update: { ends_on: 'take' } }, lessons, written)
  await writeGuardianships(tx, book, chosen, written)
}

async function writeGuardianships(tx: Db, book: Book, chosen: Chosen, written: Written): Promise<void> {
  // A guardian who is one already stays one since then, whatever year the folder is about.
  const known = await tx
    .selectFrom('guardianship')
    .select(['pupil_id', 'guardian_id', 'starts_on'])
    .where('organisation_id', 'in', organisationIds(chosen, written))
    .where('ends_on', 'is', null)
    .execute()
  const since = new Map(known.map((one) => [`${one.pupil_id} ${one.guardian_id}`, one.starts_on]))
  const rows = entriesOf(book.guardianships, chosen).map(({ key, record }) => {
    const pupilId = idOf(written, record.pupil)
    const guardianId = idOf(written, record.guardian)
    const startsOn = since.get(`${pupilId} ${guardianId}`) ?? record.startsOn
    return {
      key,
      values: {
        organisation_id: idOf(written, record.org),
        pupil_id: pupilId,
        guardian_id: guardianId,
        relation: record.relation,
        starts_on: startsOn,
      },
    }
  })
  const columns = { organisation_id: uuid, pupil_id: uuid, guardian_id: uuid, relation: text, starts_on: date }
  const once = ['pupil_id', 'guardian_id', 'starts_on']
  await write(tx, { table: 'guardianship', columns, conflict: once, update: { relation: 'take' } }, rows, written)
}
