import { createHash } from 'node:crypto'
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi'
import type { LinkOutcome } from '#contract/link-outcomes.ts'
import { audit } from '#db/audit.ts'
import { asSystem, type Database, type Db, inOrganisation } from '#db/database.ts'
import type { Clock } from '#lib/clock.ts'
import { authorizeUrl, type Callback, dropToken, fetchUserId, passingErrors, sendCode, type VkIdSettings } from './vkid.ts'

export type LinkChange = { organisationId: string; personId: string; system: 'sferum'; externalId: string; change: 'linked' | 'unlinked' }
/** Runs inside the transaction that changes the link: what it enqueues exists exactly when the change does. */
export type OnLinkChanged = (tx: Db, change: LinkChange) => Promise<void>

export type LinkSettings = { vkid: VkIdSettings; clock: Clock; onLinkChanged: OnLinkChanged }
export type Who = { organisationId: string; personId: string; sessionId: string }

const lifetime = 10 * 60_000
const keptAfterwards = 24 * 60 * 60_000

/** Begins an attempt, bound to this session, and answers where to send the browser. */
export async function startLink(db: Database, settings: LinkSettings, who: Who): Promise<{ url: string }> {
  const state = generateRandomState()
  const codeVerifier = generateRandomCodeVerifier()
  const codeChallenge = await calculatePKCECodeChallenge(codeVerifier)
  const now = settings.clock.now()
  await inOrganisation(db, who.organisationId, async (tx) => {
    await tx
      .deleteFrom('link_attempt')
      .where('person_id', '=', who.personId)
      .where('expires_at', '<', new Date(now - keptAfterwards))
      .execute()
    await tx
      .insertInto('link_attempt')
      .values({
        state_hash: hash(state),
        organisation_id: who.organisationId,
        person_id: who.personId,
        session_id: who.sessionId,
        system: 'sferum',
        code_verifier: codeVerifier,
        created_at: new Date(now),
        expires_at: new Date(now + lifetime),
      })
      .execute()
  })
  return { url: authorizeUrl(settings.vkid, { state, codeChallenge }) }
}

/** Finishes an attempt with what the vendor sent the browser back with. `who`: the session it came back in, if any. */
export async function finishLink(
  db: Database,
  settings: LinkSettings,
  who: Who | null,
  callback: Callback,
): Promise<{ outcome: LinkOutcome; vendorCode?: string }> {
  if (callback.state === null) return { outcome: 'bad-state' }
  const attempt = await claimAttempt(db, hash(callback.state), settings.clock.now())
  if (attempt === 'bad-state' || attempt === 'replayed') return { outcome: attempt }
  if (who === null || who.sessionId !== attempt.session_id || who.personId !== attempt.person_id) return { outcome: 'other-browser' }
  if (attempt.expires_at.getTime() <= settings.clock.now()) return { outcome: 'expired' }
  if (callback.error !== null) return refusalOf(callback.error)
  if (callback.code === null || callback.deviceId === null) return { outcome: 'vendor-refused', vendorCode: 'no-code' }

  const tokens = await sendCode(settings.vkid, {
    code: callback.code,
    deviceId: callback.deviceId,
    codeVerifier: attempt.code_verifier,
    state: callback.state,
  })
  if (!tokens.ok) return { outcome: tokens.why === 'down' ? 'vendor-down' : 'vendor-refused', vendorCode: tokens.code }
  try {
    const user = await fetchUserId(settings.vkid, tokens.accessToken)
    if (!user.ok) return { outcome: user.why === 'down' ? 'vendor-down' : 'vendor-refused', vendorCode: user.code }
    if (user.userId !== tokens.userId) return { outcome: 'vendor-refused', vendorCode: 'user-id-differs' }
    return { outcome: await saveLink(db, settings, who, user.userId) }
  } finally {
    await dropToken(settings.vkid, tokens.accessToken, callback.deviceId)
  }
}

/** Takes the link away; answers what it was, or null when there was none. */
export function unlink(db: Database, settings: Pick<LinkSettings, 'onLinkChanged'>, who: Who): Promise<{ externalId: string } | null> {
  return inOrganisation(db, who.organisationId, async (tx) => {
    const gone = await tx
      .deleteFrom('link')
      .where('person_id', '=', who.personId)
      .where('system', '=', 'sferum')
      .returning(['id', 'external_id'])
      .executeTakeFirst()
    if (!gone) return null
    await record(tx, settings, who, { linkId: gone.id, externalId: gone.external_id, change: 'unlinked' })
    return { externalId: gone.external_id }
  })
}

export type OwnLink = { system: 'sferum' | 'teams'; externalId: string; linkedAt: Date }

export async function listLinks(db: Database, who: Pick<Who, 'organisationId' | 'personId'>): Promise<OwnLink[]> {
  const rows = await inOrganisation(db, who.organisationId, (tx) =>
    tx.selectFrom('link').select(['system', 'external_id', 'linked_at']).where('person_id', '=', who.personId).execute(),
  )
  return rows.map((row) => ({ system: row.system, externalId: row.external_id, linkedAt: row.linked_at }))
}

// Committed before anything is sent: of two ways back with the same state only one goes on.
function claimAttempt(db: Database, stateHash: string, now: number) {
  return asSystem(db, async (tx) => {
    const attempt = await tx
      .updateTable('link_attempt')
      .set({ used_at: new Date(now) })
      .where('state_hash', '=', stateHash)
      .where('used_at', 'is', null)
      .returning(['session_id', 'person_id', 'code_verifier', 'expires_at'])
      .executeTakeFirst()
    if (attempt) return attempt
    const used = await tx.selectFrom('link_attempt').select('used_at').where('state_hash', '=', stateHash).executeTakeFirst()
    return used ? 'replayed' : 'bad-state'
  })
}

async function saveLink(db: Database, settings: LinkSettings, who: Who, externalId: string): Promise<LinkOutcome> {
  try {
    return await inOrganisation(db, who.organisationId, async (tx) => {
      const present = await tx
        .selectFrom('link')
        .select('external_id')
        .where('person_id', '=', who.personId)
        .where('system', '=', 'sferum')
        .executeTakeFirst()
      if (present) return present.external_id === externalId ? 'already-linked-to-you' : 'you-have-another-link'
      const { id } = await tx
        .insertInto('link')
        .values({
          organisation_id: who.organisationId,
          person_id: who.personId,
          system: 'sferum',
          external_id: externalId,
          linked_at: new Date(settings.clock.now()),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await record(tx, settings, who, { linkId: id, externalId, change: 'linked' })
      return 'linked'
    })
  } catch (error) {
    // The row that is in the way may belong to another school, which we may not see: the constraint speaks for it.
    const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined
    if (constraint === 'link_one_person_per_external_id') return 'taken'
    if (constraint === 'link_one_per_person_and_system') return 'you-have-another-link'
    throw error
  }
}

async function record(
  tx: Db,
  settings: Pick<LinkSettings, 'onLinkChanged'>,
  who: Who,
  link: { linkId: string; externalId: string; change: 'linked' | 'unlinked' },
): Promise<void> {
  await audit(tx, {
    organisationId: who.organisationId,
    actorPersonId: who.personId,
    action: link.change === 'linked' ? 'link' : 'unlink',
    subjectId: who.personId,
    details: { system: 'sferum', externalId: link.externalId, link: link.linkId },
  })
  await settings.onLinkChanged(tx, {
    organisationId: who.organisationId,
    personId: who.personId,
    system: 'sferum',
    externalId: link.externalId,
    change: link.change,
  })
}

function refusalOf(error: string): { outcome: LinkOutcome; vendorCode: string } {
  // It came by the address line: only what looks like a code goes into the log.
  const vendorCode = /^[a-z_]{1,40}$/.test(error) ? error : 'unreadable'
  if (error === 'access_denied') return { outcome: 'refused', vendorCode }
  return { outcome: passingErrors.includes(error) ? 'vendor-down' : 'vendor-refused', vendorCode }
}

function hash(state: string): string {
  return createHash('sha256').update(state).digest('hex')
}
