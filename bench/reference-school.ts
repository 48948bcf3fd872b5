import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import type { VkSeed } from '../emulators/start.ts'
import { sandboxSeed } from '../tools/sandbox.ts'

/** What a school is made of: the reference school has 30 classes, 750 pupils, 1,300 guardians, 60 staff and 361 chats. */
export type Size = { classes: number; pupils: number; guardians: number; staff: number; subjects: number }
export const reference: Size = { classes: 30, pupils: 750, guardians: 1300, staff: 60, subjects: 10 }
export const chatsOf = ({ classes, subjects }: Size): number => classes * 2 + 1 + classes * subjects

/**
 * A school of invented people in the database, made with set inserts, everybody linked. Accounts are consecutive from
 * `firstAccount`: pupils, guardians, staff.
 * @returns the organisation's id
 */
export async function fillSchool(db: Database, name: string, size: Size, firstAccount: number, linked = true): Promise<string> {
  const org = randomUUID()
  const { pupils, guardians, staff } = size
  await asSystem(db, async (tx) => {
    const run = (query: ReturnType<typeof sql>) => query.execute(tx)
    // Tables that are just being filled have no statistics: without this a thousand guardians take a second.
    await run(sql`set local enable_nestloop = off`)
    await run(sql`insert into organisation (id, kind, name) values (${org}, 'school', ${name})`)
    await run(
      sql`insert into academic_year (organisation_id, title, starts_on, ends_on) values (${org}, '2026/2027', '2026-09-01', '2027-08-31')`,
    )
    await run(
      sql`insert into school_class (organisation_id, external_id) select ${org}::uuid, n from generate_series(1, ${size.classes}::int) n`,
    )
    await run(sql`
      insert into class_name (organisation_id, class_id, academic_year_id, grade, letter, title)
      select class.organisation_id, class.id, year.id, (class.external_id::int - 1) / 3 + 1, substr('АБВ', (class.external_id::int - 1) % 3 + 1, 1),
             ((class.external_id::int - 1) / 3 + 1) || substr('АБВ', (class.external_id::int - 1) % 3 + 1, 1)
      from school_class class join academic_year year using (organisation_id) where organisation_id = ${org}`)
    await run(sql`
      insert into person (organisation_id, surname, given_name, external_id)
      select ${org}::uuid, 'Пробный' || n, 'Женя', n from generate_series(1, ${pupils + guardians + staff}::int) n`)
    const classOf = (position: ReturnType<typeof sql>) => sql`(${position} - 1) % ${size.classes}::int + 1`
    const number = sql`person.external_id::int`
    await run(sql`
      insert into enrolment (organisation_id, class_id, person_id, starts_on)
      select person.organisation_id, class.id, person.id, '2026-09-01'
      from person join school_class class on class.organisation_id = person.organisation_id and class.external_id::int = ${classOf(number)}
      where person.organisation_id = ${org} and ${number} <= ${pupils}`)
    await run(sql`
      insert into guardianship (organisation_id, pupil_id, guardian_id, starts_on)
      select person.organisation_id, pupil.id, person.id, '2026-09-01'
      from person join person pupil on pupil.organisation_id = person.organisation_id
        and pupil.external_id::int = (${number} - ${pupils} - 1) % ${pupils}::int + 1
      where person.organisation_id = ${org} and ${number} between ${pupils + 1} and ${pupils + guardians}`)
    const isStaff = sql`person.organisation_id = ${org} and ${number} > ${pupils + guardians}`
    const position = sql`(${number} - ${pupils + guardians})`
    await run(sql`
      insert into staff_post (organisation_id, person_id, post, starts_on)
      select organisation_id, id, 'учитель', '2026-09-01' from person where ${isStaff}`)
    await run(sql`
      insert into class_teacher (organisation_id, class_id, person_id, starts_on)
      select person.organisation_id, class.id, person.id, '2026-09-01'
      from person join school_class class on class.organisation_id = person.organisation_id and class.external_id::int = ${position}
      where ${isStaff}`)
    await run(
      sql`insert into subject (organisation_id, name, external_id) select ${org}::uuid, 'Предмет ' || n, n from generate_series(1, ${size.subjects}::int) n`,
    )
    await run(sql`
      insert into teaching (organisation_id, person_id, class_id, subject_id, chat_wanted, starts_on)
      select class.organisation_id, person.id, class.id, subject.id, true, '2026-09-01'
      from school_class class join subject using (organisation_id)
      join person on person.organisation_id = class.organisation_id
        and ${position} = (class.external_id::int * ${size.subjects}::int + subject.external_id::int) % ${staff}::int + 1
      where class.organisation_id = ${org} and ${number} > ${pupils + guardians}`)
    if (linked) await run(linkQuery(org, firstAccount, sql`true`))
  })
  return org
}

/** Links of people whose number fits; the account follows from the number. */
const linkQuery = (org: string, firstAccount: number, which: ReturnType<typeof sql>) => sql`
  insert into link (organisation_id, person_id, system, external_id)
  select organisation_id, id, 'sferum', (${firstAccount}::bigint + external_id::int - 1)::text from person
  where organisation_id = ${org} and ${which} on conflict do nothing`

/** The same people's accounts at the emulated vendor. */
export function seedFor(schools: { size: Size; firstAccount: number }[]): VkSeed {
  const { communities, serviceUsers } = sandboxSeed('http://localhost/links/sferum/callback')
  const accounts = schools.flatMap(({ size, firstAccount }) =>
    Array.from({ length: size.pupils + size.guardians + size.staff }, (_, index) => ({
      login: `a${firstAccount + index}`,
      profiles: [
        {
          userId: firstAccount + index,
          kind: 'edu' as const,
          surname: `Пробный${index + 1}`,
          givenName: 'Женя',
          patronymic: '',
          gender: 'male' as const,
          birthDate: '2010-01-01',
        },
      ],
    })),
  )
  return { clients: [], accounts, communities, serviceUsers }
}

/** Makes the registry say that a school is as its rules want it, without asking any messenger: for benches of planning alone. */
export async function pretendSynchronised(db: Database, org: string): Promise<void> {
  await inOrganisation(db, org, async (tx) => {
    await sql`update chat_member set state = 'member', external_id = link.external_id
              from link where link.person_id = chat_member.person_id and chat_member.organisation_id = ${org}`.execute(tx)
    await sql`update chat set state = 'live', actor = 'bench', external_id = id::text where organisation_id = ${org}`.execute(tx)
  })
}
