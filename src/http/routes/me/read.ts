import { readMe } from '#contract/me.ts'
import { listAdministeredOrganisations } from '#identity/identity.ts'
import type { App, Rooms } from '../../env.ts'

export function meRoutes(app: App, { db }: Rooms): void {
  app.openapi(readMe, async (c) => {
    const identity = c.get('identity')
    return c.json(
      {
        person: { id: identity.personId, surname: identity.surname, givenName: identity.givenName, patronymic: identity.patronymic },
        login: identity.login,
        organisation: { id: identity.organisationId, name: identity.organisationName },
        roles: [...identity.roles],
        organisations: await listAdministeredOrganisations(db, identity.personId),
      },
      200,
    )
  })
}
