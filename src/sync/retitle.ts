import { type ChatNumber, MessengerError, type Operation, type Outcome, titleProblem } from '#messengers/messenger.ts'
import type { Engine } from './engine.ts'
import { type MessengerRefusal, refusalOf } from './refusal.ts'

export type TitleRefusal = { code: 'bad-title'; reason: 'empty' | 'too-long' | 'forbidden-characters'; longest: number }

/** Why the messenger would not take this title, or null. */
export function refuseTitle({ messenger }: Engine, title: string): TitleRefusal | null {
  const reason = titleProblem(title, messenger.capabilities)
  return reason && { code: 'bad-title', reason, longest: messenger.capabilities.title.longest }
}

/** Gives a chat its title in the messenger, before everything else that waits for the rate. null: it has it. */
export async function retitle(
  engine: Engine,
  chat: { organisationId: string; actor: string | null; number: ChatNumber },
  title: string,
): Promise<MessengerRefusal | null> {
  try {
    // Another account's number means another chat to this one.
    if ((await engine.messenger.actor()) !== chat.actor) return { code: 'messenger-refused', kind: 'forbidden', vendorCode: null }
    const outcome = await askOne(engine, chat.organisationId, { kind: 'rename-chat', chat: chat.number, title })
    return outcome.ok ? null : refusalOf(outcome.error)
  } catch (error) {
    const refusal = refusalOf(error)
    // The reply was lost: the messenger may have the new title already. Look, and believe what it shows.
    const unknown = error instanceof MessengerError && error.applied === 'unknown'
    return unknown && (await hasTitle(engine, chat, title)) ? null : refusal
  }
}

async function hasTitle(engine: Engine, chat: { organisationId: string; number: ChatNumber }, title: string): Promise<boolean> {
  try {
    const outcome = await askOne(engine, chat.organisationId, { kind: 'read-chats', chats: [chat.number] })
    return outcome.ok && outcome.answer.kind === 'chats' && outcome.answer.chats.some((chat) => chat.title === title)
  } catch (error) {
    if (error instanceof MessengerError) return false
    throw error
  }
}

async function askOne(engine: Engine, school: string, operation: Operation): Promise<Outcome> {
  const [outcome] = await engine.messenger.perform([operation], { lane: 'person', school })
  return outcome ?? { ok: false, error: new MessengerError('unavailable', 'The operation was left unanswered', { applied: 'unknown' }) }
}
