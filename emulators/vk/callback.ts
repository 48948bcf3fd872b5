import { randomBytes } from 'node:crypto'
import type { Emulator } from '../core/emulator.ts'
import { type Delivery, openDelivery } from './callback-delivery.ts'
import { addServer, allServers, confirmationCode, type ServerRow, type ServerStatus, setConfirmationCode } from './callback-servers.ts'
import { type Line, type LineKind, membership, numberFor } from './chats.ts'
import { messageObject } from './lines.ts'

/** A community's Callback API server, as its administrator set it up. Without `confirmation` the community's own code is wanted. */
export type CallbackServer = { groupId: number; url: string; secret: string; confirmation?: string }

export type CallbackState = {
  groupId: number
  serverId: number
  url: string
  status: ServerStatus
  /** Deliveries answered with «ok» (a repeated event counts twice), given up, and still to be made. */
  sent: number
  failed: number
  queued: number
}

export type Callbacks = {
  /** Makes this the community's only server and asks it for the confirmation. It outlives a reset, as the community's key does. */
  set: (server: CallbackServer) => void
  states: () => CallbackState[]
  /** Told of every line of a chat, in the transaction that writes it. */
  onLine: (em: Emulator, chatId: number, line: Line) => void
  /** Follows the table of servers. */
  refresh: () => void
  /** Everything under way is forgotten and the servers of `set` begin again, after the tables were emptied. */
  restart: () => void
  /** Resolves when everything has been delivered or given up. */
  idle: () => Promise<void>
  close: () => Promise<void>
}

/** Actions that change a chat's people or title. */
const told: LineKind[] = ['renamed', 'added', 'joined', 'left', 'removed']

/** client_info of a bot's event: callback_info_for_bots of the schema. */
const clientInfo = { button_actions: ['text', 'open_link', 'callback'], keyboard: true, inline_keyboard: true, carousel: true, lang_id: 0 }

export function openCallbacks(world: Pick<Emulator, 'store' | 'limits'>): Callbacks {
  const { store, limits } = world
  const deliveries = new Map<number, Delivery>()
  const given = new Map<number, CallbackServer>()
  let closed = false

  const open = (server: ServerRow) =>
    openDelivery(server, {
      limits,
      confirmation: () => confirmationCode(world, server.group_id),
      saveStatus: (status) => store.run('update callback_servers set status = ? where id = ?', status, server.id),
      remove: () => {
        store.run('delete from callback_servers where id = ?', server.id)
        refresh()
      },
    })

  const refresh = () => {
    if (closed) return
    const servers = new Map(allServers(world).map((server) => [server.id, server]))
    for (const [id, delivery] of deliveries) {
      if (servers.has(id)) continue
      void delivery.stop()
      deliveries.delete(id)
    }
    for (const server of servers.values()) {
      const known = deliveries.get(server.id)
      // Another address begins anew; what waited for the old one is dropped (guess).
      if (known && server.status !== 'unconfigured') known.server = { ...server, status: known.server.status }
      else {
        void known?.stop()
        deliveries.set(server.id, open(server))
      }
    }
  }

  const put = ({ groupId, url, secret, confirmation }: CallbackServer) => {
    if (confirmation !== undefined) setConfirmationCode(world, groupId, confirmation)
    store.run('delete from callback_servers where group_id = ?', groupId)
    addServer(world, { group_id: groupId, title: 'Сервер', url, secret, message_new: 1 })
  }

  const stopAll = async () => {
    const all = [...deliveries.values()]
    deliveries.clear()
    await Promise.all(all.map((delivery) => delivery.stop()))
  }

  refresh()
  return {
    set: (server) => {
      given.set(server.groupId, server)
      store.transaction(() => {
        put(server)
        store.afterCommit(refresh)
      })
    },
    states: () =>
      [...deliveries.values()].map(({ server, counts }) => ({
        groupId: server.group_id,
        serverId: server.id,
        url: server.url,
        status: server.status,
        ...counts(),
      })),
    onLine: (em, chatId, line) => {
      if (!told.includes(line.kind)) return
      for (const delivery of deliveries.values()) {
        const { group_id, secret, api_version, message_new } = delivery.server
        // Events come only from chats in which the community is; whoever was just taken out is not told of it (guess).
        if (!message_new || membership(em, chatId, -group_id)?.state !== 'in') continue
        const message = {
          ...messageObject(line, -group_id, numberFor(em, -group_id, chatId)),
          random_id: 0,
          attachments: [],
          fwd_messages: [],
          important: false,
          is_hidden: false,
        }
        const event = {
          group_id,
          type: 'message_new',
          event_id: randomBytes(20).toString('hex'),
          v: api_version,
          object: { message, client_info: clientInfo },
          ...(secret === '' ? {} : { secret }),
        }
        store.afterCommit(() => delivery.push(event))
      }
    },
    refresh,
    restart: () => {
      void stopAll()
      for (const server of given.values()) put(server)
      store.afterCommit(refresh)
    },
    idle: async () => {
      for (;;) {
        const working = [...deliveries.values()].map((delivery) => delivery.working()).filter((work) => work !== undefined)
        if (working.length === 0) return
        await Promise.all(working)
      }
    },
    close: async () => {
      closed = true
      await stopAll()
    },
  }
}
