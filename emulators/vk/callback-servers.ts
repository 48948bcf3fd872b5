import { randomBytes } from 'node:crypto'
import type { Emulator } from '../core/emulator.ts'

/** `groups_callback_server.status` of the schema. Guess: nobody asked yet, asked, confirmed, or given up. */
export type ServerStatus = 'unconfigured' | 'wait' | 'ok' | 'failed'

export type ServerRow = {
  id: number
  group_id: number
  title: string
  url: string
  secret: string
  api_version: string
  /** The one kind of event that is imitated; a server added by API hears nothing until it asks for it (guess). */
  message_new: number
  status: ServerStatus
}

type World = Pick<Emulator, 'store'>
/** Deliveries follow the table as soon as what changed it is committed. */
type Live = Pick<Emulator, 'store' | 'callbacks'>

export const allServers = ({ store }: World) => store.all<ServerRow>('select * from callback_servers order by id')

export const serversOf = ({ store }: World, groupId: number) =>
  store.all<ServerRow>('select * from callback_servers where group_id = ? order by id', groupId)

export const serverOf = ({ store }: World, groupId: number, id: number) =>
  store.get<ServerRow>('select * from callback_servers where group_id = ? and id = ?', groupId, id)

export function addServer({ store }: World, server: Omit<ServerRow, 'id' | 'status' | 'api_version'>): number {
  return store.run(
    `insert into callback_servers (group_id, title, url, secret, api_version, message_new, status)
     values (?, ?, ?, ?, '5.199', ?, 'unconfigured')`,
    server.group_id,
    server.title,
    server.url,
    server.secret,
    server.message_new,
  ).id
}

/** A new address has to confirm itself again. */
export function editServer(em: Live, id: number, to: { title: string; url: string; secret: string }): void {
  em.store.run(
    "update callback_servers set title = ?, url = ?, secret = ?, status = 'unconfigured' where id = ?",
    to.title,
    to.url,
    to.secret,
    id,
  )
  em.store.afterCommit(em.callbacks.refresh)
}

export function deleteServer(em: Live, id: number): void {
  em.store.run('delete from callback_servers where id = ?', id)
  em.store.afterCommit(em.callbacks.refresh)
}

/** What the community's server must answer to the very first request; one per community. */
export function confirmationCode({ store }: World, groupId: number): string {
  const known = store.get<{ code: string }>('select code from callback_codes where group_id = ?', groupId)
  if (known) return known.code
  const code = randomBytes(4).toString('hex')
  store.run('insert into callback_codes (group_id, code) values (?, ?)', groupId, code)
  return code
}

export function setConfirmationCode({ store }: World, groupId: number, code: string): void {
  store.run('insert or replace into callback_codes (group_id, code) values (?, ?)', groupId, code)
}
