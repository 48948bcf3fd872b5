import { z } from 'zod'
import type { Engine } from '#sync/engine.ts'
import { syncPerson } from '#sync/person.ts'
import { retryInterrupted } from '#sync/requests.ts'
import { executeRun } from '#sync/run.ts'
import { listLatecomers, listUnfinishedRuns } from '#sync/unfinished.ts'
import { claimDueSchools, noteFailedLook, observeChat, observeSchool } from '#sync/watch.ts'
import { enqueuePersonSync, enqueueRun, enqueueSchoolLook } from './enqueue.ts'
import type { CronItem, Tasks } from './runner.ts'

const runPayload = z.object({ organisationId: z.uuid(), runId: z.uuid() })
const chatPayload = z.object({ organisationId: z.uuid(), chatId: z.uuid() })
const schoolPayload = z.object({ organisationId: z.uuid() })
const personPayload = z.object({ organisationId: z.uuid(), personId: z.uuid(), requestedBy: z.uuid().nullable().optional() })

export function syncTasks(engine: Engine): { tasks: Tasks; cron: CronItem[]; urgent: string[] } {
  const catchUp = async (): Promise<void> => {
    for (const person of await listLatecomers(engine.db)) await enqueuePersonSync(engine.db, person)
  }
  return {
    tasks: {
      'run-sync': async (payload, { signal }) => {
        const { organisationId, runId } = runPayload.parse(payload)
        await executeRun(engine, { id: runId, organisationId }, signal)
        // Whoever linked while the run was making the chats is in none of them yet.
        await catchUp()
      },
      'sync-person': async (payload, { signal }) => {
        const { organisationId, personId, requestedBy = null } = personPayload.parse(payload)
        const state = await syncPerson(engine, { organisationId, personId, requestedBy }, signal)
        // The queue asks again, later and later; nobody else would look at this person before the school's next run.
        if (state === 'failed') throw new Error('The messenger could not be reached for this person.')
      },
      'observe-chat': async (payload) => observeChat(engine, chatPayload.parse(payload)),
      'observe-school': async (payload) => {
        const { organisationId } = schoolPayload.parse(payload)
        try {
          const { runId } = await observeSchool(engine, organisationId, 'background')
          if (runId) await enqueueRun(engine.db, { organisationId, runId })
        } catch (error) {
          await noteFailedLook(engine, organisationId, error)
        }
      },
      'watch-schools': async () => {
        for (const organisationId of await claimDueSchools(engine.db, engine.messenger.name)) {
          await enqueueSchoolLook(engine.db, { organisationId })
        }
      },
      'resume-sync': async () => {
        for (const { id, organisationId } of await listUnfinishedRuns(engine.db)) await enqueueRun(engine.db, { organisationId, runId: id })
        await retryInterrupted(engine, (tx, run) => enqueueRun(tx, run))
        await catchUp()
      },
    },
    urgent: ['sync-person', 'observe-chat'],
    // A killed worker keeps its job locked for hours; its run is found by its state and goes on within a minute.
    cron: [
      { task: 'resume-sync', match: '* * * * *' },
      { task: 'watch-schools', match: '* * * * *' },
    ],
  }
}
