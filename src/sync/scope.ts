import { inOrganisation } from '#db/database.ts'
import type { AccountId, Lane } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import type { RunScope, Selection } from './journal.ts'
import { keyOf } from './known.ts'
import { planMerge } from './merge.ts'
import { type ChatPlan, type Plan, releaseSteps, type Step } from './plan.ts'
import { preparePlan } from './prepare.ts'
import type { ChatKey } from './rules.ts'
import { planUndo } from './undo.ts'

/** What a run was asked for; as openRun wrote it. */
export type Asked = { scope: RunScope; scopeId: string | null; cause: string; selection: Selection }

/** The plan behind a run of any scope, made of the world as it is now. */
export async function planFor(engine: Engine, organisationId: string, asked: Asked, lane: Lane): Promise<Plan> {
  const { scope, scopeId, selection } = asked
  switch (scope) {
    case 'undo':
      return planUndo(engine, organisationId, scopeId ?? '', lane)
    case 'merge':
      return planMerge(engine, organisationId, selection.merge, lane)
    case 'chat':
    case 'retry': {
      const chosen = new Set([...Object.keys(selection.chats ?? {}), ...Object.keys(selection.strangers ?? {})])
      const keys = await readKeys(engine, organisationId, chosen)
      return preparePlan(engine, organisationId, lane, {
        only: new Set(keys.values()),
        unwanted: unwantedByKey(selection, keys),
        enforceTitles: asked.cause === 'drift',
      })
    }
    case 'person':
    case 'school':
      // Nobody reads the plan of a run that starts by itself: a chat that vanished is reported, not made again.
      return preparePlan(engine, organisationId, lane, { recreate: asked.cause === 'button' })
  }
}

/** The steps that a run of this scope may carry out: a smaller run takes only what it was asked for. */
export function releaseFor(plan: Plan, { scope, selection }: Asked, approved: ReadonlySet<ChatKey>): { chat: ChatPlan; steps: Step[] }[] {
  const released = releaseSteps(plan, approved)
  if (scope !== 'chat' && scope !== 'retry') return released
  return released.flatMap(({ chat, steps }) => {
    const people = chat.chatId === null ? undefined : selection.chats?.[chat.chatId]
    const chosen = people === null ? steps : steps.filter((step) => isChosen(step, people))
    return chosen.length > 0 ? [{ chat, steps: chosen }] : []
  })
}

function isChosen(step: Step, people: readonly string[] | undefined): boolean {
  if (step.kind === 'remove-stranger') return step.byHand
  if ('personId' in step) return people?.includes(step.personId) === true
  return people !== undefined
}

async function readKeys(engine: Engine, organisationId: string, chatIds: ReadonlySet<string>): Promise<Map<string, ChatKey>> {
  if (chatIds.size === 0) return new Map()
  const rows = await inOrganisation(engine.db, organisationId, (tx) =>
    tx
      .selectFrom('chat')
      .select(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id'])
      .where('id', 'in', [...chatIds])
      .where('state', '<>', 'archived')
      .execute(),
  )
  return new Map(rows.map((row) => [row.id, keyOf(row)]))
}

function unwantedByKey({ strangers = {} }: Selection, keys: ReadonlyMap<string, ChatKey>): Map<ChatKey, Set<AccountId>> {
  return new Map(
    Object.entries(strangers).flatMap(([chatId, accounts]) => {
      const key = keys.get(chatId)
      return key === undefined ? [] : [[key, new Set(accounts)] as const]
    }),
  )
}
