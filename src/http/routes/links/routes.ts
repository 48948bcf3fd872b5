import { sql } from 'kysely'
import type { LinkRow } from '#contract/links.ts'
import { listChatsAffectedByUnlink, listMyLinks, startSferumLink, unlinkSferum } from '#contract/links.ts'
import { inOrganisation } from '#db/database.ts'
import { type Identity, readIdentity } from '#identity/identity.ts'
import { finishLink, listLinks, startLink, unlink } from '#links/links.ts'
import { readCallback } from '#links/vkid.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export const callbackPath = '/links/sferum/callback'

export function linkRoutes(app: App, rooms: Rooms): void {
  const { db, links, log } = rooms

  app.openapi(listMyLinks, async (c) => c.json({ rows: await listRows(rooms, c.get('identity')) }, 200))

  app.openapi(startSferumLink, async (c) => {
    if (!links) throw new Refusal('link-not-configured')
    return c.json(await startLink(db, links, c.get('identity')), 200)
  })

  app.openapi(unlinkSferum, async (c) => {
    if (!links) throw new Refusal('link-not-configured')
    const gone = await unlink(db, links, c.get('identity'))
    if (!gone) throw new Refusal('not-linked')
    return c.json({ rows: await listRows(rooms, c.get('identity')) }, 200)
  })

  app.openapi(listChatsAffectedByUnlink, async (c) => {
    const { personId, organisationId } = c.get('identity')
    const chats = await inOrganisation(db, organisationId, (tx) =>
      tx
        .selectFrom('chat_member')
        .innerJoin('chat', 'chat.id', 'chat_member.chat_id')
        .select('chat.title')
        .where('chat_member.person_id', '=', personId)
        .where('chat.messenger', '=', 'sferum')
        .where('chat_member.state', 'in', ['member', 'invited'])
        .orderBy(sql`chat.title collate ru_numeric`)
        .execute(),
    )
    return c.json({ chats }, 200)
  })

  // Where the vendor sends the browser back to: a page, not part of the API. Whoever comes without the session that began is turned away.
  app.get(callbackPath, async (c) => {
    const identity = await readIdentity(db, rooms.auth, c.req.raw.headers)
    const { outcome, vendorCode } = links
      ? await finishLink(db, links, identity, readCallback(new URL(c.req.url).searchParams))
      : { outcome: 'bad-state' as const }
    log.info({ request: c.get('requestId'), person: identity?.personId, outcome, vendorCode }, 'link attempt ended')
    return c.redirect(outcome === 'linked' ? '/?systems=open&linked=sferum' : `/links/result?system=sferum&outcome=${outcome}`, 303)
  })
}

async function listRows({ db, links }: Rooms, identity: Identity): Promise<LinkRow[]> {
  const own = (await listLinks(db, identity)).find((link) => link.system === 'sferum')
  return [
    { number: 1, system: 'teams', title: 'Microsoft Teams', state: 'not-configured' },
    own
      ? { number: 2, system: 'sferum', title: 'Сферум', state: 'linked', externalId: own.externalId, linkedAt: own.linkedAt.toISOString() }
      : { number: 2, system: 'sferum', title: 'Сферум', state: links ? 'not-linked' : 'not-configured' },
  ]
}
