import { sql } from 'kysely'
import type { AdoptTarget, UnknownChat } from '#contract/adopt.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import { readWishes } from '#sync/prepare.ts'
import { type MessengerRefusal, refusalOf } from '#sync/refusal.ts'
import { ensureChats } from '#sync/registry-rows.ts'
import type { DesiredChat } from '#sync/rules.ts'
import { isFree, listUnknownChats } from '#sync/unknown-chats.ts'
import { foldTitle, likeness } from './look-alikes.ts'

export type AdoptRefusal = { code: 'not-found' } | { code: 'already-taken' } | MessengerRefusal
type Target = AdoptTarget & { className: string | null; subject: string | null }

/** Chats that the registry does not know, each with what it most likely is. */
export async function listAdoptable(
  engine: Engine,
  organisationId: string,
): Promise<{ ok: true; chats: UnknownChat[]; targets: AdoptTarget[] } | { ok: false; refusal: MessengerRefusal }> {
  try {
    const found = await listUnknownChats(engine, organisationId)
    const targets = await inOrganisation(engine.db, organisationId, (tx) => listTargets(tx, engine, organisationId))
    const chats = found.map((chat) => ({ ...chat, likely: likelyTarget(chat.title, targets) }))
    return { ok: true, chats, targets: targets.map(withoutClass) }
  } catch (error) {
    return { ok: false, refusal: refusalOf(error) }
  }
}

const withoutClass = ({ className: _, subject: __, ...target }: Target): AdoptTarget => target

function likelyTarget(title: string, targets: readonly Target[]): AdoptTarget | null {
  const [best] = targets
    .map((target) => ({ target, likeness: likeness(title, target) }))
    .filter((one) => one.likeness > 0)
    .sort((one, other) => other.likeness - one.likeness)
  return best ? withoutClass(best.target) : null
}

/** Every chat that the rules want, whether it exists or not. */
async function listTargets(tx: Db, engine: Engine, organisationId: string): Promise<Target[]> {
  const { desired, registered } = await readWishes(tx, engine, organisationId)
  const byKey = new Map(registered.map((chat) => [chat.key, chat]))
  const names = await readClassTitles(tx, organisationId)
  const subjects = await tx.selectFrom('subject').select(['id', 'name']).where('organisation_id', '=', organisationId).execute()
  const subjectNames = new Map(subjects.map(({ id, name }) => [id, name]))
  return desired
    .map((chat): Target => {
      const known = byKey.get(chat.key)
      const live = known?.state === 'live' || known?.state === 'creating'
      const className = chat.classId === null ? null : (names.get(chat.classId) ?? null)
      const subject = chat.subjectId === null ? null : (subjectNames.get(chat.subjectId) ?? null)
      return { key: chat.key, chatId: known?.id ?? null, title: known?.title ?? chat.title, kind: chat.kind, live, className, subject }
    })
    .sort((one, other) => foldTitle(one.title).localeCompare(foldTitle(other.title), 'ru', { numeric: true }))
}

async function readClassTitles(tx: Db, organisationId: string): Promise<Map<string, string>> {
  const { rows } = await sql<{ class_id: string; title: string }>`
    select distinct on (name.class_id) name.class_id, name.title
    from class_name name join academic_year year on year.id = name.academic_year_id
    where name.organisation_id = ${organisationId}::uuid order by name.class_id, year.starts_on desc`.execute(tx)
  return new Map(rows.map((row) => [row.class_id, row.title]))
}

/**
 * The messenger's chat becomes the registry's chat of this key. Its title there is kept as an administrator's; who is to
 * come in and who is a stranger the next plan says.
 */
export async function adoptChat(
  engine: Engine,
  organisationId: string,
  { number, key }: { number: string; key: string },
  audit: (tx: Db, chatId: string) => Promise<void>,
): Promise<{ ok: true; chatId: string } | { ok: false; refusal: AdoptRefusal }> {
  try {
    const found = await isFree(engine, organisationId, number)
    if (found === null) return { ok: false, refusal: { code: 'not-found' } }
    const actor = await engine.messenger.actor()
    return await inOrganisation(engine.db, organisationId, async (tx) => {
      const { desired, registered } = await readWishes(tx, engine, organisationId)
      const wanted = desired.find((chat) => chat.key === key)
      const known = registered.find((chat) => chat.key === key)
      if (wanted === undefined) return { ok: false, refusal: { code: 'not-found' } }
      const chatId = known?.id ?? (await rowFor(tx, engine, organisationId, wanted))
      // Only a chat that is nowhere yet: what is being created just now would be a second one.
      const { numUpdatedRows } = await tx
        .updateTable('chat')
        .set({ state: 'live', actor, external_id: number, title: found.title, title_by: 'administrator', adopted_at: sql`now()` })
        .set({ invite_link: null, error_kind: null, vendor_code: null, managed: true })
        .where('id', '=', chatId)
        .where('state', 'in', ['planned', 'failed', 'gone'])
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return { ok: false, refusal: { code: 'already-taken' } }
      await audit(tx, chatId)
      return { ok: true, chatId }
    })
  } catch (error) {
    if (isTaken(error)) return { ok: false, refusal: { code: 'already-taken' } }
    return { ok: false, refusal: refusalOf(error) }
  }
}

async function rowFor(tx: Db, engine: Engine, organisationId: string, wanted: DesiredChat): Promise<string> {
  const plan = { ...wanted, chatId: null, steps: [], held: [], waiting: [], memberships: [], strangers: 0, drift: [], inside: 0 }
  const ids = await ensureChats(tx, organisationId, engine.messenger.name, [{ ...plan, seen: 'new' }])
  return ids.get(wanted.key) ?? ''
}

/** Two administrators took the same chat at the same moment. */
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === 'chat_one_per_external_id'

/**
 * Puts the second chat of a class into the registry as an archive of the first; the run that a merge opens does the rest.
 * @returns the archive's row
 */
export async function openArchive(
  engine: Engine,
  organisationId: string,
  { number, into }: { number: string; into: string },
  then: (tx: Db, archiveId: string) => Promise<void>,
): Promise<{ ok: true } | { ok: false; refusal: AdoptRefusal }> {
  try {
    const found = await isFree(engine, organisationId, number)
    if (found === null) return { ok: false, refusal: { code: 'not-found' } }
    const actor = await engine.messenger.actor()
    return await inOrganisation(engine.db, organisationId, async (tx) => {
      const { rows } = await sql<{ id: string }>`
        insert into chat (organisation_id, messenger, kind, class_id, subgroup_id, subject_id, title, title_by, state, managed,
                          actor, external_id, merged_into)
        select organisation_id, messenger, kind, class_id, subgroup_id, subject_id, ${found.title}, 'administrator', 'archived', false,
               ${actor}, ${number}, id
        from chat where id = ${into}::uuid and state = 'live' and actor = ${actor}
        returning id`.execute(tx)
      const archive = rows[0]
      if (archive === undefined) return { ok: false, refusal: { code: 'not-found' } }
      await then(tx, archive.id)
      return { ok: true }
    })
  } catch (error) {
    if (isTaken(error)) return { ok: false, refusal: { code: 'already-taken' } }
    return { ok: false, refusal: refusalOf(error) }
  }
}

/** «Не вести» and back; false: there is no such chat, or it is an archive. */
export async function setManaged(tx: Db, chatId: string, managed: boolean): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('chat')
    .set({ managed })
    .where('id', '=', chatId)
    .where('state', '<>', 'archived')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
