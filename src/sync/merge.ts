import { type Db, inOrganisation } from '#db/database.ts'
import type { Lane } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import type { Selection } from './journal.ts'
import { observeChats } from './observe.ts'
import { type Membership, type Plan, planOf, type Step } from './plan.ts'

/** What is written into a chat that has been merged into another. */
const noticeOf = (keptTitle: string): string => `Этот чат объединён с чатом «${keptTitle}». Пишите, пожалуйста, туда.`

/** «Архив: …», cut to what the messenger takes. */
export function archiveTitle(title: string, longest: number): string {
  const named = title.startsWith('Архив: ') ? title : `Архив: ${title}`
  return named.length <= longest ? named : `${named.slice(0, longest - 1).trimEnd()}…`
}

/**
 * The second chat of a class becomes an archive: a notice, another title, and whoever is in the kept chat leaves it,
 * adults last. People who are only in the second one stay there until they have come over.
 * @throws MessengerError or SyncError when the messenger could not be read
 */
export async function planMerge(engine: Engine, organisationId: string, merge: Selection['merge'], lane: Lane): Promise<Plan> {
  if (!merge) return planOf([])
  const { archive, kept, members } = await inOrganisation(engine.db, organisationId, async (tx) => ({
    archive: await readChat(tx, merge.chatId),
    kept: await readChat(tx, merge.into),
    members: await readMembers(tx, merge.into),
  }))
  const actor = await engine.messenger.actor()
  const numbers = [archive, kept].flatMap((chat) => (chat?.actor === actor ? (chat.external_id ?? []) : []))
  const seen = await observeChats(engine.messenger, numbers, { lane, school: organisationId })
  const [old, stays] = [seen.get(archive?.external_id ?? ''), seen.get(kept?.external_id ?? '')]
  if (!archive || !kept || old?.state !== 'present' || stays?.state !== 'present') return planOf([])
  const key = `ARCHIVED:${archive.id}`
  const title = archiveTitle(old.title, engine.messenger.capabilities.title.longest)
  const steps: Step[] = [{ kind: 'send-notice', key, text: noticeOf(stays.title) }]
  if (title !== old.title) steps.push({ kind: 'rename-chat', key, from: old.title, to: title })
  const memberships: Membership[] = []
  for (const { personId, account, role } of members) {
    if (!old.accounts.has(account)) continue
    memberships.push({ personId, role, state: 'member', account, formers: [] })
    if (!stays.accounts.has(account)) continue
    const isSchoolAdult = role === 'TEACHER' || role === 'ADMIN'
    const change = { key, personId, account, role, isSchoolAdult, reason: { code: 'merged', of: stays.title } } as const
    steps.push({ kind: 'remove-member', ...change, becomes: 'removed', approved: true })
  }
  return planOf([
    {
      key,
      kind: archive.kind,
      chatId: archive.id,
      title,
      classId: archive.class_id,
      subgroupId: archive.subgroup_id,
      subjectId: archive.subject_id,
      steps,
      held: [],
      waiting: [],
      memberships,
      strangers: 0,
      drift: [],
      inside: memberships.length,
      seen: 'unmanaged',
    },
  ])
}

const readChat = (tx: Db, id: string) =>
  tx
    .selectFrom('chat')
    .select(['id', 'kind', 'class_id', 'subgroup_id', 'subject_id', 'actor', 'external_id'])
    .where('id', '=', id)
    .executeTakeFirst()

/** Everybody who belongs into the kept chat and has linked, with the account they have now. */
async function readMembers(tx: Db, chatId: string) {
  const rows = await tx
    .selectFrom('chat_member')
    .innerJoin('chat', 'chat.id', 'chat_member.chat_id')
    .innerJoin('link', (join) => join.onRef('link.person_id', '=', 'chat_member.person_id').onRef('link.system', '=', 'chat.messenger'))
    .select(['chat_member.person_id', 'role', 'link.external_id'])
    .where('chat_member.chat_id', '=', chatId)
    .where('chat_member.state', '<>', 'removed')
    .orderBy('chat_member.person_id')
    .execute()
  return rows.map((row) => ({ personId: row.person_id, role: row.role, account: row.external_id }))
}
