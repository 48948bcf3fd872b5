import { streamSSE } from 'hono/streaming'
import { listRunFailures, readCurrentRun, readRun, startRun, watchRun } from '#contract/plans.ts'
import { audit } from '#db/audit.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { approveFirst } from '#sync/held.ts'
import { openRun, runChannel } from '#sync/journal.ts'
import { requestUndo } from '#sync/requests.ts'
import { findCurrentRun, listRunFailures as listFailuresOf, readRun as readRunOf } from '#sync/run-view.ts'
import { readSettings } from '#sync/settings.ts'
import { pauseAutomatic } from '#sync/watch.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

// Often enough for a person to see it move, seldom enough for an office PC.
const tellEveryMs = 250
const heartbeatEveryMs = 15_000

export function runRoutes(app: App, { db, engine, listener, clock }: Rooms): void {
  const view = async (tx: Db, runId: string, viewer: string) => {
    if (!engine) throw new Refusal('link-not-configured')
    const run = await readRunOf(tx, runId, viewer, engine.messenger.capabilities)
    if (run === null) throw new Refusal('not-found')
    return run
  }

  const startUndo = async (
    tx: Db,
    { organisationId, personId, undoOf, fingerprint }: { organisationId: string; personId: string; undoOf: string; fingerprint: string },
  ) => {
    const asked = await requestUndo(tx, { organisationId, messenger: 'sferum', requestedBy: personId }, undoOf, fingerprint)
    if (!asked.ok) throw new Refusal('run-under-way')
    await enqueueRun(tx, { organisationId, runId: asked.runId })
    await audit(tx, { organisationId, actorPersonId: personId, action: 'undo-sync', subjectId: asked.runId, details: { undoOf } })
    return { run: await view(tx, asked.runId, personId), joined: false }
  }

  app.openapi(startRun, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const { plan, fingerprint, approved } = c.req.valid('json')
    const started = await inOrganisation(db, organisationId, async (tx) => {
      const saved = await tx.selectFrom('sync_plan').select(['fingerprint', 'undo_of']).where('id', '=', plan).executeTakeFirst()
      if (saved === undefined || saved.fingerprint !== fingerprint) throw new Refusal('plan-outdated')
      await pauseAutomatic(tx, organisationId, 'sferum', saved.undo_of !== null)
      if (saved.undo_of !== null) return startUndo(tx, { organisationId, personId, undoOf: saved.undo_of, fingerprint })
      const { brake } = await readSettings(tx, organisationId)
      // Where two have to approve, the one who presses the button is the first.
      if (brake.secondApprover) await approveFirst(tx, organisationId, personId, approved)
      const scope = { organisationId, messenger: 'sferum', scope: 'school', scopeId: null, cause: 'button' } as const
      const { runId, joined } = await openRun(tx, {
        ...scope,
        fingerprint,
        approved: brake.secondApprover ? [] : approved,
        requestedBy: personId,
      })
      if (!joined) {
        await enqueueRun(tx, { organisationId, runId })
        const details = { approved }
        await audit(tx, { organisationId, actorPersonId: personId, action: 'start-sync', subjectId: runId, details })
      }
      return { run: await view(tx, runId, personId), joined }
    })
    return c.json(started, 202)
  })

  app.openapi(readCurrentRun, async (c) => {
    const organisationId = c.get('organisationId')
    const run = await inOrganisation(db, organisationId, async (tx) => {
      const runId = await findCurrentRun(tx, organisationId)
      return runId === null ? null : view(tx, runId, c.get('identity').personId)
    })
    return c.json({ run }, 200)
  })

  app.openapi(readRun, async (c) => {
    const { run } = c.req.valid('param')
    return c.json(await inOrganisation(db, c.get('organisationId'), (tx) => view(tx, run, c.get('identity').personId)), 200)
  })

  app.openapi(listRunFailures, async (c) => {
    const { run } = c.req.valid('param')
    const rows = await inOrganisation(db, c.get('organisationId'), async (tx) => {
      await view(tx, run, c.get('identity').personId)
      return listFailuresOf(tx, run)
    })
    return c.json({ rows }, 200)
  })

  app.openapi(watchRun, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const runId = c.req.valid('param').run
    const read = () => inOrganisation(db, organisationId, (tx) => view(tx, runId, personId))
    // Before the stream begins, so that a foreign run is a 404 and not an empty stream.
    await read()
    return streamSSE(c, async (stream) => {
      let wake: () => void = () => {}
      let changed = true
      const unsubscribe = listener.subscribe(runChannel, (payload) => {
        if (payload !== runId && payload !== '') return
        changed = true
        wake()
      })
      const gone = new AbortController()
      stream.onAbort(() => {
        gone.abort()
        wake()
      })
      try {
        while (!gone.signal.aborted) {
          if (changed) {
            changed = false
            const run = await read()
            await stream.writeSSE({ event: 'run', data: JSON.stringify(run) })
            if (run.state !== 'queued' && run.state !== 'running') return
            await clock.sleep(tellEveryMs)
            continue
          }
          const woken = new Promise<void>((resolve) => {
            wake = resolve
          })
          const timer = setTimeout(() => wake(), heartbeatEveryMs)
          if (!changed) await woken
          clearTimeout(timer)
          // A comment keeps proxies from closing a quiet stream.
          if (!changed && !gone.signal.aborted) await stream.write(': still here\n\n')
        }
      } finally {
        unsubscribe()
      }
    })
  })
}
