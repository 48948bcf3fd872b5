import { makePlan, readPlanChat } from '#contract/plans.ts'
import { inOrganisation } from '#db/database.ts'
import { makePlan as makePlanOf, readPlanChat as readChatOfPlan } from '#sync/saved-plans.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function planRoutes(app: App, { db, engine }: Rooms): void {
  app.openapi(makePlan, async (c) => {
    if (!engine) throw new Refusal('link-not-configured')
    const made = await makePlanOf(engine, c.get('organisationId'), c.get('identity').personId)
    if (made.ok) return c.json(made.plan, 201)
    const { code, ...why } = made.refusal
    throw new Refusal(code, why)
  })

  app.openapi(readPlanChat, async (c) => {
    const { plan } = c.req.valid('param')
    const people = await inOrganisation(db, c.get('organisationId'), (tx) => readChatOfPlan(tx, plan, c.req.valid('query').key))
    if (people === null) throw new Refusal('not-found')
    return c.json({ people }, 200)
  })
}
