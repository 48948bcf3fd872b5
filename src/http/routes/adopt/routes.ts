import { adoptChat, listAdoptable, openArchive, setManaged } from '#chats/adopt.ts'
import { findPeople, listExceptions, removeException, saveException } from '#chats/exceptions.ts'
import {
  adoptChat as adoptRoute,
  findPeople as findRoute,
  listExceptions as listExceptionsRoute,
  listUnknownChats,
  manageChat,
  mergeChat,
  removeException as removeRoute,
  saveException as saveRoute,
} from '#contract/adopt.ts'
import { audit } from '#db/audit.ts'
import { type Db, inOrganisation } from '#db/database.ts'
import { enqueueRun } from '#jobs/enqueue.ts'
import { todayIn } from '#register/calendar.ts'
import { readOrganisation } from '#register/organisations.ts'
import { requestMerge } from '#sync/requests.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function adoptRoutes(app: App, { db, engine, clock }: Rooms): void {
  const connected = () => {
    if (!engine) throw new Refusal('link-not-configured')
    return engine
  }
  const refused = ({ code, ...why }: Extract<Awaited<ReturnType<typeof adoptChat>>, { ok: false }>['refusal']) => new Refusal(code, why)
  const todayOf = async (tx: Db, organisationId: string) => todayIn((await readOrganisation(tx, organisationId)).timeZone, clock.now())

  app.openapi(listUnknownChats, async (c) => {
    const listed = await listAdoptable(connected(), c.get('organisationId'))
    if (!listed.ok) throw refused(listed.refusal)
    return c.json({ chats: listed.chats, targets: listed.targets }, 200)
  })

  app.openapi(adoptRoute, async (c) => {
    const organisationId = c.get('organisationId')
    const actorPersonId = c.get('identity').personId
    const asked = c.req.valid('json')
    const adopted = await adoptChat(connected(), organisationId, asked, (tx, subjectId) =>
      audit(tx, { organisationId, actorPersonId, action: 'adopt-chat', subjectId, details: { number: asked.number } }),
    )
    if (!adopted.ok) throw refused(adopted.refusal)
    return c.json({ chatId: adopted.chatId }, 200)
  })

  app.openapi(mergeChat, async (c) => {
    const organisationId = c.get('organisationId')
    const actorPersonId = c.get('identity').personId
    const { number, into } = c.req.valid('json')
    let runId = ''
    const opened = await openArchive(connected(), organisationId, { number, into }, async (tx, chatId) => {
      const asker = { organisationId, messenger: 'sferum', requestedBy: actorPersonId } as const
      const requested = await requestMerge(tx, asker, { chatId, into })
      if (!requested.ok) throw new Refusal('run-under-way')
      runId = requested.runId
      await enqueueRun(tx, { organisationId, runId })
      await audit(tx, { organisationId, actorPersonId, action: 'merge-chat', subjectId: into, details: { number, archive: chatId } })
    })
    if (!opened.ok) throw refused(opened.refusal)
    return c.json({ runId }, 202)
  })

  app.openapi(manageChat, async (c) => {
    const organisationId = c.get('organisationId')
    const { chat } = c.req.valid('param')
    const { managed } = c.req.valid('json')
    await inOrganisation(db, organisationId, async (tx) => {
      if (!(await setManaged(tx, chat, managed))) throw new Refusal('not-found')
      const entry = { organisationId, actorPersonId: c.get('identity').personId, subjectId: chat }
      await audit(tx, { ...entry, action: managed ? 'manage-chat' : 'unmanage-chat' })
    })
    return c.json({ managed }, 200)
  })

  app.openapi(listExceptionsRoute, async (c) => {
    const organisationId = c.get('organisationId')
    const { chat } = c.req.valid('param')
    const rows = await inOrganisation(db, organisationId, async (tx) => listExceptions(tx, chat, await todayOf(tx, organisationId)))
    return c.json({ rows }, 200)
  })

  app.openapi(saveRoute, async (c) => {
    const organisationId = c.get('organisationId')
    const madeBy = c.get('identity').personId
    const { chat } = c.req.valid('param')
    const asked = c.req.valid('json')
    const saved = await inOrganisation(db, organisationId, async (tx) => {
      const id = await saveException(tx, organisationId, { ...asked, chatId: chat, madeBy })
      if (id === null) throw new Refusal('not-found')
      const { personId, effect, endsOn } = asked
      await audit(tx, {
        organisationId,
        actorPersonId: madeBy,
        action: 'save-exception',
        subjectId: chat,
        details: { personId, effect, endsOn },
      })
      const [row] = await listExceptions(tx, chat, await todayOf(tx, organisationId), id)
      return row
    })
    if (saved === undefined) throw new Refusal('not-found')
    return c.json(saved, 201)
  })

  app.openapi(removeRoute, async (c) => {
    const organisationId = c.get('organisationId')
    const { chat, exception } = c.req.valid('param')
    await inOrganisation(db, organisationId, async (tx) => {
      const personId = await removeException(tx, chat, exception)
      if (personId === null) throw new Refusal('not-found')
      const entry = { organisationId, actorPersonId: c.get('identity').personId, action: 'remove-exception', subjectId: chat }
      await audit(tx, { ...entry, details: { personId } })
    })
    return c.json({ removed: true as const }, 200)
  })

  app.openapi(findRoute, async (c) => {
    const organisationId = c.get('organisationId')
    const rows = await inOrganisation(db, organisationId, async (tx) =>
      findPeople(tx, organisationId, c.req.valid('query').q, await todayOf(tx, organisationId)),
    )
    return c.json({ rows }, 200)
  })
}
