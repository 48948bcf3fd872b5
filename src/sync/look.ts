import type { AccountId, ChatNumber } from '#messengers/messenger.ts'
import { MessengerError } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { observeChats } from './observe.ts'

export type LookedAt = { actor: string | null; number: ChatNumber | null; account: AccountId }

/**
 * Which of these chats the account is in now, asked in the lane of waiting people. When the messenger does not answer,
 * none: the next look will tell.
 */
export async function findWhereInside<Chat extends LookedAt>(engine: Engine, school: string, chats: readonly Chat[]): Promise<Chat[]> {
  try {
    const actor = await engine.messenger.actor()
    const readable = chats.filter((chat) => chat.actor === actor)
    const numbers = readable.flatMap((chat) => chat.number ?? [])
    const seen = await observeChats(engine.messenger, numbers, { lane: 'person', school })
    return readable.filter((chat) => {
      const inside = chat.number === null ? undefined : seen.get(chat.number)
      return inside?.state === 'present' && inside.accounts.has(chat.account)
    })
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    engine.log.warn({ kind: error.kind, vendorCode: error.vendorCode }, 'could not look whether a person came in')
    return []
  }
}
