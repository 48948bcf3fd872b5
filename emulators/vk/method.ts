import type { TokenKind } from '../core/calls.ts'
import type { Emulator } from '../core/emulator.ts'
import { VkError } from './errors.ts'
import type { ChatWorld } from './history.ts'
import type { Params } from './params.ts'

/** Whose key it is. `person` = an ordinary VK ID token: it proves who somebody is and can do nothing with chats. */
export type Actor = { kind: Exclude<TokenKind, 'none'>; id: number; rights: string[]; token: string }

/** `lists` is the world as the list methods see it: the present, unless the fault `stale-lists` strikes. */
export type MethodCall = { em: Emulator; actor: Actor; p: Params; version: string; lists: ChatWorld }

export type Method = {
  /** `access_token_type` of the schema. */
  tokens: ('user' | 'community' | 'service')[]
  /** Open to an ordinary VK ID token too. */
  person?: boolean
  /** The right a token must carry. */
  right?: string
  run: (call: MethodCall) => unknown
}

/** Which number VK answers to the wrong kind of key is observed for 27, 28 and 1051 and a guess for 15. */
export function checkAccess(method: Method, actor: Actor): void {
  if (actor.kind === 'person') {
    if (!method.person) throw new VkError(1051, 'method is unavailable with current profile type')
    return
  }
  if (!method.tokens.includes(actor.kind)) {
    if (actor.kind === 'community') throw new VkError(27, 'method is unavailable with group auth.')
    if (actor.kind === 'service') throw new VkError(28, 'method is unavailable with service token.')
    throw new VkError(15, 'method is unavailable with user auth.', { subcode: 1133 })
  }
  if (method.right && actor.kind !== 'service' && !actor.rights.includes(method.right))
    throw new VkError(15, `no access to call this method. It is necessary to be given the right: ${method.right}`, { subcode: 1133 })
}
