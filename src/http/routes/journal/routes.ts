import { writeStepsCsv, writeStepsXlsx } from '#chats/steps-file.ts'
import {
  explainMember,
  exportRunCsv,
  exportRunXlsx,
  listRunSteps,
  listRuns,
  planUndo,
  readJournalRun,
  resumeRun,
  retryRun,
  stopRun,
  syncChat,
  syncOnePerson,
} from '#contract/runs.ts'
import { audit } from '#db/audit.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import { enqueuePersonSync, enqueueRun } from '#jobs/enqueue.ts'
import { listRuns as listRunsOf, listSteps, readJournalRun as readRunOf } from '#sync/journal-view.ts'
import { type Asker, type Requested, readPossible, requestResume, requestRetry, requestSmallRun, requestStop } from '#sync/requests.ts'
import { readRun } from '#sync/run-view.ts'
import { makeUndoPlan } from '#sync/saved-plans.ts'
import { explainMember as explain } from '#sync/why.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'
import { attachment } from '../attachment.ts'

const messenger = 'sferum'
const everyStep = { page: 1, size: 100_000 }

export function journalRoutes(app: App, { db, engine }: Rooms): void {
  const known = async (tx: Db, runId: string) => {
    const run = await readRunOf(tx, runId)
    if (run === null) throw new Refusal('not-found')
    return run
  }
  const connected = () => {
    if (!engine) throw new Refusal('link-not-configured')
    return engine
  }

  app.openapi(listRuns, async (c) => {
    const org = c.get('organisationId')
    return c.json(await inOrganisation(db, org, (tx) => listRunsOf(tx, org, messenger, c.req.valid('query'))), 200)
  })

  app.openapi(readJournalRun, async (c) => {
    const organisationId = c.get('organisationId')
    const { run: runId } = c.req.valid('param')
    const answer = await inOrganisation(db, organisationId, async (tx) => ({
      run: await known(tx, runId),
      can: await readPossible(tx, { organisationId, messenger, requestedBy: null }, runId),
    }))
    return c.json(answer, 200)
  })

  app.openapi(listRunSteps, async (c) => {
    const { run } = c.req.valid('param')
    const page = await inOrganisation(db, c.get('organisationId'), async (tx) => {
      await known(tx, run)
      return listSteps(tx, run, c.req.valid('query'))
    })
    return c.json(page, 200)
  })

  const stepsOf = (org: string, runId: string) =>
    inOrganisation(db, org, async (tx) => {
      await known(tx, runId)
      return (await listSteps(tx, runId, everyStep)).rows
    })
  app.openapi(exportRunXlsx, async (c) =>
    attachment('xlsx', 'Синхронизация', await writeStepsXlsx(await stepsOf(c.get('organisationId'), c.req.valid('param').run))),
  )
  app.openapi(exportRunCsv, async (c) =>
    attachment('csv', 'Синхронизация', writeStepsCsv(await stepsOf(c.get('organisationId'), c.req.valid('param').run))),
  )

  /** A request about a run, its place in the queue and its audit entry: all or nothing. */
  const act = async (
    { organisationId, personId, runId }: { organisationId: string; personId: string; runId: string },
    action: string,
    request: (tx: Db, asker: Asker, runId: string) => Promise<Requested>,
  ) =>
    inOrganisation(db, organisationId, async (tx) => {
      const { capabilities } = connected().messenger
      await known(tx, runId)
      const requested = await request(tx, { organisationId, messenger, requestedBy: personId }, runId)
      if (!requested.ok) throw refusalOf(requested.reason)
      if (action !== 'stop-sync') await enqueueRun(tx, { organisationId, runId: requested.runId })
      await audit(tx, { organisationId, actorPersonId: personId, action, subjectId: requested.runId, details: { of: runId } })
      const run = await readRun(tx, requested.runId, personId, capabilities)
      if (run === null) throw new Refusal('not-found')
      return run
    })

  const whoAndWhat = (c: { get: (key: 'organisationId') => string }, personId: string, runId: string) => ({
    organisationId: c.get('organisationId'),
    personId,
    runId,
  })
  app.openapi(stopRun, async (c) => {
    const about = whoAndWhat(c, c.get('identity').personId, c.req.valid('param').run)
    return c.json(await act(about, 'stop-sync', requestStop), 200)
  })
  app.openapi(resumeRun, async (c) => {
    const about = whoAndWhat(c, c.get('identity').personId, c.req.valid('param').run)
    return c.json(await act(about, 'resume-sync', requestResume), 202)
  })
  app.openapi(retryRun, async (c) => {
    const about = whoAndWhat(c, c.get('identity').personId, c.req.valid('param').run)
    return c.json(await act(about, 'retry-sync', requestRetry), 202)
  })

  app.openapi(planUndo, async (c) => {
    const organisationId = c.get('organisationId')
    const { run } = c.req.valid('param')
    const possible = await inOrganisation(db, organisationId, async (tx) => {
      await known(tx, run)
      return readPossible(tx, { organisationId, messenger, requestedBy: null }, run)
    })
    if (possible.undo !== null) throw refusalOf(possible.undo)
    const made = await makeUndoPlan(connected(), organisationId, c.get('identity').personId, run)
    if (made.ok) return c.json(made.plan, 201)
    const { code, ...why } = made.refusal
    throw new Refusal(code, why)
  })

  app.openapi(syncChat, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const { chat } = c.req.valid('param')
    const { capabilities } = connected().messenger
    const run = await inOrganisation(db, organisationId, async (tx) => {
      const managed = await tx
        .selectFrom('chat')
        .select('managed')
        .where('id', '=', chat)
        .where('state', '<>', 'archived')
        .executeTakeFirst()
      if (!managed?.managed) throw new Refusal('not-found')
      const asker = { organisationId, messenger, requestedBy: personId } as const
      const requested = await requestSmallRun(tx, asker, { selection: { chats: { [chat]: null } }, cause: 'single', scopeId: chat })
      if (!requested.ok) throw refusalOf(requested.reason)
      await enqueueRun(tx, { organisationId, runId: requested.runId })
      await audit(tx, { organisationId, actorPersonId: personId, action: 'sync-chat', subjectId: chat })
      return readRun(tx, requested.runId, personId, capabilities)
    })
    if (run === null) throw new Refusal('not-found')
    return c.json(run, 202)
  })

  app.openapi(syncOnePerson, async (c) => {
    const organisationId = c.get('organisationId')
    const { personId } = c.get('identity')
    const { person } = c.req.valid('param')
    await inOrganisation(db, organisationId, async (tx) => {
      const known = await tx.selectFrom('person').select('id').where('id', '=', person).executeTakeFirst()
      if (known === undefined) throw new Refusal('not-found')
      await enqueuePersonSync(tx, { organisationId, personId: person, requestedBy: personId })
      await audit(tx, { organisationId, actorPersonId: personId, action: 'sync-person', subjectId: person })
    })
    return c.json({ queued: true as const }, 202)
  })

  app.openapi(explainMember, async (c) => {
    const { chat, person } = c.req.valid('param')
    const answer = await explain(connected(), c.get('organisationId'), chat, person)
    if (answer === null) throw new Refusal('not-found')
    return c.json(answer, 200)
  })
}

const refusalOf = (reason: Extract<Requested, { ok: false }>['reason']): Refusal =>
  reason === 'run-under-way' ? new Refusal('run-under-way') : new Refusal('run-not-possible', { reason })
