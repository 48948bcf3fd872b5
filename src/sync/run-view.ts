import { sql } from 'kysely'
import type { StepKind } from '#contract/kinds.ts'
import type { Run, RunFailure } from '#contract/plans.ts'
import type { Db } from '#db/database.ts'
import type { Capabilities } from '#messengers/messenger.ts'
import { readNames } from './names.ts'

const mostFailures = 1000

/** A run as its watchers see it; null when this organisation has no such run. */
export async function readRun(tx: Db, runId: string, viewer: string, capabilities: Capabilities): Promise<Run | null> {
  const run = await tx
    .selectFrom('sync_run')
    .select(['id', 'state', 'requested_by', 'requested_at', 'started_at', 'finished_at', 'error_kind', 'vendor_code'])
    .where('id', '=', runId)
    .executeTakeFirst()
  if (run === undefined) return null
  const steps = await countSteps(tx, runId)
  const open = run.state === 'queued' || run.state === 'running'
  return {
    id: run.id,
    state: run.state,
    startedByMe: run.requested_by === viewer,
    requestedAt: run.requested_at.toISOString(),
    startedAt: run.started_at?.toISOString() ?? null,
    finishedAt: run.finished_at?.toISOString() ?? null,
    steps,
    current: open ? await readCurrentStep(tx, runId) : null,
    secondsLeft: run.state === 'running' ? secondsFor(steps, capabilities) : null,
    // error_kind is only ever written from a MessengerError.
    failure: run.error_kind === null ? null : { kind: run.error_kind as RunFailure['kind'], vendorCode: run.vendor_code },
  }
}

/** The school's run under way, else its last one. */
export async function findCurrentRun(tx: Db, organisationId: string): Promise<string | null> {
  const run = await tx
    .selectFrom('sync_run')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('messenger', '=', 'sferum')
    .where('scope', 'not in', ['person', 'chat'])
    .orderBy(sql`state in ('queued', 'running')`, 'desc')
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return run?.id ?? null
}

async function countSteps(tx: Db, runId: string): Promise<Run['steps']> {
  const { rows } = await sql<Run['steps']>`
    select count(*) as total,
           count(*) filter (where state = 'done') as done,
           count(*) filter (where state = 'failed') as failed,
           count(*) filter (where state = 'skipped') as skipped
    from sync_step where run_id = ${runId}::uuid`.execute(tx)
  return rows[0] ?? { total: 0, done: 0, failed: 0, skipped: 0 }
}

async function readCurrentStep(tx: Db, runId: string): Promise<Run['current']> {
  const { rows } = await sql<{ step: StepKind; chatTitle: string }>`
    select step.kind as step, chat.title as "chatTitle"
    from sync_step step join chat on chat.id = step.chat_id
    where step.run_id = ${runId}::uuid and step.state = 'sent'
    order by step.seq limit 1`.execute(tx)
  return rows[0] ?? null
}

/** Every open step as one call; what is folded into a creation makes it sooner, never later. */
function secondsFor({ total, done, failed, skipped }: Run['steps'], { operationsPerRequest, requestsPerSecond }: Capabilities): number {
  return Math.ceil((total - done - failed - skipped) / operationsPerRequest) / requestsPerSecond
}

/** What failed, with names: the first thousand, in the order of the steps. */
export async function listRunFailures(tx: Db, runId: string): Promise<RunFailure[]> {
  const { rows } = await sql<Omit<RunFailure, 'person'> & { personId: string | null }>`
    select step.seq, step.chat_id as "chatId", chat.title as "chatTitle", step.kind as step, step.person_id as "personId",
           coalesce(step.error_kind, 'rejected') as kind, step.vendor_code as "vendorCode"
    from sync_step step join chat on chat.id = step.chat_id
    where step.run_id = ${runId}::uuid and step.state = 'failed'
    order by step.seq limit ${mostFailures}`.execute(tx)
  const names = await readNames(
    tx,
    rows.flatMap((row) => row.personId ?? []),
  )
  return rows.map(({ personId, ...row }) => {
    const name = personId === null ? undefined : names.get(personId)
    return { ...row, person: personId !== null && name ? { id: personId, ...name } : null }
  })
}
