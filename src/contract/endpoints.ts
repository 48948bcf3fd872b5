/**
 * Every endpoint of the HTTP API as plain data: shared by the route definitions, the browser and the access test.
 * No zod here: this file is what the browser's bundle carries.
 *
 * access: `public`; `signed-in` (acts on one's own account only); `administrator` (administrator of the school in the
 * path, or operator of the region above it).
 */
export type Access = 'public' | 'signed-in' | 'administrator'
type Endpoint = { method: 'get' | 'post' | 'put' | 'patch' | 'delete'; path: `/api/${string}`; access: Access }

export const endpoints = {
  readHouse: { method: 'get', path: '/api/house', access: 'public' },
  signIn: { method: 'post', path: '/api/auth/sign-in/username', access: 'public' },
  getSession: { method: 'get', path: '/api/auth/get-session', access: 'public' },
  signOut: { method: 'post', path: '/api/auth/sign-out', access: 'public' },
  changePassword: { method: 'post', path: '/api/auth/change-password', access: 'signed-in' },
  readMe: { method: 'get', path: '/api/me', access: 'signed-in' },
  listMyLinks: { method: 'get', path: '/api/me/links', access: 'signed-in' },
  startSferumLink: { method: 'post', path: '/api/me/links/sferum/start', access: 'signed-in' },
  listChatsAffectedByUnlink: { method: 'get', path: '/api/me/links/sferum/chats-affected', access: 'signed-in' },
  unlinkSferum: { method: 'delete', path: '/api/me/links/sferum', access: 'signed-in' },
  listMyChats: { method: 'get', path: '/api/me/chats', access: 'signed-in' },
  refreshMyChats: { method: 'post', path: '/api/me/chats/refresh', access: 'signed-in' },

  listChats: { method: 'get', path: '/api/organisations/{org}/chats', access: 'administrator' },
  listChatFilters: { method: 'get', path: '/api/organisations/{org}/chat-filters', access: 'administrator' },
  readChat: { method: 'get', path: '/api/organisations/{org}/chats/{chat}', access: 'administrator' },
  renameChat: { method: 'patch', path: '/api/organisations/{org}/chats/{chat}', access: 'administrator' },
  listMembers: { method: 'get', path: '/api/organisations/{org}/chats/{chat}/members', access: 'administrator' },
  exportMembers: { method: 'get', path: '/api/organisations/{org}/chats/{chat}/members.xlsx', access: 'administrator' },
  makePlan: { method: 'post', path: '/api/organisations/{org}/plans', access: 'administrator' },
  readPlanChat: { method: 'get', path: '/api/organisations/{org}/plans/{plan}/chat', access: 'administrator' },
  startRun: { method: 'post', path: '/api/organisations/{org}/runs', access: 'administrator' },
  readCurrentRun: { method: 'get', path: '/api/organisations/{org}/runs/current', access: 'administrator' },
  readRun: { method: 'get', path: '/api/organisations/{org}/runs/{run}', access: 'administrator' },
  listRunFailures: { method: 'get', path: '/api/organisations/{org}/runs/{run}/failures', access: 'administrator' },
  listRuns: { method: 'get', path: '/api/organisations/{org}/runs', access: 'administrator' },
  readJournalRun: { method: 'get', path: '/api/organisations/{org}/runs/{run}/journal', access: 'administrator' },
  listRunSteps: { method: 'get', path: '/api/organisations/{org}/runs/{run}/steps', access: 'administrator' },
  exportRunXlsx: { method: 'get', path: '/api/organisations/{org}/runs/{run}/steps.xlsx', access: 'administrator' },
  exportRunCsv: { method: 'get', path: '/api/organisations/{org}/runs/{run}/steps.csv', access: 'administrator' },
  stopRun: { method: 'post', path: '/api/organisations/{org}/runs/{run}/stop', access: 'administrator' },
  resumeRun: { method: 'post', path: '/api/organisations/{org}/runs/{run}/resume', access: 'administrator' },
  retryRun: { method: 'post', path: '/api/organisations/{org}/runs/{run}/retry', access: 'administrator' },
  planUndo: { method: 'post', path: '/api/organisations/{org}/runs/{run}/undo-plan', access: 'administrator' },
  watchRun: { method: 'get', path: '/api/organisations/{org}/runs/{run}/events', access: 'administrator' },
  readMessengerHealth: { method: 'get', path: '/api/organisations/{org}/messenger', access: 'administrator' },
  observeNow: { method: 'post', path: '/api/organisations/{org}/observations', access: 'administrator' },
  syncChat: { method: 'post', path: '/api/organisations/{org}/chats/{chat}/sync', access: 'administrator' },
  syncOnePerson: { method: 'post', path: '/api/organisations/{org}/people/{person}/sync', access: 'administrator' },
  explainMember: { method: 'get', path: '/api/organisations/{org}/chats/{chat}/members/{person}/why', access: 'administrator' },
  manageChat: { method: 'put', path: '/api/organisations/{org}/chats/{chat}/managed', access: 'administrator' },
  listExceptions: { method: 'get', path: '/api/organisations/{org}/chats/{chat}/exceptions', access: 'administrator' },
  saveException: { method: 'post', path: '/api/organisations/{org}/chats/{chat}/exceptions', access: 'administrator' },
  removeException: { method: 'delete', path: '/api/organisations/{org}/chats/{chat}/exceptions/{exception}', access: 'administrator' },
  findPeople: { method: 'get', path: '/api/organisations/{org}/people', access: 'administrator' },
  readChatSettings: { method: 'get', path: '/api/organisations/{org}/chat-settings', access: 'administrator' },
  previewChatSettings: { method: 'post', path: '/api/organisations/{org}/chat-settings/preview', access: 'administrator' },
  saveChatSettings: { method: 'put', path: '/api/organisations/{org}/chat-settings', access: 'administrator' },
  listHeld: { method: 'get', path: '/api/organisations/{org}/held', access: 'administrator' },
  decideHeld: { method: 'post', path: '/api/organisations/{org}/held/decisions', access: 'administrator' },
  listDrift: { method: 'get', path: '/api/organisations/{org}/drift', access: 'administrator' },
  resolveDrift: { method: 'post', path: '/api/organisations/{org}/drift/resolutions', access: 'administrator' },
  listUnknownChats: { method: 'get', path: '/api/organisations/{org}/unknown-chats', access: 'administrator' },
  adoptChat: { method: 'post', path: '/api/organisations/{org}/unknown-chats/adoptions', access: 'administrator' },
  mergeChat: { method: 'post', path: '/api/organisations/{org}/unknown-chats/merges', access: 'administrator' },

  /** VK's Callback API: proved by the secret in its body, not by a session. */
  receiveSferumEvent: { method: 'post', path: '/api/callbacks/sferum', access: 'public' },
} as const satisfies Record<string, Endpoint>
export type EndpointName = keyof typeof endpoints
