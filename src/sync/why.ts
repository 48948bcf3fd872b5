import { sql } from 'kysely'
import type { Why } from '#contract/runs.ts'
import { inOrganisation } from '#db/database.ts'
import { listMembershipFacts } from '#register/facts.ts'
import type { Engine } from './engine.ts'
import { keyOf } from './known.ts'
import { readNames } from './names.ts'
import { type ChatPlan, derivePlan } from './plan.ts'
import { planInput, readWishes, rememberedSeen } from './prepare.ts'

const newestAnswers = 10

/**
 * «Почему?»: everything that decides whether a person is in a chat, from what is on record; the messenger is not asked.
 * null: this organisation has no such chat or person.
 */
export async function explainMember(engine: Engine, organisationId: string, chatId: string, personId: string): Promise<Why | null> {
  const actor = await engine.messenger.actor().catch(() => null)
  return inOrganisation(engine.db, organisationId, async (tx) => {
    const chat = await tx
      .selectFrom('chat')
      .select(['id', 'title', 'kind', 'state', 'managed', 'class_id', 'subgroup_id', 'subject_id'])
      .where('id', '=', chatId)
      .executeTakeFirst()
    const name = (await readNames(tx, [personId])).get(personId)
    if (chat === undefined || name === undefined) return null
    const key = keyOf(chat)
    const wishes = await readWishes(tx, engine, organisationId)
    const desired = wishes.desired.filter((one) => one.key === key)
    const plan = derivePlan(
      planInput(engine, { ...wishes, desired }, (one) => (actor === null ? { state: 'unread' } : rememberedSeen(one, actor)), {
        only: new Set([key]),
      }),
    )
    const member = await tx
      .selectFrom('chat_member')
      .select(['state', 'error_kind', 'changed_at'])
      .where('chat_id', '=', chatId)
      .where('person_id', '=', personId)
      .executeTakeFirst()
    const link = await tx
      .selectFrom('link')
      .select('linked_at')
      .where('person_id', '=', personId)
      .where('system', '=', engine.messenger.name)
      .executeTakeFirst()
    const wanted = desired[0]?.members.find((one) => one.personId === personId)
    return {
      person: { id: personId, ...name },
      chat: { id: chat.id, title: chat.title, kind: chat.kind },
      state: member?.state ?? null,
      rule: wanted ? wanted.reason : null,
      facts: await listMembershipFacts(tx, personId, {
        chatId,
        kind: chat.kind,
        classId: chat.class_id,
        on: new Date(engine.clock.now()),
      }),
      link: link ? { since: link.linked_at.toISOString() } : null,
      answers: await listAnswers(tx, chatId, personId),
      next: nextFor(plan.chats[0], personId, member, chat.state === 'live' && chat.managed),
    }
  })
}

async function listAnswers(tx: Parameters<typeof readNames>[0], chatId: string, personId: string): Promise<Why['answers']> {
  const { rows } = await sql<
    Omit<Why['answers'][number], 'at' | 'failure'> & { at: Date; errorKind: string | null; vendorCode: string | null }
  >`
    select run_id as "runId", finished_at as at, kind as step, state, error_kind as "errorKind", vendor_code as "vendorCode"
    from sync_step where chat_id = ${chatId}::uuid and person_id = ${personId}::uuid and finished_at is not null
    order by finished_at desc limit ${newestAnswers}`.execute(tx)
  return rows.map(({ at, errorKind, vendorCode, ...row }) => ({
    ...row,
    at: at.toISOString(),
    // error_kind is only ever written from a MessengerError.
    failure: errorKind === null ? null : { kind: errorKind as NonNullable<Why['answers'][number]['failure']>['kind'], vendorCode },
  }))
}

const dayMs = 24 * 3_600_000

function nextFor(
  plan: ChatPlan | undefined,
  personId: string,
  member: { state: string; error_kind: string | null; changed_at: Date } | undefined,
  live: boolean,
): Why['next'] {
  const nothing: Why['next'] = { what: 'nothing', hold: null, at: null }
  if (plan === undefined) return nothing
  const mine = plan.steps.find((step) => 'personId' in step && step.personId === personId)
  const held = plan.held.find(({ steps }) => steps.some((step) => 'personId' in step && step.personId === personId))
  const state = plan.memberships.find((one) => one.personId === personId)?.state
  if (held) return { ...nothing, what: 'held', hold: held.reason }
  if (mine?.kind === 'remove-member') return { ...nothing, what: 'remove' }
  if (plan.waiting.some((one) => one.personId === personId)) return { ...nothing, what: 'wait-for-link' }
  if (!live && mine) return { ...nothing, what: 'create-chat-first' }
  if (mine?.kind === 'add-member') return { ...nothing, what: 'add' }
  if (mine?.kind === 'invite-member') return { ...nothing, what: 'invite' }
  if (state === 'left') return { ...nothing, what: 'respect-left' }
  if (state === 'failed' && member)
    return { ...nothing, what: 'retry-later', at: new Date(member.changed_at.getTime() + dayMs).toISOString() }
  return nothing
}
