import { MessengerError, type MessengerErrorKind } from '../messenger.ts'

// Codes: vk-api-schema errors.json (5.199); those marked * only on dev.vk.com method pages or observed by other clients.
const kinds: Record<number, MessengerErrorKind> = {
  1: 'unavailable', // unknown error
  5: 'auth-expired', // user authorisation failed
  6: 'rate-limited', // too many requests a second
  7: 'forbidden', // permission denied
  9: 'rate-limited', // flood control
  10: 'unavailable', // internal server error
  14: 'forbidden', // captcha: a human is wanted, and there is none
  15: 'forbidden', // access denied
  17: 'auth-expired', // validation required
  18: 'rejected', // the account is deleted or banned
  23: 'rejected', // method disabled
  27: 'auth-expired', // community authorisation failed
  28: 'auth-expired', // application authorisation failed
  29: 'rate-limited', // quantity limit reached
  36: 'unavailable', // timeout
  103: 'rejected', // out of limits: the chat is full
  104: 'not-found',
  902: 'forbidden', // privacy
  917: 'forbidden', // no access to this chat
  919: 'forbidden', // may not see the invite link
  925: 'forbidden', // not an administrator of this chat
  927: 'not-found', // the chat does not exist
  931: 'forbidden', // may not change the invite link
  932: 'forbidden', // the community may not interact with this peer
  936: 'rejected', // contact not found
  945: 'forbidden', // the chat is disabled
  946: 'rejected', // the chat is not supported
  947: 'forbidden',
  967: 'forbidden', // * not an employee
  981: 'forbidden', // * privacy forbids adding
  982: 'forbidden', // * adding temporarily forbidden
  983: 'forbidden', // * you are restricted
  984: 'forbidden', // * spam restriction
  995: 'unavailable', // * messenger degradation
  1012: 'forbidden', // the chat is read-only
  1017: 'not-found', // * the chat was deleted
  1051: 'forbidden', // * not available for this profile type
  1117: 'auth-expired', // access token expired
  3609: 'auth-expired',
  3610: 'rejected', // user deactivated
}

// guess: VK names no waiting time. A second is the length of its rate window (vk-api docs: calls «per second»);
// flood control and quantity limits last longer by everybody's experience.
const retryAfterMs: Record<number, number> = { 6: 1000, 9: 30_000, 29: 60_000 }

/**
 * VK's error code as one of the door's kinds; what we do not know is `rejected`: repeating it would not help.
 * @param method for the message in the log; VK's own text is left out of it, it may quote a person's input.
 */
export function fromVkError(code: number, method: string): MessengerError {
  return new MessengerError(kinds[code] ?? 'rejected', `VK answered ${code} to ${method}`, {
    vendorCode: String(code),
    retryAfterMs: retryAfterMs[code] ?? 0,
    // guess: the documented errors of addChatUser have none for «already in the chat»; clients report 15.
    maybeAlreadySo: method === 'messages.addChatUser' && code === 15,
  })
}

/** 935: «user not in chat», the answer to removing somebody who has gone already. */
export const userNotInChat = '935'
