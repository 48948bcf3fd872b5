import { sql } from 'kysely'
import type { RunState } from '#contract/kinds.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import type { RunRef } from './apply.ts'
import type { Engine } from './engine.ts'
import { beginRun, openRun } from './journal.ts'
import type { RegisteredChat } from './known.ts'
import { derivePlan, type Membership, type Plan, type releaseSteps, type Step } from './plan.ts'
import { planInput, readWishes, rememberedSeen } from './prepare.ts'
import { recordMemberships } from './registry-rows.ts'
import { carryOut } from './run.ts'

/**
 * Puts one person into all their existing chats, or takes them out after an unlink, from what the registry remembers:
 * one or two requests, in the lane of waiting people. An adult who comes to a pupils' chat as its first adult lets the
 * pupils in who waited for one.
 */
export async function syncPerson(
  engine: Engine,
  { organisationId, personId, requestedBy = null }: { organisationId: string; personId: string; requestedBy?: string | null },
  signal?: AbortSignal,
): Promise<RunState> {
  const actor = await engine.messenger.actor()
  const prepared = await inOrganisation(engine.db, organisationId, async (tx) => {
    // A run may be settling this very person: what is read here stays true until it is written.
    await sql`select from chat_member where person_id = ${personId}::uuid order by chat_id for update`.execute(tx)
    const wishes = await readWishes(tx, engine, organisationId)
    const { desired, registered } = wishes
    const wanted = new Map(desired.map((chat) => [chat.key, chat]))
    const theirs = registered.filter(
      (chat) => chat.state === 'live' && chat.managed && concerns(chat, wanted.get(chat.key)?.members ?? [], personId),
    )
    const keys = new Set(theirs.map((chat) => chat.key))
    // Somebody who left by themselves and then linked again wants to be back.
    const since = await listChatsBeforeLink(tx, personId)
    const forgiving = theirs.map((chat) =>
      since.has(chat.id) ? { ...chat, members: chat.members.map((member) => forgetLeft(member, personId)) } : chat,
    )
    const about = { ...wishes, desired: desired.filter((chat) => keys.has(chat.key)), registered: forgiving }
    const plan = derivePlan(planInput(engine, about, (chat) => rememberedSeen(chat, actor), { only: keys }))
    const limited = limitToPerson(plan, theirs, personId)
    const remembered = rememberOnly(plan, personId, limited, theirs)
    if (limited.length === 0) {
      const ids = new Map(remembered.chats.map((chat) => [chat.key, chat.chatId ?? '']))
      await recordMemberships(tx, organisationId, remembered.chats, ids)
      return null
    }
    const { runId } = await openRun(tx, {
      organisationId,
      messenger: engine.messenger.name,
      scope: 'person',
      scopeId: personId,
      cause: requestedBy === null ? 'link' : 'single',
      fingerprint: null,
      approved: [],
      requestedBy,
    })
    await beginRun(tx, { id: runId, organisationId, messenger: engine.messenger.name }, remembered, limited, {
      looked: false,
      counts: countSteps(limited),
    })
    return runId
  })
  if (prepared === null) return 'done'
  const run: RunRef = { id: prepared, organisationId }
  return (await carryOut(engine, run, 'person', signal)) ?? 'running'
}

/** Chats whose last news of this person is older than the person's link. */
async function listChatsBeforeLink(tx: Db, personId: string): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('chat_member')
    .innerJoin('chat', 'chat.id', 'chat_member.chat_id')
    .innerJoin('link', (join) => join.onRef('link.person_id', '=', 'chat_member.person_id').onRef('link.system', '=', 'chat.messenger'))
    .select('chat_member.chat_id')
    .where('chat_member.person_id', '=', personId)
    .whereRef('link.linked_at', '>', 'chat_member.changed_at')
    .execute()
  return new Set(rows.map((row) => row.chat_id))
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
function rememberOnly(plan: Plan, personId: string, limited: ReturnType<typeof releaseSteps>, theirs: readonly RegisteredChat[]): Plan {
  const touched = new Set([personId])
  for (const { steps } of limited) for (const step of steps) if ('personId' in step) touched.add(step.personId)
  const before = new Map(theirs.map((chat) => [chat.key, chat.members.find((member) => member.personId === personId)?.account ?? null]))
  const keepOld = (key: string, member: Membership): Membership => {
    const old = member.personId === personId ? (before.get(key) ?? null) : null
    // Nobody looked: the account that they had may be inside, whatever we remember. The next look decides.
    return old === null || old === member.account || member.formers.includes(old)
      ? member
      : { ...member, formers: [...member.formers, old] }
  }
  const chats = plan.chats.map((chat) => ({
    ...chat,
    memberships: chat.memberships.filter((member) => touched.has(member.personId)).map((member) => keepOld(chat.key, member)),
  }))
  return { ...plan, chats }
}

const isPupilComingIn = (step: Step, untried: ReadonlySet<string>): boolean =>
  (step.kind === 'add-member' || step.kind === 'invite-member') && step.role === 'STUDENT' && untried.has(step.personId)

/** What a person's run says about itself in the journal. */
function countSteps(limited: ReturnType<typeof releaseSteps>) {
  const steps = limited.flatMap((chat) => chat.steps)
  const count = (kind: Step['kind']) => steps.filter((step) => step.kind === kind).length
  return { add: count('add-member'), invite: count('invite-member'), remove: count('remove-member') }
}
