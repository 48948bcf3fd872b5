import { asSystem } from '#db/database.ts'
import type { MessengerEvent } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'

/**
 * Writes down what a messenger's event alone can tell (whether somebody left or was taken out), and answers with the
 * chat to look at. Events may come twice, late or out of order: the look that follows decides, not the event.
 * @returns null when no school keeps this chat
 */
export function noteEvent(engine: Engine, event: MessengerEvent): Promise<{ organisationId: string; chatId: string } | null> {
  return asSystem(engine.db, async (tx) => {
    const chat = await tx
      .selectFrom('chat')
      .select(['id', 'organisation_id'])
      .where('messenger', '=', engine.messenger.name)
      .where('actor', '=', event.actor)
      .where('external_id', '=', event.chat)
      .where('state', 'in', ['live', 'gone'])
      .executeTakeFirst()
    if (chat === undefined) return null
    if (event.what === 'left' || event.what === 'kicked') {
      await tx
        .updateTable('chat_member')
        .set({ gone_how: event.what })
        .where('chat_id', '=', chat.id)
        .where('external_id', '=', event.account)
        .where('state', 'in', ['member', 'left', 'invited'])
        .execute()
    }
    return { organisationId: chat.organisation_id, chatId: chat.id }
  })
}
