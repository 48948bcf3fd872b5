import { sql } from 'kysely'
import { asSystem, inOrganisation } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import type { Engine } from '#sync/engine.ts'
import { openRun } from '#sync/journal.ts'
import { executeRun } from '#sync/run.ts'
import { makePlan } from '#sync/saved-plans.ts'
import { ensureDemoSchool } from '../tools/demo-school.ts'
import { type Emulator, openDatabaseFor, openEmulator, openEngine } from './ground.ts'
import { fillSchool, reference, type Size, seedFor } from './reference-school.ts'

/** The demo school, never synchronised, in a house that has just started: nothing has been asked of the messenger yet. */
/** The reference school, everybody linked, never synchronised. */
export async function openReferenceSchool(stack: AsyncDisposableStack, size: Size = reference) {
  const { db, url } = await openDatabaseFor(stack)
  const emulator = await openEmulator(stack, seedFor([{ size, firstAccount }]))
  const org = await fillSchool(db, 'Школа', size, firstAccount)
  await sql`vacuum analyze`.execute(db)
  return { emulator, engine: openEngine(db, emulator.url), org, db, url }
}

const firstAccount = 400_000_001

export async function openSchool(stack: AsyncDisposableStack) {
  const { db } = await openDatabaseFor(stack)
  const emulator = await openEmulator(stack)
  await ensureDemoSchool(db)
  const { id: org } = await asSystem(db, (tx) =>
    tx.selectFrom('organisation').select('id').where('name', '=', 'Демо школа').executeTakeFirstOrThrow(),
  )
  return { emulator, engine: openEngine(db, emulator.url), org }
}

/**
 * What the button does: plan, `readingMs` for whoever reads it, «Да», run to the end.
 * requests and calls are the run's own account, sent is what the messenger received for plan and run together.
 */
export async function synchronise(engine: Engine, emulator: Emulator, org: string, readingMs = 0, chats = 30) {
  const last = (await emulator.calls()).calls.at(-1)?.n ?? 0
  const asked = performance.now()
  const made = await makePlan(engine, org, org)
  if (!made.ok) throw new Error(`The messenger refused: ${made.refusal.code}`)
  const planSeconds = (performance.now() - asked) / 1000
  await systemClock.sleep(readingMs)
  const started = performance.now()
  const { runId } = await inOrganisation(engine.db, org, (tx) =>
    openRun(tx, {
      organisationId: org,
      messenger: 'sferum',
      scope: 'school',
      scopeId: null,
      cause: 'button',
      fingerprint: made.plan.fingerprint,
      approved: [],
      requestedBy: null,
    }),
  )
  const state = await executeRun(engine, { id: runId, organisationId: org })
  const seconds = (performance.now() - started) / 1000
  // The demo school has people who refuse to be added: their rows are red, and the run has come to its end all the same.
  if (state !== 'done' && state !== 'partly-failed') throw new Error(`The run ended as ${state}.`)
  const { requests, calls, live } = await inOrganisation(engine.db, org, (tx) =>
    tx
      .selectFrom('sync_run')
      .select(['requests', 'calls'])
      .select((eb) =>
        eb
          .selectFrom('chat')
          .where('state', '=', 'live')
          .select(({ fn }) => fn.countAll<number>().as('live'))
          .as('live'),
      )
      .where('id', '=', runId)
      .executeTakeFirstOrThrow(),
  )
  if (live !== chats) throw new Error(`The school has ${live} live chats instead of ${chats}.`)
  const { calls: sent, offences } = await emulator.calls(last)
  return { seconds, planSeconds, plan: made.plan, requests, calls, sent, offences }
}
