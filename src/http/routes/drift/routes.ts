import { listDrift, observeNow, resolveDrift } from '#contract/drift.ts'
import { audit } from '#db/audit.ts'
import { inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { listDrift as listDriftOf, resolveDrift as resolve } from '#sync/drift.ts'
import { refusalOf } from '#sync/refusal.ts'
import { requestSmallRun } from '#sync/requests.ts'
import { observeSchool } from '#sync/watch.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function driftRoutes(app: App, { db, engine }: Rooms): void {
  app.openapi(listDrift, async (c) => {
    const org = c.get('organisationId')
    return c.json(await inOrganisation(db, org, (tx) => listDriftOf(tx, org, c.req.valid('query'))), 200)
  })

  app.openapi(resolveDrift, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const { remedy, items } = c.req.valid('json')
    const answer = await inOrganisation(db, organisationId, async (tx) => {
      const { resolved, selection } = await resolve(tx, organisationId, personId, remedy, items)
      const details = { remedy, resolved }
      await audit(tx, { organisationId, actorPersonId: personId, action: 'resolve-drift', subjectId: organisationId, details })
      if (selection === null) return { resolved, runId: null }
      const asker = { organisationId, messenger: 'sferum', requestedBy: personId } as const
      const requested = await requestSmallRun(tx, asker, { selection, cause: 'drift', scopeId: null })
      // Nothing was written down either: the transaction goes back with the refusal.
      if (!requested.ok) throw new Refusal('run-under-way')
      await enqueueRun(tx, { organisationId, runId: requested.runId })
      return { resolved, runId: requested.runId }
    })
    return c.json(answer, 200)
  })

  app.openapi(observeNow, async (c) => {
    if (!engine) throw new Refusal('link-not-configured')
    try {
      const { runId: _, ...looked } = await observeSchool(engine, c.get('organisationId'), 'run')
      return c.json(looked, 200)
    } catch (error) {
      const { code, ...why } = refusalOf(error)
      throw new Refusal(code, why)
    }
  })
}
