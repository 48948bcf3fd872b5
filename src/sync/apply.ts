import { inOrganisation } from '#db/database.ts'
import { type Lane, MessengerError, type Outcome, type Place } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { readUnfinishedSteps, type StepRow } from './journal.ts'
import { findOrphans } from './orphans.ts'
import { type Effects, type Failure, markNotSent, markSent, noEffects, settle } from './settle.ts'
import { ChatWork, failureOf, type Task } from './work.ts'

export type RunRef = { id: string; organisationId: string }

const requestsAtOnce = 4
const attemptsPerTask = 6
const failuresInARow = 4
const longestPauseMs = 15_000
// A request whose reply was lost may still be at work at the vendor; an orphan is looked for after this.
const settleDownMs = 1_000

/**
 * Carries out the unfinished steps of a run: packed, several requests under way, every request on record before it
 * leaves and every answer before the next decision. One broken chat stops nothing else.
 * @param signal stops before the next request and throws its reason; the steps stay as they are for the next attempt
 * @returns null, or why the run as a whole could not go on (its steps stay for finishRun to close)
 */
export async function applyRun(engine: Engine, run: RunRef, lane: Lane, signal?: AbortSignal): Promise<Failure | null> {
  const chats = await loadWork(engine, run)
  if (chats.length === 0) return null
  const driver = new Driver(engine, run, lane, signal)
  try {
    await driver.work(chats)
    return null
  } catch (error) {
    if (error instanceof MessengerError) return failureOf(error)
    throw error
  }
}

async function loadWork(engine: Engine, run: RunRef): Promise<ChatWork[]> {
  const { steps, chats, members } = await inOrganisation(engine.db, run.organisationId, async (tx) => {
    const unfinished = await readUnfinishedSteps(tx, run.id)
    const ids = [...new Set(unfinished.map((row) => row.chatId))]
    return {
      steps: unfinished,
      chats: await tx
        .selectFrom('chat')
        .select(['id', 'kind', 'state', 'actor', 'external_id', 'invite_link'])
        .where('id', 'in', orNobody(ids))
        .execute(),
      members: await tx
        .selectFrom('chat_member')
        .select(['chat_id', 'person_id', 'role'])
        .where('chat_id', 'in', orNobody(ids))
        .where('state', '=', 'member')
        .execute(),
    }
  })
  if (steps.length === 0) return []
  const actor = await engine.messenger.actor()
  const stepsOf = Map.groupBy(steps, (row: StepRow) => row.chatId)
  const membersOf = Map.groupBy(members, (row) => row.chat_id)
  // Another account's number is another chat, full of strangers: steps that were recorded for it stay undone.
  const ours = chats.filter(
    (chat) => chat.external_id === null || chat.actor === actor || stepsOf.get(chat.id)?.some(({ step }) => step.kind === 'create-chat'),
  )
  return ours.map(
    (chat) =>
      new ChatWork(
        {
          id: chat.id,
          kind: chat.kind,
          number: chat.external_id,
          inviteLink: chat.invite_link !== null,
          creating: chat.state === 'creating',
          inside: (membersOf.get(chat.id) ?? []).map((row) => ({ personId: row.person_id, role: row.role })),
        },
        stepsOf.get(chat.id) ?? [],
        engine.messenger,
        actor,
      ),
  )
}

/** An empty `in ()` is not SQL. */
const orNobody = (ids: string[]): string[] => (ids.length > 0 ? ids : ['00000000-0000-0000-0000-000000000000'])

class Driver {
  private readonly engine: Engine
  private readonly run: RunRef
  private readonly place: Place
  private readonly signal: AbortSignal | undefined
  private ready: Task[] = []
  private readonly underWay = new Set<Promise<void>>()
  private failures = 0
  private lastFailureAt = 0
  private broken: { error: unknown } | null = null

  constructor(engine: Engine, run: RunRef, lane: Lane, signal?: AbortSignal) {
    this.engine = engine
    this.run = run
    this.place = { lane, school: run.organisationId }
    this.signal = signal
  }

  async work(chats: readonly ChatWork[]): Promise<void> {
    const unsure = chats.filter((chat) => chat.unsure)
    if (unsure.length > 0) await this.resolve(unsure)
    await this.settleWith((effects) => chats.flatMap((chat) => chat.next(effects)))
    const pack = this.engine.messenger.capabilities.operationsPerRequest
    while ((this.ready.length > 0 || this.underWay.size > 0) && this.broken === null && !this.signal?.aborted) {
      // A request that is not full costs as much of the rate as a full one: send it only when nothing else will come.
      const worthSending = this.ready.length >= pack || (this.underWay.size === 0 && this.ready.length > 0)
      if (worthSending && this.underWay.size < requestsAtOnce) this.start(this.ready.splice(0, pack))
      else await Promise.race(this.underWay)
    }
    // What is under way is settled in any case: its answers are facts.
    await Promise.all(this.underWay)
    if (this.broken !== null) throw this.broken.error
    this.signal?.throwIfAborted()
  }

  private start(tasks: Task[]): void {
    const request: Promise<void> = this.send(tasks)
      .catch((error: unknown) => {
        this.broken ??= { error }
      })
      .finally(() => this.underWay.delete(request))
    this.underWay.add(request)
  }

  private async send(tasks: Task[]): Promise<void> {
    const creating = tasks.filter((task) => task.operation.kind === 'create-chat')
    await this.inTransaction((tx) =>
      markSent(
        tx,
        this.run.id,
        tasks.flatMap((task) => task.seqs),
        creating.map((task) => task.chat.id),
      ),
    )
    let outcomes: Outcome[]
    const startedAt = this.engine.clock.now()
    try {
      outcomes = await this.engine.messenger.perform(
        tasks.map((task) => task.operation),
        this.place,
        this.signal,
      )
    } catch (error) {
      if (this.signal?.aborted && error === this.signal.reason) return this.notSent(tasks, creating)
      if (!(error instanceof MessengerError)) throw error
      return this.requestFailed(tasks, creating, error, startedAt)
    }
    this.failures = 0
    // One call may say that our access is over; the others in its pack were answered all the same, and their answers are facts.
    const refused = outcomes.find((outcome) => !outcome.ok && outcome.error.kind === 'auth-expired')
    await this.settleWith((effects) => tasks.flatMap((task, index) => this.settleOne(task, outcomes[index], effects)), {
      requests: 1,
      calls: tasks.length,
    })
    if (refused && !refused.ok) throw refused.error
  }

  /** Stopped while it waited for the rate: nothing left the house. */
  private notSent(tasks: Task[], creating: Task[]): Promise<void> {
    const seqs = tasks.flatMap((task) => task.seqs)
    const chats = creating.map((task) => task.chat.id)
    return this.inTransaction((tx) => markNotSent(tx, this.run.id, seqs, chats))
  }

  private settleOne(task: Task, outcome: Outcome | undefined, effects: Effects): Task[] {
    const answered = outcome ?? {
      ok: false,
      error: new MessengerError('unavailable', 'An operation was left unanswered', { applied: 'unknown' }),
    }
    if (!answered.ok && answered.error.kind === 'auth-expired') return []
    // The vendor answered this very call with a passing error: it was not carried out, and asking again is safe.
    if (!answered.ok && answered.error.passing && task.attempts + 1 < attemptsPerTask) return [{ ...task, attempts: task.attempts + 1 }]
    return task.settle(answered, effects)
  }

  /** Nothing is known of any of these tasks, or nothing was done: wait, look for what may have been made, try again. */
  private async requestFailed(tasks: Task[], creating: Task[], error: MessengerError, startedAt: number): Promise<void> {
    // Several requests that fall into one outage are one failure.
    if (startedAt >= this.lastFailureAt) this.failures++
    this.lastFailureAt = this.engine.clock.now()
    this.engine.log.warn({ run: this.run.id, kind: error.kind, vendorCode: error.vendorCode, failures: this.failures }, 'request failed')
    if (!error.passing || this.failures >= failuresInARow) throw error
    await this.pause(Math.min(longestPauseMs, 1000 * 2 ** (this.failures - 1)))
    // Stopped meanwhile: whatever is unknown stays so on record, and is looked for when the run goes on.
    if (this.signal?.aborted) return
    const resolved = error.applied === 'unknown' ? await this.resolve(creating.map((task) => task.chat)) : new Set<ChatWork>()
    const again = tasks.filter((task) => task.operation.kind !== 'create-chat' || !resolved.has(task.chat))
    // One operation that breaks every request it is in must not stop the others for ever.
    const given = again.map((task) => ({ ...task, attempts: task.attempts + 1 }))
    this.ready.push(...given.filter((task) => task.attempts < attemptsPerTask))
    const hopeless = given.filter((task) => task.attempts >= attemptsPerTask)
    if (hopeless.length > 0) await this.settleWith((effects) => hopeless.flatMap((task) => task.settle({ ok: false, error }, effects)))
  }

  /** Adopts the orphans of attempts whose outcome is unknown; returns the chats that must not be created again. */
  private async resolve(chats: readonly ChatWork[]): Promise<Set<ChatWork>> {
    if (chats.length === 0) return new Set()
    await this.engine.clock.sleep(settleDownMs)
    const { adopted, ambiguous } = await findOrphans(this.engine, chats, this.place)
    await this.settleWith((effects) =>
      chats.flatMap((chat) => {
        const orphan = adopted.get(chat)
        if (orphan) return chat.adopt(orphan, effects)
        if (ambiguous.has(chat)) return chat.giveUp(effects)
        effects.chats.push({ chatId: chat.id, change: 'not-created' })
        return []
      }),
    )
    return new Set([...adopted.keys(), ...ambiguous])
  }

  private async pause(ms: number): Promise<void> {
    await this.engine.clock.sleep(ms, this.signal).catch((error: unknown) => {
      if (!this.signal?.aborted) throw error
    })
  }

  private async settleWith(change: (effects: Effects) => Task[], traffic = { requests: 0, calls: 0 }): Promise<void> {
    const effects = noEffects()
    const followers = change(effects)
    await this.inTransaction((tx) => settle(tx, this.run.id, effects, traffic))
    this.ready.push(...followers)
  }

  private inTransaction<T>(work: Parameters<typeof inOrganisation<T>>[2]): Promise<T> {
    return inOrganisation(this.engine.db, this.run.organisationId, work)
  }
}
