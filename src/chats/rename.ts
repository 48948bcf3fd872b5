import { type Db, inOrganisation } from '#db/database.ts'
import type { Engine } from '#sync/engine.ts'
import type { MessengerRefusal } from '#sync/refusal.ts'
import { refuseTitle, retitle, type TitleRefusal } from '#sync/retitle.ts'

export type RenameRefusal = { code: 'not-found' } | TitleRefusal | MessengerRefusal

/**
 * Renames a chat here and in the messenger, or changes neither. From then on the typed title wins over the template.
 * A chat that does not exist in the messenger yet will be created with this title.
 *
 * The row is locked meanwhile, so that two administrators cannot leave the two places with different titles.
 * @param audit writes who did it, in the same transaction
 */
export async function renameChat(
  engine: Engine,
  organisationId: string,
  chatId: string,
  typed: string,
  audit: (tx: Db) => Promise<void>,
): Promise<{ ok: true } | { ok: false; refusal: RenameRefusal }> {
  const title = typed.trim().replace(/\s+/g, ' ')
  const problem = refuseTitle(engine, title)
  if (problem) return { ok: false, refusal: problem }
  return inOrganisation(engine.db, organisationId, async (tx) => {
    const chat = await tx
      .selectFrom('chat')
      .select(['state', 'actor', 'external_id'])
      .where('id', '=', chatId)
      .forUpdate()
      .executeTakeFirst()
    if (chat === undefined) return { ok: false, refusal: { code: 'not-found' } }
    if (chat.state === 'live' && chat.external_id !== null) {
      const refusal = await retitle(engine, { organisationId, actor: chat.actor, number: chat.external_id }, title)
      if (refusal) return { ok: false, refusal }
    }
    await tx.updateTable('chat').set({ title, title_by: 'administrator' }).where('id', '=', chatId).execute()
    await audit(tx)
    return { ok: true }
  })
}
