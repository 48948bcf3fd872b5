import { type SqlBool, sql } from 'kysely'
import type { DriftItem, DriftQuery, Remedy } from '#contract/drift.ts'
import type { DriftKind } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'
import type { Selection } from './journal.ts'
import { readNames } from './names.ts'

type DriftRow = Omit<DriftItem, 'person' | 'foundAt' | 'closedAt'> & {
  personId: string | null
  role: NonNullable<DriftItem['person']>['role']
  foundAt: Date
  closedAt: Date | null
}

/** The drift inbox, newest first; of a stranger whose account belongs to somebody of the school, also who that is. */
export async function listDrift(tx: Db, organisationId: string, query: DriftQuery) {
  const open = query.state === 'open' ? sql<SqlBool>`drift.state = 'open'` : sql<SqlBool>`drift.state <> 'open'`
  const ours = sql`drift.organisation_id = ${organisationId}::uuid and ${open}`
  const { rows: counted } = await sql<{ kind: DriftKind; found: number }>`
    select kind, count(*) as found from drift where ${ours} group by kind`.execute(tx)
  const { rows } = await sql<DriftRow>`
    select drift.id, drift.kind, drift.chat_id as "chatId", chat.title as "chatTitle", chat.kind as "chatKind",
           coalesce(drift.person_id, link.person_id) as "personId", member.role, drift.account, drift.detail,
           drift.found_at as "foundAt", drift.state, drift.closed_at as "closedAt"
    from drift
    join chat on chat.id = drift.chat_id
    left join chat_member member on member.chat_id = drift.chat_id and member.person_id = drift.person_id
    left join link on drift.kind = 'stranger' and link.external_id = drift.account and link.system = chat.messenger
    where ${ours} ${query.kind ? sql`and drift.kind = ${query.kind}` : sql``}
    order by coalesce(drift.closed_at, drift.found_at) desc, drift.id
    limit ${query.size} offset ${(query.page - 1) * query.size}`.execute(tx)
  const names = await readNames(
    tx,
    rows.flatMap((row) => row.personId ?? []),
  )
  const total = query.kind ? (counted.find((row) => row.kind === query.kind)?.found ?? 0) : counted.reduce((sum, row) => sum + row.found, 0)
  return {
    total,
    page: query.page,
    pages: Math.ceil(total / query.size),
    byKind: Object.fromEntries(counted.map((row) => [row.kind, row.found])),
    rows: rows.map(({ personId, role, foundAt, closedAt, ...row }): DriftItem => {
      const name = personId === null ? undefined : names.get(personId)
      return {
        ...row,
        person: personId !== null && name ? { id: personId, ...name, role } : null,
        foundAt: foundAt.toISOString(),
        closedAt: closedAt?.toISOString() ?? null,
      }
    }),
  }
}

type OpenDrift = { id: string; kind: DriftKind; chat_id: string; person_id: string | null; account: string | null; detail: string | null }

/**
 * Writes down a remedy. accept takes effect here; mend is carried out in the messenger by the run that the returned
 * selection describes.
 * @returns resolved: how many of the items were still open; selection: null when nothing has to be done in the messenger
 */
export async function resolveDrift(
  tx: Db,
  organisationId: string,
  by: string,
  remedy: Remedy,
  ids: readonly string[],
): Promise<{ resolved: number; selection: Selection | null }> {
  const { rows } = await sql<OpenDrift>`
    update drift set state = ${remedy === 'mend' ? 'mended' : 'accepted'}, closed_at = now(), closed_by = ${by}::uuid
    where organisation_id = ${organisationId}::uuid and id = any(${ids}::uuid[]) and state = 'open'
    returning id, kind, chat_id, person_id, account, detail`.execute(tx)
  if (remedy === 'accept') {
    for (const drift of rows) await accept(tx, drift)
    return { resolved: rows.length, selection: null }
  }
  const selection: Required<Pick<Selection, 'chats' | 'strangers'>> = { chats: {}, strangers: {} }
  for (const drift of rows) await mend(tx, drift, selection)
  return { resolved: rows.length, selection: rows.length > 0 ? selection : null }
}

async function accept(tx: Db, drift: OpenDrift): Promise<void> {
  switch (drift.kind) {
    case 'renamed':
      if (drift.detail === null) return
      await tx.updateTable('chat').set({ title: drift.detail, title_by: 'administrator' }).where('id', '=', drift.chat_id).execute()
      return
    case 'chat-gone':
      await tx.updateTable('chat').set({ managed: false }).where('id', '=', drift.chat_id).execute()
      return
    // That it was accepted is all there is to know: the plan leaves these as they are.
    case 'left':
    case 'kicked':
    case 'stranger':
  }
}

async function mend(tx: Db, drift: OpenDrift, { chats, strangers }: Required<Pick<Selection, 'chats' | 'strangers'>>): Promise<void> {
  const { chat_id: chatId, person_id: personId, account } = drift
  switch (drift.kind) {
    case 'renamed':
      if (chats[chatId] !== null) chats[chatId] ??= []
      return
    case 'chat-gone':
      chats[chatId] = null
      return
    case 'stranger':
      if (account !== null) strangers[chatId] = [...(strangers[chatId] ?? []), account]
      return
    case 'left':
    case 'kicked':
      if (personId === null) return
      await tx
        .updateTable('chat_member')
        .set({ state: 'planned', gone_how: null })
        .where('chat_id', '=', chatId)
        .where('person_id', '=', personId)
        .where('state', '=', 'left')
        .execute()
      if (chats[chatId] !== null) chats[chatId] = [...(chats[chatId] ?? []), personId]
  }
}
