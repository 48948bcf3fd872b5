import { type SqlBool, sql } from 'kysely'
import type { PlanCounts } from '#contract/plans.ts'
import type { JournalQuery, JournalRun, RunStep, StepQuery } from '#contract/runs.ts'
import type { Db } from '#db/database.ts'
import { likeFolded } from '#db/folded.ts'
import type { MessengerName } from '#messengers/messenger.ts'
import { type Name, readNames } from './names.ts'
import type { Step } from './plan.ts'

type Page<Row> = { total: number; page: number; pages: number; rows: Row[] }
const pageOf = <Row>(total: number, { page, size }: { page: number; size: number }, rows: Row[]): Page<Row> => ({
  total,
  page,
  pages: Math.ceil(total / size),
  rows,
})

/** «Журнал синхронизаций»: the runs of a school, newest first. */
export async function listRuns(tx: Db, organisationId: string, messenger: MessengerName, query: JournalQuery): Promise<Page<JournalRun>> {
  const conditions = [sql<SqlBool>`run.organisation_id = ${organisationId}::uuid and run.messenger = ${messenger}`]
  if (query.state) conditions.push(sql`run.state = ${query.state}`)
  if (query.scope)
    conditions.push(query.scope === 'school' ? sql`run.scope not in ('person', 'chat')` : sql`run.scope in ('person', 'chat')`)
  const where = sql.join(conditions, sql` and `)
  const { rows: totals } = await sql<{ total: number }>`select count(*) as total from sync_run run where ${where}`.execute(tx)
  const { rows } = await sql<{ id: string }>`
    select run.id from sync_run run where ${where}
    order by run.requested_at desc, run.id limit ${query.size} offset ${(query.page - 1) * query.size}`.execute(tx)
  const runs = await describeRuns(
    tx,
    rows.map((row) => row.id),
  )
  return pageOf(totals[0]?.total ?? 0, query, runs)
}

/** One run of the journal; null: this organisation has no such run. */
export async function readJournalRun(tx: Db, runId: string): Promise<JournalRun | null> {
  const [run] = await describeRuns(tx, [runId])
  return run ?? null
}

type RunRow = Omit<JournalRun, 'requestedBy' | 'stoppedBy' | 'about' | 'counts' | 'steps' | 'failure'> & {
  requestedBy: string | null
  stoppedBy: string | null
  scopeId: string | null
  chatTitle: string | null
  counts: Partial<PlanCounts>
  total: number
  done: number
  failed: number
  skipped: number
  errorKind: NonNullable<JournalRun['failure']>['kind'] | null
  vendorCode: string | null
  requestedAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

async function describeRuns(tx: Db, ids: readonly string[]): Promise<JournalRun[]> {
  const { rows } = await sql<RunRow>`
    select run.id, run.state, run.cause, run.scope, run.scope_id as "scopeId", run.requested_by as "requestedBy",
           run.stopped_by as "stoppedBy", run.requested_at as "requestedAt", run.started_at as "startedAt",
           run.finished_at as "finishedAt", run.requests, run.calls, run.counts, run.error_kind as "errorKind",
           run.vendor_code as "vendorCode", chat.title as "chatTitle",
           extract(epoch from coalesce(run.finished_at, run.progress_at) - run.started_at)::float8 as seconds,
           steps.total, steps.done, steps.failed, steps.skipped
    from sync_run run
    left join chat on chat.id = run.scope_id
    cross join lateral (
      select count(*) as total, count(*) filter (where state = 'done') as done,
             count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'skipped') as skipped
      from sync_step where run_id = run.id) steps
    where run.id = any(${ids}::uuid[])
    order by run.requested_at desc, run.id`.execute(tx)
  const names = await readNames(
    tx,
    rows.flatMap((row) => [row.requestedBy, row.stoppedBy, row.scopeId].flatMap((id) => id ?? [])),
  )
  return rows.map(({ scopeId, chatTitle, errorKind, vendorCode, total, done, failed, skipped, ...run }) => ({
    ...run,
    requestedBy: named(names, run.requestedBy),
    stoppedBy: named(names, run.stoppedBy),
    about: chatTitle ?? (run.scope === 'person' ? fullName(names.get(scopeId ?? '')) : null),
    requestedAt: run.requestedAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    steps: { total, done, failed, skipped },
    failure: errorKind === null ? null : { kind: errorKind, vendorCode },
  }))
}

const named = (names: ReadonlyMap<string, Name>, id: string | null) => {
  const name = id === null ? undefined : names.get(id)
  return id !== null && name ? { id, ...name } : null
}
const fullName = (name: Name | undefined): string | null =>
  name ? [name.surname, name.givenName, name.patronymic].filter(Boolean).join(' ') : null

type StepRow = {
  seq: number
  kind: RunStep['kind']
  state: RunStep['state']
  chatId: string
  chatTitle: string
  chatKind: RunStep['chatKind']
  personId: string | null
  step: Step
  approved: boolean
  errorKind: NonNullable<RunStep['failure']>['kind'] | null
  vendorCode: string | null
  finishedAt: Date | null
  retryAt: Date | null
}

/** The steps of a run with names, reasons and answers, in the order in which they were planned. */
export async function listSteps(tx: Db, runId: string, query: StepQuery): Promise<Page<RunStep>> {
  const conditions = [sql<SqlBool>`step.run_id = ${runId}::uuid`]
  if (query.state) conditions.push(query.state === 'planned' ? sql`step.state in ('planned', 'sent')` : sql`step.state = ${query.state}`)
  if (query.chat) conditions.push(sql`step.chat_id = ${query.chat}::uuid`)
  for (const word of query.q?.trim().split(/\s+/) ?? []) {
    conditions.push(sql`(person.name_folded like ${likeFolded(word)} or chat.title_folded like ${likeFolded(word)})`)
  }
  const from = sql`
    from sync_step step
    join chat on chat.id = step.chat_id
    left join person on person.id = step.person_id
    where ${sql.join(conditions, sql` and `)}`
  const { rows: totals } = await sql<{ total: number }>`select count(*) as total ${from}`.execute(tx)
  const { rows } = await sql<StepRow>`
    select step.seq, step.kind, step.state, step.chat_id as "chatId", chat.title as "chatTitle", chat.kind as "chatKind",
           step.person_id as "personId", step.step, step.approved, step.error_kind as "errorKind", step.vendor_code as "vendorCode",
           step.finished_at as "finishedAt",
           -- sync/known.ts asks a lasting refusal again a day later.
           case when step.state = 'failed' and step.error_kind in ('forbidden', 'rejected') and step.person_id is not null
                then step.finished_at + interval '24 hours' end as "retryAt"
    ${from}
    order by step.seq limit ${query.size} offset ${(query.page - 1) * query.size}`.execute(tx)
  const names = await readNames(
    tx,
    rows.flatMap((row) => row.personId ?? []),
  )
  const steps = rows.map(
    ({ personId, step, errorKind, vendorCode, finishedAt, retryAt, ...row }): RunStep => ({
      ...row,
      person: named(names, personId),
      role: 'role' in step ? step.role : null,
      reason: 'reason' in step ? step.reason : null,
      detail: detailOf(step),
      failure: errorKind === null ? null : { kind: errorKind, vendorCode },
      finishedAt: finishedAt?.toISOString() ?? null,
      retryAt: retryAt?.toISOString() ?? null,
    }),
  )
  return pageOf(totals[0]?.total ?? 0, query, steps)
}

function detailOf(step: Step): string | null {
  switch (step.kind) {
    case 'create-chat':
      return step.title
    case 'rename-chat':
      return step.to
    case 'remove-stranger':
      return step.account
    case 'send-notice':
      return step.text
    case 'add-member':
    case 'invite-member':
    case 'remove-member':
      return null
  }
}
