import { decideHeld, listHeld } from '#contract/held.ts'
import { audit } from '#db/audit.ts'
import { inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { decideHeld as decide, listHeld as listHeldOf } from '#sync/held.ts'
import { requestSmallRun } from '#sync/requests.ts'
import { readSettings } from '#sync/settings.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function brakeRoutes(app: App, { db }: Rooms): void {
  app.openapi(listHeld, async (c) => {
    const org = c.get('organisationId')
    const answer = await inOrganisation(db, org, async (tx) => ({
      twoApprovers: (await readSettings(tx, org)).brake.secondApprover,
      chats: await listHeldOf(tx, org, c.get('identity').personId),
    }))
    return c.json(answer, 200)
  })

  app.openapi(decideHeld, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const asked = c.req.valid('json')
    const answer = await inOrganisation(db, organisationId, async (tx) => {
      const { brake } = await readSettings(tx, organisationId)
      const result = await decide(tx, organisationId, personId, asked, brake.secondApprover)
      if (!result.ok) throw new Refusal(result.refusal)
      const details = { decision: asked.decision, people: asked.people.length, awaitSecond: result.awaitSecond }
      await audit(tx, { organisationId, actorPersonId: personId, action: 'decide-held', subjectId: organisationId, details })
      if (asked.decision !== 'approve' || result.decided.length === 0) {
        return { decided: result.decided.length, awaitSecond: result.awaitSecond, runId: null }
      }
      const chats: Record<string, string[]> = {}
      for (const one of result.decided) chats[one.chatId] = [...(chats[one.chatId] ?? []), one.personId]
      const requested = await requestSmallRun(
        tx,
        { organisationId, messenger: 'sferum', requestedBy: personId },
        { selection: { chats }, cause: 'brake', scopeId: null },
      )
      // A school's run that is under way planned without them; the decision stays, and the next plan carries it out.
      if (requested.ok) await enqueueRun(tx, { organisationId, runId: requested.runId })
      return { decided: result.decided.length, awaitSecond: result.awaitSecond, runId: requested.ok ? requested.runId : null }
    })
    return c.json(answer, 200)
  })
}
