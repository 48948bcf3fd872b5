import { sql } from 'kysely'
import type { HeldChat, HeldPerson } from '#contract/held.ts'
import type { ReasonCode } from '#contract/kinds.ts'
import type { Db } from '#db/database.ts'

type HeldRow = Omit<HeldChat, 'people'> &
  Omit<HeldPerson, 'heldSince' | 'firstApproval' | 'reason' | 'of'> & {
    why: { code: ReasonCode; of: string | null }
    heldOf: number
    heldSince: Date
    firstBy: string | null
    firstAt: Date | null
  }

/** What the brake holds, chat by chat, with names; and what was decided about it. */
export async function listHeld(tx: Db, organisationId: string, viewer: string): Promise<HeldChat[]> {
  const { rows } = await sql<HeldRow>`
    select held.chat_id as "chatId", chat.title, chat.kind, held.reason as hold, held.count, held.of as "heldOf", held.approvable,
           held.person_id as "personId", person.surname, person.given_name as "givenName", person.patronymic, member.role,
           held.why, held.held_since as "heldSince", held.decision, held.first_by as "firstBy", held.first_at as "firstAt"
    from held_removal held
    join chat on chat.id = held.chat_id
    join person on person.id = held.person_id
    join chat_member member on member.chat_id = held.chat_id and member.person_id = held.person_id
    where held.organisation_id = ${organisationId}::uuid
    order by chat.title collate ru_numeric, held.chat_id, held.reason,
             person.surname collate ru_numeric, person.given_name collate ru_numeric, person.id`.execute(tx)
  const chats = new Map<string, HeldChat>()
  for (const row of rows) {
    const key = `${row.chatId} ${row.hold}`
    const { chatId, title, kind, hold, count, approvable } = row
    const chat = chats.get(key) ?? { chatId, title, kind, hold, count, of: row.heldOf, approvable, people: [] }
    chats.set(key, chat)
    chat.people.push({
      personId: row.personId,
      surname: row.surname,
      givenName: row.givenName,
      patronymic: row.patronymic,
      role: row.role,
      reason: row.why.code,
      of: row.why.of,
      heldSince: row.heldSince.toISOString(),
      decision: row.decision,
      firstApproval: row.firstAt === null ? null : { byMe: row.firstBy === viewer, at: row.firstAt.toISOString() },
    })
  }
  return [...chats.values()]
}

export type Decided =
  | { ok: true; decided: { chatId: string; personId: string }[]; awaitSecond: number }
  | { ok: false; refusal: 'same-approver' | 'not-found' }

/**
 * Writes down what an administrator decided about removals that are held. Where two have to approve, the first approval
 * waits for another administrator's.
 * @returns the removals that may be carried out now (approve), or whose decision changed
 */
export async function decideHeld(
  tx: Db,
  organisationId: string,
  by: string,
  asked: { decision: 'approve' | 'reject' | 'reconsider'; people: readonly { chatId: string; personId: string }[] },
  twoApprovers: boolean,
): Promise<Decided> {
  const chosen = sql`
    held.organisation_id = ${organisationId}::uuid and (held.chat_id, held.person_id) in (
      select * from unnest(${asked.people.map((one) => one.chatId)}::uuid[], ${asked.people.map((one) => one.personId)}::uuid[]))`
  const { rows } = await sql<{ chatId: string; personId: string; approvable: boolean; firstBy: string | null; decision: string | null }>`
    select chat_id as "chatId", person_id as "personId", approvable, first_by as "firstBy", decision
    from held_removal held where ${chosen} for update`.execute(tx)
  if (rows.length === 0) return { ok: false, refusal: 'not-found' }
  switch (asked.decision) {
    case 'reject':
      await sql`update held_removal held set decision = 'rejected', decided_by = ${by}::uuid, decided_at = now(), first_by = null, first_at = null
                where ${chosen}`.execute(tx)
      return { ok: true, decided: rows, awaitSecond: 0 }
    case 'reconsider':
      await sql`update held_removal held set decision = null, decided_by = null, decided_at = null, first_by = null, first_at = null
                where ${chosen}`.execute(tx)
      return { ok: true, decided: rows, awaitSecond: 0 }
    case 'approve': {
      const open = rows.filter((row) => row.approvable && row.decision !== 'approved')
      if (open.length > 0 && twoApprovers && open.every((row) => row.firstBy === by)) return { ok: false, refusal: 'same-approver' }
      const first = twoApprovers ? open.filter((row) => row.firstBy === null) : []
      const final = twoApprovers ? open.filter((row) => row.firstBy !== null && row.firstBy !== by) : open
      await mark(tx, first, sql`first_by = ${by}::uuid, first_at = now()`)
      await mark(tx, final, sql`decision = 'approved', decided_by = ${by}::uuid, decided_at = now()`)
      return { ok: true, decided: final, awaitSecond: first.length }
    }
  }
}

async function mark(tx: Db, rows: readonly { chatId: string; personId: string }[], change: ReturnType<typeof sql>): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update held_removal held set ${change}
    from unnest(${rows.map((row) => row.chatId)}::uuid[], ${rows.map((row) => row.personId)}::uuid[]) as chosen (chat_id, person_id)
    where held.chat_id = chosen.chat_id and held.person_id = chosen.person_id`.execute(tx)
}

/**
 * «Да» in the plan's window with chats let through: where two have to approve, that is only the first word, and the
 * removals stay held.
 */
export async function approveFirst(tx: Db, organisationId: string, by: string, keyed: readonly string[]): Promise<void> {
  await sql`
    update held_removal held set first_by = ${by}::uuid, first_at = now()
    from chat
    where chat.id = held.chat_id and held.organisation_id = ${organisationId}::uuid and held.approvable and held.decision is null
      and held.first_by is null
      and case chat.kind when 'TEACHER' then 'TEACHER'
               when 'SUBJECT' then concat('SUBJECT:', chat.class_id, ':', coalesce(chat.subgroup_id::text, '-'), ':', chat.subject_id)
               else concat(chat.kind, ':', chat.class_id) end = any(${keyed}::text[])`.execute(tx)
}
