import { asSystem } from '#db/database.ts'
import { createEngine, makePlan, serviceUser } from '../support/school.ts'
import { type PaperSchool, wantedChats } from './schools.ts'
import type { World } from './world.ts'

/**
 * duplicate: a chat in the messenger that no registry knows; loss: a chat or a member that ought to be there and is not;
 * extra: a member who ought to have gone; title: a wrong title; stuck: a run that did not end; unsettled: something is
 * left to do, or to doubt, after a run that ended well.
 */
export type ViolationKind = 'duplicate' | 'loss' | 'extra' | 'title' | 'stuck' | 'unsettled'
export type Violation = { kind: ViolationKind; what: string }

/** Compares what the messenger holds and what the database says with the schools on paper. Empty: all is well. */
export async function judge(world: World, papers: readonly PaperSchool[]): Promise<Violation[]> {
  const found = await findDuplicates(world)
  for (const paper of papers) found.push(...(await judgeSchool(world, paper)))
  return found
}

async function judgeSchool(world: World, paper: PaperSchool): Promise<Violation[]> {
  const found: Violation[] = []
  const note = (kind: ViolationKind, what: string) => found.push({ kind, what: `${paper.name}: ${what}` })
  const { rows, members, runs } = await readSchool(world, paper.school.org)
  const held = new Map(world.emulator.chats().map((chat) => [chat.numbers[serviceUser.userId], chat]))

  for (const { kind, classId, title, accounts } of wantedChats(paper)) {
    const row = rows.find((one) => one.kind === kind && one.class_id === classId)
    const chat = row?.state === 'live' ? held.get(Number(row.external_id)) : undefined
    if (!row || !chat || chat.deleted) {
      note('loss', `«${title}» is not in the messenger, the registry says ${row?.state ?? 'nothing'}`)
      continue
    }
    if (chat.title !== title) note('title', `«${title}» is called «${chat.title}»`)
    if (row.title !== title) note('unsettled', `«${title}» is called «${row.title}» in the registry`)
    const inside = chat.members.map((member) => member.id).filter((id) => id !== serviceUser.userId)
    // The account, and what the registry makes of its owner in this chat: planned, waiting…
    const describe = (account: number) => {
      const person = paper.school.people.find((one) => one.account === account)
      return `${account} (${members.find((one) => one.chat_id === row.id && one.person_id === person?.id)?.state ?? 'unknown'})`
    }
    const missing = accounts.filter((account) => !inside.includes(account))
    const tooMany = inside.filter((account) => !accounts.includes(account))
    if (missing.length > 0) note('loss', `«${title}» lacks ${missing.map(describe).join(', ')}`)
    if (tooMany.length > 0) note('extra', `«${title}» still holds ${tooMany.map(describe).join(', ')}`)
  }
  for (const row of rows) if (row.state !== 'live') note('unsettled', `«${row.title}» is left as ${row.state}`)
  for (const run of runs) note('stuck', `a ${run.scope} run is left as ${run.state}`)

  // Planning writes down what it sees, so it comes last.
  const plan = await makePlan(createEngine(world.database.db, world.emulator.url), paper.school.org)
  const { create, rename, add, remove, held: stopped } = plan.counts
  if (!plan.empty) note('unsettled', `the next plan has ${JSON.stringify({ create, rename, add, remove, held: stopped })}`)
  return found
}

/** Chats of ours that no registry knows. Each is told once. */
async function findDuplicates(world: World): Promise<Violation[]> {
  const rows = await asSystem(world.database.db, (tx) =>
    tx.selectFrom('chat').select('external_id').where('external_id', 'is not', null).execute(),
  )
  const known = new Set(rows.map((row) => Number(row.external_id)))
  return world.emulator.chats().flatMap((chat) => {
    const number = chat.numbers[serviceUser.userId]
    if (chat.deleted || chat.ownerId !== serviceUser.userId || number === undefined) return []
    if (known.has(number) || world.reported.has(chat.id)) return []
    world.reported.add(chat.id)
    return { kind: 'duplicate' as const, what: `«${chat.title}» (number ${number}, ${chat.members.length - 1} inside) is in no registry` }
  })
}

const readSchool = (world: World, org: string) =>
  asSystem(world.database.db, async (tx) => ({
    rows: await tx
      .selectFrom('chat')
      .select(['id', 'kind', 'class_id', 'title', 'state', 'external_id'])
      .where('organisation_id', '=', org)
      .execute(),
    members: await tx.selectFrom('chat_member').select(['chat_id', 'person_id', 'state']).where('organisation_id', '=', org).execute(),
    runs: await tx
      .selectFrom('sync_run')
      .select(['scope', 'state'])
      .where('organisation_id', '=', org)
      .where('state', 'in', ['queued', 'running'])
      .execute(),
  }))
