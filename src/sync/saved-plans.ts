import type { Plan as PlanAnswer, PlanChat, PlanPerson } from '#contract/plans.ts'
import type { Db } from '#db/database.ts'
import { inOrganisation } from '#db/database.ts'
import type { Engine } from './engine.ts'
import { type Name, readNames } from './names.ts'
import type { ChatPlan, Plan, Step } from './plan.ts'
import { preparePlan } from './prepare.ts'
import { type MessengerRefusal, refusalOf } from './refusal.ts'
import { recordObservation } from './registry-rows.ts'
import { planUndo } from './undo.ts'

/** ё beside е, 10А after 9А. */
const inRussian = new Intl.Collator('ru', { numeric: true })
const keptForMs = 24 * 3_600_000

/**
 * Plans for an administrator to read before anything changes: observes, derives, keeps the plan for its details, and
 * writes down what was seen. Nothing is sent to the messenger.
 * Refuses when the messenger could not be read.
 */
export async function makePlan(
  engine: Engine,
  organisationId: string,
  madeBy: string,
): Promise<{ ok: true; plan: PlanAnswer } | { ok: false; refusal: MessengerRefusal }> {
  try {
    const plan = await preparePlan(engine, organisationId, 'run')
    return { ok: true, plan: await savePlan(engine, organisationId, madeBy, plan) }
  } catch (error) {
    return { ok: false, refusal: refusalOf(error) }
  }
}

/**
 * The inverse of a run, to be read like any plan. Nothing is sent to the messenger.
 * Refuses when the messenger could not be read.
 */
export async function makeUndoPlan(
  engine: Engine,
  organisationId: string,
  madeBy: string,
  runId: string,
): Promise<{ ok: true; plan: PlanAnswer } | { ok: false; refusal: MessengerRefusal }> {
  try {
    const plan = await planUndo(engine, organisationId, runId, 'run')
    return { ok: true, plan: await savePlan(engine, organisationId, madeBy, plan, runId) }
  } catch (error) {
    return { ok: false, refusal: refusalOf(error) }
  }
}

function savePlan(engine: Engine, organisationId: string, madeBy: string, plan: Plan, undoOf: string | null = null): Promise<PlanAnswer> {
  return inOrganisation(engine.db, organisationId, async (tx) => {
    if (undoOf === null) await recordObservation(tx, organisationId, plan)
    await tx
      .deleteFrom('sync_plan')
      .where('organisation_id', '=', organisationId)
      .where('made_at', '<', new Date(engine.clock.now() - keptForMs))
      .execute()
    const chats = plan.chats.filter(isWorthShowing).sort((one, other) => inRussian.compare(one.title, other.title))
    const row = await tx
      .insertInto('sync_plan')
      .values({
        organisation_id: organisationId,
        messenger: engine.messenger.name,
        fingerprint: plan.fingerprint,
        plan: JSON.stringify({ chats: chats.map(withoutMemberships) }),
        made_by: madeBy,
        undo_of: undoOf,
      })
      .returning(['id', 'made_at'])
      .executeTakeFirstOrThrow()
    return describePlan(plan, chats, row.id, row.made_at)
  })
}

export const isWorthShowing = (chat: ChatPlan): boolean => chat.steps.length > 0 || chat.held.length > 0 || chat.waiting.length > 0
const withoutMemberships = ({ memberships: _, ...chat }: ChatPlan): SavedChat => chat
type SavedChat = Omit<ChatPlan, 'memberships'>

function describePlan(plan: Plan, chats: readonly ChatPlan[], id: string, madeAt: Date): PlanAnswer {
  return {
    id,
    fingerprint: plan.fingerprint,
    madeAt: madeAt.toISOString(),
    empty: plan.chats.every((chat) => chat.steps.length === 0 && chat.held.length === 0),
    counts: plan.counts,
    chats: chats.map(describeChat),
  }
}

export function describeChat(chat: ChatPlan): PlanChat {
  const count = (kind: Step['kind']) => chat.steps.filter((step) => step.kind === kind).length
  const rename = chat.steps.find((step) => step.kind === 'rename-chat')
  return {
    key: chat.key,
    title: chat.title,
    kind: chat.kind,
    create: count('create-chat') > 0,
    renameFrom: rename?.from ?? null,
    add: count('add-member'),
    invite: count('invite-member'),
    remove: count('remove-member'),
    waiting: chat.waiting.length,
    held: chat.held.map(({ reason, count: held, of, approvable }) => ({ reason, count: held, of, approvable })),
  }
}

/**
 * Everybody with a change in one chat of a saved plan, with the reason, in Russian order of names.
 * @returns null when there is no such plan (any more) or no such chat in it
 */
export async function readPlanChat(tx: Db, planId: string, key: string): Promise<PlanPerson[] | null> {
  const row = await tx.selectFrom('sync_plan').select('plan').where('id', '=', planId).executeTakeFirst()
  // Written by makePlan in this form and by nobody else.
  const chat = (row?.plan as { chats: SavedChat[] } | undefined)?.chats.find((saved) => saved.key === key)
  if (chat === undefined) return null
  const changes = new Map<string, Omit<PlanPerson, 'surname' | 'givenName' | 'patronymic'>>()
  const note = (step: Step, held: boolean) => {
    if (!('personId' in step)) return
    const { personId, role, reason } = step
    changes.set(personId, { personId, role, change: changeOf(step.kind, held), reason: reason.code, of: reason.of })
  }
  for (const { personId, role, reason } of chat.waiting) {
    changes.set(personId, { personId, role, change: 'waiting', reason: reason.code, of: reason.of })
  }
  for (const step of chat.steps) note(step, false)
  for (const held of chat.held) for (const step of held.steps) note(step, true)
  return withNames(tx, [...changes.values()])
}

function changeOf(kind: 'add-member' | 'invite-member' | 'remove-member', held: boolean): PlanPerson['change'] {
  if (kind === 'remove-member') return held ? 'held-remove' : 'remove'
  if (held) return 'held-add'
  return kind === 'add-member' ? 'add' : 'invite'
}

async function withNames<Row extends { personId: string }>(tx: Db, rows: Row[]): Promise<(Row & Name)[]> {
  const names = await readNames(
    tx,
    rows.map((row) => row.personId),
  )
  return rows
    .flatMap((row) => {
      const name = names.get(row.personId)
      return name ? [{ ...row, ...name }] : []
    })
    .sort((one, other) => inRussian.compare(one.surname, other.surname) || inRussian.compare(one.givenName, other.givenName))
}
