import { sql } from 'kysely'
import { can, type Role } from '#contract/can.ts'
import { asSystem, type Database } from '#db/database.ts'
import type { Auth } from './auth.ts'

/** Who asks. Roles are those in the person's own organisation; see rolesIn for others. */
export type Identity = {
  sessionId: string
  login: string
  personId: string
  organisationId: string
  organisationName: string
  surname: string
  givenName: string
  patronymic: string
  roles: ReadonlySet<Role>
}

/** Who the session cookie in these headers belongs to; null when nobody is signed in. */
export async function readIdentity(db: Database, auth: Auth, headers: Headers): Promise<Identity | null> {
  const session = await auth.api.getSession({ headers })
  if (!session) return null
  return asSystem(db, async (tx) => {
    // Roles follow from today's facts in the register, today being the school's own date.
    const { rows } = await sql<Row>`
      select p.id, p.organisation_id, o.name as organisation_name, p.surname, p.given_name, p.patronymic, u.username as login,
        array(select g.role from role_grant g where g.person_id = p.id and g.organisation_id = p.organisation_id) as granted,
        exists (select from staff_post f where f.person_id = p.id and f.teaches and ${current('f')})
          or exists (select from class_teacher f where f.person_id = p.id and ${current('f')})
          or exists (select from teaching f where f.person_id = p.id and ${current('f')}) as teaches,
        exists (select from guardianship f where f.guardian_id = p.id and ${current('f')}) as guards,
        exists (select from enrolment f where f.person_id = p.id and ${current('f')}) as learns
      from auth_user u
      join person p on p.id = u.person_id
      join organisation o on o.id = p.organisation_id
      cross join lateral (select (now() at time zone o.time_zone)::date as today) as day
      where u.id = ${session.user.id}`.execute(tx)
    const row = rows[0]
    if (!row) return null
    const roles = new Set<Role>(row.granted)
    if (row.teaches) roles.add('teacher')
    if (row.guards) roles.add('guardian')
    if (row.learns) roles.add('pupil')
    return {
      sessionId: session.session.id,
      login: row.login,
      personId: row.id,
      organisationId: row.organisation_id,
      organisationName: row.organisation_name,
      surname: row.surname,
      givenName: row.given_name,
      patronymic: row.patronymic,
      roles,
    }
  })
}

/** The granted roles of a person in an organisation: its own, and operator where the person operates the region above it. */
export function grantedRolesIn(db: Database, personId: string, organisationId: string): Promise<ReadonlySet<Role>> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<{ role: Role }>`
      select distinct g.role
      from organisation o
      join role_grant g on g.organisation_id = o.id or (g.organisation_id = o.parent_id and g.role = 'operator')
      where o.id = ${organisationId}::uuid and g.person_id = ${personId}::uuid`.execute(tx)
    return new Set(rows.map((row) => row.role))
  })
}

export async function mayAdminister(db: Database, personId: string, organisationId: string): Promise<boolean> {
  return can.administer(await grantedRolesIn(db, personId, organisationId))
}

export type AdministeredOrganisation = { id: string; name: string; kind: 'region' | 'school'; roles: Role[] }

export function listAdministeredOrganisations(db: Database, personId: string): Promise<AdministeredOrganisation[]> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<AdministeredOrganisation>`
      select o.id, o.name, o.kind, array_agg(distinct g.role order by g.role) as roles
      from role_grant g
      join organisation o on o.id = g.organisation_id or (o.parent_id = g.organisation_id and g.role = 'operator')
      where g.person_id = ${personId}::uuid
      group by o.id, o.name, o.kind
      order by o.kind, o.name collate ru_numeric, o.id`.execute(tx)
    return rows
  })
}

type Row = {
  id: string
  organisation_id: string
  organisation_name: string
  surname: string
  given_name: string
  patronymic: string
  login: string
  granted: Role[]
  teaches: boolean
  guards: boolean
  learns: boolean
}

function current(alias: string) {
  const fact = sql.raw(alias)
  return sql`(${fact}.starts_on <= day.today and (${fact}.ends_on is null or ${fact}.ends_on >= day.today))`
}
