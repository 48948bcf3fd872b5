import { sql } from 'kysely'
import type { RunState } from '#contract/kinds.ts'
import { asSystem, type Database, inOrganisation } from '#db/database.ts'
import { MessengerError } from '#messengers/messenger.ts'
import { applyRun, type RunRef } from './apply.ts'
import { type Engine, SyncError } from './engine.ts'
import { beginRun, type Failure, finishRun, openRun, recordObservation } from './journal.ts'
import type { RegisteredChat } from './known.ts'
import { derivePlan, type Plan, releaseSteps, type Step } from './plan.ts'
import { planInput, preparePlan, readWishes, rememberedSeen } from './prepare.ts'
import { failureOf } from './work.ts'

/**
 * Carries a school's run to its end: from `queued` by planning again and comparing with what was approved, from
 * `running` (a crash came between) by going on with the recorded steps. Harmless when repeated or run twice at once.
 * @param signal stops between requests at shutdown; the run stays `running` and is gone on with later
 * @returns the run's state, or null when another process is at it
 */
export async function executeRun(engine: Engine, run: RunRef, signal?: AbortSignal): Promise<RunState | null> {
  return withRunLock(engine.db, run.id, async () => {
    const row = await inOrganisation(engine.db, run.organisationId, (tx) =>
      tx.selectFrom('sync_run').select(['state', 'fingerprint', 'approved']).where('id', '=', run.id).executeTakeFirst(),
    )
    if (row === undefined || (row.state !== 'queued' && row.state !== 'running')) return row?.state ?? null
    try {
      if (row.state === 'queued') {
        const plan = await preparePlan(engine, run.organisationId, 'run')
        if (plan.fingerprint !== row.fingerprint) return await finish(engine, run, { state: 'stale' })
        // Written by openRun as a list of chat keys.
        const approved = new Set(row.approved as string[])
        await begin(engine, run, plan, releaseSteps(plan, approved))
      }
      const failure = await applyRun(engine, run, 'run', signal)
      return await finish(engine, run, failure ? { state: 'failed', failure } : { state: 'finished' })
    } catch (error) {
      const failure = runFailureOf(error)
      if (failure === null) throw error
      return await finish(engine, run, { state: 'failed', failure })
    }
  })
}

/** What went wrong with the messenger as a whole; null: not the messenger, so not ours to swallow. */
function runFailureOf(error: unknown): Failure | null {
  if (error instanceof MessengerError) return failureOf(error)
  return error instanceof SyncError ? { kind: 'unavailable', vendorCode: null } : null
}

const begin = (engine: Engine, run: RunRef, plan: Plan, released: ReturnType<typeof releaseSteps>): Promise<void> =>
  inOrganisation(engine.db, run.organisationId, (tx) => beginRun(tx, { ...run, messenger: engine.messenger.name }, plan, released))

async function finish(engine: Engine, run: RunRef, end: Parameters<typeof finishRun>[2]): Promise<RunState> {
  const state = await inOrganisation(engine.db, run.organisationId, (tx) => finishRun(tx, run.id, end))
  engine.log.info({ run: run.id, organisation: run.organisationId, state }, 'run ended')
  return state
}

/**
 * Puts one person into all their existing chats, or takes them out after an unlink, from what the registry remembers:
 * one or two requests, in the lane of waiting people. An adult who comes to a pupils' chat as its first adult lets the
 * pupils in who waited for one.
 */
export async function syncPerson(engine: Engine, organisationId: string, personId: string, signal?: AbortSignal): Promise<RunState> {
  const actor = await engine.messenger.actor()
  const prepared = await inOrganisation(engine.db, organisationId, async (tx) => {
    const { desired, registered, links } = await readWishes(tx, engine, organisationId)
    const wanted = new Map(desired.map((chat) => [chat.key, chat]))
    const theirs = registered.filter((chat) => chat.state === 'live' && concerns(chat, wanted.get(chat.key)?.members ?? [], personId))
    const keys = new Set(theirs.map((chat) => chat.key))
    // Somebody who left by themselves and links again wants to be back.
    const forgiving = theirs.map((chat) => ({ ...chat, members: chat.members.map((member) => forgetLeft(member, personId)) }))
    const plan = derivePlan(
      planInput(
        engine,
        desired.filter((chat) => keys.has(chat.key)),
        forgiving,
        links,
        (chat) => rememberedSeen(chat, actor),
      ),
    )
    const limited = limitToPerson(plan, theirs, personId)
    const about = rememberOnly(plan, personId, limited)
    if (limited.length === 0) {
      await recordObservation(tx, organisationId, about)
      return null
    }
    const { runId } = await openRun(tx, {
      organisationId,
      messenger: engine.messenger.name,
      scope: 'person',
      scopeId: personId,
      fingerprint: null,
      approved: [],
      requestedBy: personId,
    })
    await beginRun(tx, { id: runId, organisationId, messenger: engine.messenger.name }, about, limited)
    return runId
  })
  if (prepared === null) return 'done'
  const run: RunRef = { id: prepared, organisationId }
  const state = await withRunLock(engine.db, run.id, async () => {
    const failure = await applyRun(engine, run, 'person', signal)
    return finish(engine, run, failure ? { state: 'failed', failure } : { state: 'finished' })
  })
  return state ?? 'running'
}

const concerns = (chat: RegisteredChat, members: readonly { personId: string }[], personId: string): boolean =>
  members.some((member) => member.personId === personId) || chat.members.some((member) => member.personId === personId)

const forgetLeft = (member: RegisteredChat['members'][number], personId: string): RegisteredChat['members'][number] =>
  member.personId === personId && (member.state === 'left' || member.state === 'failed') ? { ...member, state: 'planned' } : member

/** Only this person's steps; and, where they are an adult inside, the pupils who waited for one. */
function limitToPerson(plan: Plan, registered: readonly RegisteredChat[], personId: string): ReturnType<typeof releaseSteps> {
  const before = new Map(registered.map((chat) => [chat.key, chat]))
  return plan.chats.flatMap((chat) => {
    const untried = new Set(
      (before.get(chat.key)?.members ?? []).filter((member) => member.state !== 'failed').map((member) => member.personId),
    )
    const mine = (step: Step) => 'personId' in step && step.personId === personId
    const letsPupilsIn =
      chat.steps.some((step) => mine(step) && step.kind === 'add-member' && step.isSchoolAdult) ||
      chat.memberships.some((member) => member.personId === personId && member.state === 'member' && member.role !== 'STUDENT')
    const steps = chat.steps.filter((step) => mine(step) || (letsPupilsIn && isPupilComingIn(step, untried)))
    return steps.length > 0 ? [{ chat, steps }] : []
  })
}

/** What the run writes down beforehand: nothing about people whom it does not touch. */
function rememberOnly(plan: Plan, personId: string, limited: ReturnType<typeof releaseSteps>): Plan {
  const touched = new Set([personId])
  for (const { steps } of limited) for (const step of steps) if ('personId' in step) touched.add(step.personId)
  const chats = plan.chats.map((chat) => ({ ...chat, memberships: chat.memberships.filter((member) => touched.has(member.personId)) }))
  return { ...plan, chats }
}

const isPupilComingIn = (step: Step, untried: ReadonlySet<string>): boolean =>
  (step.kind === 'add-member' || step.kind === 'invite-member') && step.role === 'STUDENT' && untried.has(step.personId)

/** Runs that a crash left unfinished: jobs ask for them at the start and every minute. */
export async function listUnfinishedRuns(db: Database): Promise<RunRef[]> {
  const rows = await asSystem(db, (tx) =>
    tx
      .selectFrom('sync_run')
      .select(['id', 'organisation_id'])
      .where('state', 'in', ['queued', 'running'])
      .orderBy('requested_at')
      .execute(),
  )
  return rows.map((row) => ({ id: row.id, organisationId: row.organisation_id }))
}

/**
 * People whose link and memberships disagree: they linked or unlinked while a run was under way, or the job that should
 * have followed was lost with its process. Level, not edge: whoever finds them syncs them.
 */
export async function listLatecomers(db: Database): Promise<{ organisationId: string; personId: string }[]> {
  return asSystem(db, async (tx) => {
    const { rows } = await sql<{ organisationId: string; personId: string }>`
      select distinct member.organisation_id as "organisationId", member.person_id as "personId"
      from chat_member member
      join chat on chat.id = member.chat_id and chat.state = 'live'
      left join link on link.person_id = member.person_id and link.system = chat.messenger
      where (member.state = 'waiting' and link.id is not null)
         or (member.state in ('member', 'invited') and link.id is null)`.execute(tx)
    return rows
  })
}

/**
 * One process at a time works on a run. The lock belongs to a database connection, so a killed process gives it back
 * by dying.
 */
function withRunLock<T>(db: Database, runId: string, work: () => Promise<T>): Promise<T | null> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(hashtextextended(${runId}, 0)) as locked`.execute(
      connection,
    )
    if (!rows[0]?.locked) return null
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${runId}, 0))`.execute(connection)
    }
  })
}
