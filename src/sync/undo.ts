import { type Db, inOrganisation } from '#db/database.ts'
import type { AccountId, Lane } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { keyOf, readAccounts } from './known.ts'
import { observeChats, type Seen } from './observe.ts'
import { type ChatPlan, type MemberChange, type Plan, planOf, type Step } from './plan.ts'

type DoneStep = { chatId: string; step: Step }
type ChatRow = Awaited<ReturnType<typeof readChats>>[number]

/**
 * The inverse of what a finished run did, compared with the messenger as it is now: who was taken out comes back, who was
 * put in goes, titles are as before. A chat that the run made stays, empty: it may hold what people wrote.
 * The plan is read before it runs, so the brake does not hold it; that pupils are never alone holds all the same.
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function planUndo(engine: Engine, organisationId: string, runId: string, lane: Lane): Promise<Plan> {
  const { done, chats, links } = await inOrganisation(engine.db, organisationId, async (tx) => {
    const steps = await readDone(tx, runId)
    return {
      done: Map.groupBy(steps, (row) => row.chatId),
      chats: await readChats(tx, [...new Set(steps.map((row) => row.chatId))]),
      links: await readAccounts(tx, organisationId, engine.messenger.name),
    }
  })
  const actor = await engine.messenger.actor()
  const live = chats.filter((chat) => chat.state === 'live' && chat.actor === actor && chat.managed)
  const seen = await observeChats(
    engine.messenger,
    live.flatMap((chat) => chat.external_id ?? []),
    { lane, school: organisationId },
  )
  return planOf(
    live.map((chat) =>
      invert(
        chat,
        (done.get(chat.id) ?? []).map(({ step }) => step),
        seen.get(chat.external_id ?? ''),
        links,
        engine,
      ),
    ),
  )
}

function invert(
  chat: ChatRow,
  done: readonly Step[],
  seen: Seen | undefined,
  links: ReadonlyMap<string, AccountId>,
  engine: Engine,
): ChatPlan {
  const key = keyOf(chat)
  const plan: ChatPlan = {
    key,
    kind: chat.kind,
    chatId: chat.id,
    title: chat.title,
    classId: chat.class_id,
    subgroupId: chat.subgroup_id,
    subjectId: chat.subject_id,
    steps: [],
    held: [],
    waiting: [],
    memberships: [],
    strangers: 0,
    drift: [],
    inside: 0,
    // What was seen is not compared with the register here, so nothing is concluded from it.
    seen: seen?.state === 'present' ? 'unmanaged' : 'unread',
  }
  if (seen?.state !== 'present') return plan
  for (const step of done) {
    const inverse = inverseOf(step, key, seen, links, engine)
    if (inverse) plan.steps.push(inverse)
  }
  return plan
}

function inverseOf(
  step: Step,
  key: string,
  seen: Extract<Seen, { state: 'present' }>,
  links: ReadonlyMap<string, AccountId>,
  { messenger }: Engine,
): Step | null {
  switch (step.kind) {
    case 'rename-chat':
      return seen.title === step.to ? { kind: 'rename-chat', key, from: step.to, to: step.from } : null
    case 'add-member':
      if (!seen.accounts.has(step.account)) return null
      return { ...changeOf(step, key), kind: 'remove-member', becomes: 'removed', approved: true }
    case 'remove-member':
      // Somebody who has unlinked, or linked another account since, does not want the old one back.
      if (seen.accounts.has(step.account) || links.get(step.personId) !== step.account) return null
      return { ...changeOf(step, key), kind: messenger.capabilities.add === 'direct' ? 'add-member' : 'invite-member' }
    // An invitation that nobody took up needs no taking back; a chat that was made stays; strangers and notices too.
    case 'create-chat':
    case 'invite-member':
    case 'remove-stranger':
    case 'send-notice':
      return null
  }
}

const changeOf = ({ personId, account, role, isSchoolAdult }: MemberChange, key: string): MemberChange => ({
  key,
  personId,
  account,
  role,
  isSchoolAdult,
  reason: { code: 'undo', of: null },
})

async function readDone(tx: Db, runId: string): Promise<DoneStep[]> {
  const rows = await tx
    .selectFrom('sync_step')
    .select(['chat_id', 'step'])
    .where('run_id', '=', runId)
    .where('state', '=', 'done')
    .orderBy('seq')
    .execute()
  // Written by beginRun in this form.
  return rows.map((row) => ({ chatId: row.chat_id, step: row.step as Step }))
}

async function readChats(tx: Db, ids: readonly string[]) {
  if (ids.length === 0) return []
  return tx
    .selectFrom('chat')
    .select(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id', 'title', 'state', 'actor', 'external_id', 'managed'])
    .where('id', 'in', ids)
    .execute()
}
