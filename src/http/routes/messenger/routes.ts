import { sql } from 'kysely'
import { readMessengerHealth } from '#contract/runs.ts'
import { inOrganisation } from '#db/database.ts'
import { readSourceState } from '#register/source.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function messengerRoutes(app: App, { db, engine }: Rooms): void {
  app.openapi(readMessengerHealth, async (c) => {
    if (!engine) throw new Refusal('link-not-configured')
    const org = c.get('organisationId')
    const health = await engine.messenger.health()
    const school = await inOrganisation(db, org, async (tx) => {
      const watch = await tx
        .selectFrom('school_watch')
        .select(['observed_at', 'next_at', 'paused_by_undo'])
        .where('organisation_id', '=', org)
        .where('messenger', '=', engine.messenger.name)
        .executeTakeFirst()
      const { rows } = await sql<{ held: number; drift: number }>`
        select (select count(*) from held_removal where organisation_id = ${org}::uuid and decision is null) as held,
               (select count(*) from drift where organisation_id = ${org}::uuid and state = 'open') as drift`.execute(tx)
      const source = await readSourceState(tx, org)
      return {
        observedAt: watch?.observed_at?.toISOString() ?? null,
        nextObservationAt: watch?.next_at.toISOString() ?? null,
        pausedByUndo: watch?.paused_by_undo ?? false,
        held: rows[0]?.held ?? 0,
        drift: rows[0]?.drift ?? 0,
        source: source ? { state: source.state, readAt: source.readAt.toISOString() } : null,
      }
    })
    return c.json({ state: health.state, until: isoOf(health.until), reason: health.reason, ...school }, 200)
  })
}

const isoOf = (until: number | null): string | null => (until === null ? null : new Date(until).toISOString())
