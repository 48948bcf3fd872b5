import { listMembers as listMembersOf, writeMembersXlsx } from '#chats/members.ts'
import { listMyChats as listChatsOf, refreshMyChats as refreshChatsOf } from '#chats/my-chats.ts'
import { listChats as listChatsPage, listChatFilters as listFilters, readChat as readChatDetails } from '#chats/registry.ts'
import { renameChat as renameChatTo } from '#chats/rename.ts'
import {
  exportMembers,
  listChatFilters,
  listChats,
  listMembers,
  listMyChats,
  readChat,
  refreshMyChats,
  renameChat,
} from '#contract/chats.ts'
import { audit } from '#db/audit.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import { enqueuePersonSync } from '#jobs/enqueue.ts'
import { todayIn } from '#register/calendar.ts'
import { readOrganisation } from '#register/organisations.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export function chatRoutes(app: App, { db, clock, engine }: Rooms): void {
  const todayOf = async (tx: Db, organisationId: string) => todayIn((await readOrganisation(tx, organisationId)).timeZone, clock.now())

  app.openapi(listChats, async (c) => {
    const org = c.get('organisationId')
    const query = c.req.valid('query')
    return c.json(await inOrganisation(db, org, async (tx) => listChatsPage(tx, org, query, await todayOf(tx, org))), 200)
  })

  app.openapi(listChatFilters, async (c) => {
    const org = c.get('organisationId')
    return c.json(await inOrganisation(db, org, async (tx) => listFilters(tx, org, await todayOf(tx, org))), 200)
  })

  const details = async (org: string, chatId: string) => {
    const chat = await inOrganisation(db, org, async (tx) => readChatDetails(tx, chatId, await todayOf(tx, org)))
    if (chat === null) throw new Refusal('not-found')
    return chat
  }

  app.openapi(readChat, async (c) => c.json(await details(c.get('organisationId'), c.req.valid('param').chat), 200))

  app.openapi(renameChat, async (c) => {
    const org = c.get('organisationId')
    const { chat } = c.req.valid('param')
    const { title } = c.req.valid('json')
    if (!engine) throw new Refusal('link-not-configured')
    const entry = { organisationId: org, actorPersonId: c.get('identity').personId, action: 'rename-chat', subjectId: chat }
    const renamed = await renameChatTo(engine, org, chat, title, (tx) => audit(tx, entry))
    if (!renamed.ok) {
      const { code, ...why } = renamed.refusal
      throw new Refusal(code, why)
    }
    return c.json(await details(org, chat), 200)
  })

  app.openapi(listMembers, async (c) => {
    const { chat } = c.req.valid('param')
    await details(c.get('organisationId'), chat)
    const rows = await inOrganisation(db, c.get('organisationId'), (tx) => listMembersOf(tx, chat, c.req.valid('query')))
    return c.json({ rows }, 200)
  })

  app.openapi(exportMembers, async (c) => {
    const { chat } = c.req.valid('param')
    const { title } = await details(c.get('organisationId'), chat)
    const rows = await inOrganisation(db, c.get('organisationId'), (tx) => listMembersOf(tx, chat, c.req.valid('query')))
    const file = await writeMembersXlsx(rows)
    const name = encodeURIComponent(`${title.replace(/[\\/:*?"<>|]/g, ' ')}.xlsx`)
    return new Response(new Uint8Array(file), {
      headers: { 'content-type': xlsxType, 'content-disposition': `attachment; filename="members.xlsx"; filename*=UTF-8''${name}` },
    })
  })

  app.openapi(listMyChats, async (c) => {
    const { organisationId, personId } = c.get('identity')
    return c.json(await inOrganisation(db, organisationId, async (tx) => listChatsOf(tx, personId, await todayOf(tx, organisationId))), 200)
  })

  app.openapi(refreshMyChats, async (c) => {
    const { organisationId, personId } = c.get('identity')
    // An adult who came in opens the chat for the pupils who waited for one.
    if (engine && (await refreshChatsOf(engine, organisationId, personId))) await enqueuePersonSync(db, { organisationId, personId })
    return c.json(await inOrganisation(db, organisationId, async (tx) => listChatsOf(tx, personId, await todayOf(tx, organisationId))), 200)
  })
}
