import * as servers from '../callback-servers.ts'
import { VkError } from '../errors.ts'
import type { Method, MethodCall } from '../method.ts'
import { flag, intList, optionalInt, requiredInt, requiredText } from '../params.ts'

const mostServers = 10 // dev.vk.com callback page
const longestTitle = 14 // schema: groups.addCallbackServer
const longestSecret = 50

export const callbackMethods: Record<string, Method> = {
  'groups.getCallbackConfirmationCode': { tokens: ['user', 'community'], run: getConfirmationCode },
  'groups.addCallbackServer': { tokens: ['user', 'community'], run: addServer },
  'groups.editCallbackServer': { tokens: ['user', 'community'], run: editServer },
  'groups.deleteCallbackServer': { tokens: ['user', 'community'], run: deleteServer },
  'groups.getCallbackServers': { tokens: ['user', 'community'], run: getServers },
  'groups.setCallbackSettings': { tokens: ['user', 'community'], run: setSettings },
}

/** The community whose settings these are. A community key with `manage` governs its own; no user of the seed administers any (guess: 15). */
function ownGroup({ actor, p }: MethodCall): number {
  const groupId = requiredInt(p, 'group_id', { min: 1 })
  if (actor.kind === 'user') throw new VkError(15, 'user should be group editor')
  if (!actor.rights.includes('manage'))
    throw new VkError(15, 'no access to call this method. It is necessary to be given the right: manage', { subcode: 1133 })
  if (groupId !== -actor.id) throw new VkError(15, 'group_id is not the community of this key')
  return groupId
}

function getConfirmationCode(call: MethodCall) {
  return { code: servers.confirmationCode(call.em, ownGroup(call)) }
}

function described({ p }: MethodCall) {
  const url = requiredText(p, 'url')
  const title = requiredText(p, 'title')
  const secret = p.secret_key ?? ''
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new VkError(100, 'url is invalid') // the text is a guess
  if ([...title].length > longestTitle) throw new VkError(100, `title should be less or equal to ${longestTitle} letters`)
  if ([...secret].length > longestSecret) throw new VkError(100, `secret_key should be less or equal to ${longestSecret} letters`)
  return { url, title, secret }
}

function addServer(call: MethodCall) {
  const { em } = call
  const group_id = ownGroup(call)
  const server = described(call)
  if (servers.serversOf(em, group_id).length >= mostServers) throw new VkError(2000)
  const server_id = servers.addServer(em, { group_id, ...server, message_new: 0 })
  em.store.afterCommit(em.callbacks.refresh)
  return { server_id }
}

function known(call: MethodCall, groupId: number): servers.ServerRow {
  const server = servers.serverOf(call.em, groupId, requiredInt(call.p, 'server_id', { min: 0 }))
  if (!server) throw new VkError(104)
  return server
}

function editServer(call: MethodCall) {
  const server = known(call, ownGroup(call))
  servers.editServer(call.em, server.id, described(call))
  return 1
}

function deleteServer(call: MethodCall) {
  servers.deleteServer(call.em, known(call, ownGroup(call)).id)
  return 1
}

function getServers(call: MethodCall) {
  const only = intList(call.p, 'server_ids')
  const found = servers.serversOf(call.em, ownGroup(call)).filter((server) => only.length === 0 || only.includes(server.id))
  return {
    count: found.length,
    // A community key made them, so there is no person to name (guess).
    items: found.map(({ id, title, url, secret, status }) => ({ id, title, creator_id: 0, url, secret_key: secret, status })),
  }
}

/** Of all the kinds of events only `message_new` exists here; a kind that is not mentioned stays as it was. */
function setSettings(call: MethodCall) {
  const { em, p } = call
  const groupId = ownGroup(call)
  // Without `server_id` the community's first server is meant (guess).
  const serverId = optionalInt(p, 'server_id', { min: 0 }) ?? servers.serversOf(em, groupId)[0]?.id
  const server = serverId === undefined ? undefined : servers.serverOf(em, groupId, serverId)
  if (!server) throw new VkError(104)
  const version = p.api_version || server.api_version
  if (!/^5\.\d+$/.test(version)) throw new VkError(100, 'api_version is invalid')
  const hears = p.message_new === undefined ? server.message_new : flag(p, 'message_new') ? 1 : 0
  em.store.run('update callback_servers set api_version = ?, message_new = ? where id = ?', version, hears, server.id)
  em.store.afterCommit(em.callbacks.refresh)
  return 1
}
