/**
 * Every number and every uncertain behaviour of the vendor, in one place, so that a test can ask "what if it is the other way round".
 * They can be changed while running: `POST /_emulator/settings`.
 */
export type Limits = {
  /** Calls per second of a user or service key, and of a community key: VK's own text, quoted in vksdk api.go. */
  userCallsPerSecond: number
  communityCallsPerSecond: number
  /** https://dev.vk.com/ru/execute: at most 25 API calls in one script. */
  executeCalls: number
  /** Guess: VK documents no longest title; clients keep to about 120 characters. */
  titleLength: number
  /** Guess: public guides name 500 for ordinary chats, newer clients allow 1000 and more. */
  chatMembers: number
  /** Guess: one production client sends at most 450 `user_ids` to createChat. */
  createChatUsers: number
  /** `expires_in` of the VK ID redirect; usual lifetime, guess. */
  codeSeconds: number
  /** id.vk.com "tokens/access-token": one hour. */
  accessTokenSeconds: number
  /** Guess: 180 days; other sources say a year. */
  refreshTokenSeconds: number
  /** Three independent VK ID clients look for `error` in answers with status 200. `false`: status 400. */
  oauthErrorsWithStatus200: boolean
  /** Second observed form of the redirect: one parameter `payload` with JSON instead of separate ones. */
  redirectWithPayload: boolean
  /** Guess: chats of a school let every member change the title. `false`: only the owner and administrators. */
  membersMayRename: boolean
  /** Guess from use: somebody who left cannot be put back by others, only come back by themselves. */
  leaversMayBeAddedBack: boolean
  /** Guess: VK may refuse the link to somebody who was taken out of the chat. `true` is the lenient reading. */
  removedMayJoinByLink: boolean
  /** Guess: VK names no pause before an event is sent again; each is twice as long as the one before. */
  callbackRetryMs: number
  /** Guess: after so many tries an event, or the confirmation, is given up. */
  callbackAttempts: number
  /** Guess: how long VK waits for the answer. */
  callbackTimeoutMs: number
  /** The share of events (0 to 1) that come twice under one `event_id`, which the schema warns of: "if it passed twice or more". */
  callbackDuplicates: number
  /** `true`: events of one server overtake one another. VK promises no order. */
  callbackShuffle: boolean
  /** What chance grows from: faults with a `share`, repeated events, shuffled events. */
  seed: number
}

export const defaultLimits: Limits = {
  userCallsPerSecond: 3,
  communityCallsPerSecond: 20,
  executeCalls: 25,
  titleLength: 120,
  chatMembers: 1000,
  createChatUsers: 450,
  codeSeconds: 600,
  accessTokenSeconds: 3600,
  refreshTokenSeconds: 180 * 24 * 3600,
  oauthErrorsWithStatus200: true,
  redirectWithPayload: false,
  membersMayRename: true,
  leaversMayBeAddedBack: false,
  removedMayJoinByLink: true,
  callbackRetryMs: 1000,
  callbackAttempts: 5,
  callbackTimeoutMs: 5000,
  callbackDuplicates: 0,
  callbackShuffle: false,
  seed: 1,
}
