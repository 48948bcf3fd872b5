/** VK's numbers and texts: errors.json of the public schema 5.199; «+» marks codes known only from dev.vk.com pages or observation. */
export const errorTexts: Record<number, string> = {
  1: 'Unknown error occurred',
  3: 'Unknown method passed',
  5: 'User authorization failed',
  6: 'Too many requests per second',
  7: 'Permission to perform this action is denied',
  8: 'Invalid request',
  9: 'Flood control',
  10: 'Internal server error',
  12: 'Unable to compile code',
  13: 'Runtime error occurred during code invocation',
  14: 'Captcha needed',
  15: 'Access denied',
  27: 'Group authorization failed',
  28: 'Application authorization failed',
  29: 'Rate limit reached',
  36: 'Method execution was interrupted due to timeout',
  100: 'One of the parameters specified was missing or invalid',
  103: 'Out of limits',
  104: 'Not found',
  113: 'Invalid user id',
  901: "Can't send messages for users without permission",
  912: 'This is a chat bot feature, change this status in settings',
  914: 'Message is too long',
  917: "You don't have access to this chat",
  919: "You can't see invite link for this chat",
  922: 'You left this chat',
  925: 'You are not admin of this chat',
  927: 'Chat does not exist',
  931: "You can't change invite link for this chat",
  932: "Your community can't interact with this peer",
  935: 'User not found in chat',
  936: 'Contact not found',
  939: 'Message request already sent',
  945: 'Chat was disabled',
  946: 'Chat not supported',
  947: "Can't add user to chat, because user has no access to group",
  981: "You can't add this user to chat due to their privacy settings", // + text is a guess
  982: 'Adding users is temporarily forbidden', // + text is a guess
  983: 'You are restricted in this chat', // + text is a guess
  984: 'Spam restriction', // + text is a guess
  995: 'Messenger is degraded', // + text is a guess
  1012: 'Writing is disabled for this chat',
  1017: 'Chat was deleted', // + text is a guess
  1051: 'Method is not available for this profile type', // + not in the schema; text as observed in public code
  2000: 'Servers number limit is reached',
}

export class VkError extends Error {
  readonly code: number
  readonly subcode: number | undefined

  constructor(code: number, detail?: string, options: { subcode?: number; replaceText?: boolean } = {}) {
    const text = errorTexts[code] ?? 'Error'
    super(detail === undefined ? text : options.replaceText ? detail : `${text}: ${detail}`)
    this.code = code
    this.subcode = options.subcode
  }
}
