import { sql } from 'kysely'
import { asSystem, type Database, type Db, inOrganisation } from '#db/database.ts'
import { systemClock } from '#lib/clock.ts'
import { memoryBudget } from '#messengers/governor.ts'
import { createSferum } from '#messengers/sferum/adapter.ts'
import type { Engine } from '#sync/engine.ts'
import { openRun } from '#sync/journal.ts'
import { executeRun } from '#sync/run.ts'
import { makePlan as makePlanOf } from '#sync/saved-plans.ts'
import { startVkEmulator, type VkEmulator, type VkSeed } from '../../emulators/start.ts'

export const serviceUser = { userId: 900, token: 'service-user-token', rights: ['messages'], name: 'Служба' }
export const community = { groupId: 700, token: 'community-token', rights: ['messages', 'manage'], name: 'Школа' }

type ClassSize = { title: string; pupils: number; classTeachers: number; guardiansEach: number }

export type TestSchool = {
  org: string
  /** Every person of the school by role, in the order they were made. */
  people: { id: string; account: number; role: 'teacher' | 'pupil' | 'guardian'; classTitle: string }[]
  classIds: Map<string, string>
  seed: VkSeed
}

/** A school of invented people with consecutive accounts (from `firstAccount`), nobody linked yet. */
export async function createSchool(db: Database, name: string, sizes: ClassSize[], firstAccount = 1000): Promise<TestSchool> {
  return asSystem(db, async (tx) => {
    const org = (await tx.insertInto('organisation').values({ kind: 'school', name }).returning('id').executeTakeFirstOrThrow()).id
    const year = { organisation_id: org, title: '2026/2027', starts_on: '2026-09-01', ends_on: '2027-08-31' }
    const { id: yearId } = await tx.insertInto('academic_year').values(year).returning('id').executeTakeFirstOrThrow()
    const school: TestSchool = {
      org,
      people: [],
      classIds: new Map(),
      seed: { clients: [], accounts: [], communities: [community], serviceUsers: [serviceUser] },
    }
    const fact = { organisation_id: org, starts_on: '2026-09-01' }
    const person = async (role: TestSchool['people'][number]['role'], classTitle: string) => {
      const account = firstAccount + school.people.length
      const names = { surname: `Пробный${account}`, given_name: 'Женя', patronymic: '' }
      const { id } = await tx
        .insertInto('person')
        .values({ organisation_id: org, ...names })
        .returning('id')
        .executeTakeFirstOrThrow()
      school.people.push({ id, account, role, classTitle })
      school.seed.accounts.push({
        login: `a${account}`,
        profiles: [
          {
            userId: account,
            kind: 'edu',
            surname: names.surname,
            givenName: 'Женя',
            patronymic: '',
            gender: 'male',
            birthDate: '2010-01-01',
          },
        ],
      })
      return id
    }
    for (const { title, pupils, classTeachers, guardiansEach } of sizes) {
      const { id: classId } = await tx.insertInto('school_class').values({ organisation_id: org }).returning('id').executeTakeFirstOrThrow()
      school.classIds.set(title, classId)
      const named = { organisation_id: org, class_id: classId, academic_year_id: yearId, title }
      await tx.insertInto('class_name').values(named).execute()
      for (let index = 0; index < classTeachers; index++) {
        const person_id = await person('teacher', title)
        await tx
          .insertInto('staff_post')
          .values({ ...fact, person_id, post: 'учитель' })
          .execute()
        await tx
          .insertInto('class_teacher')
          .values({ ...fact, person_id, class_id: classId })
          .execute()
      }
      for (let index = 0; index < pupils; index++) {
        const person_id = await person('pupil', title)
        await tx
          .insertInto('enrolment')
          .values({ ...fact, person_id, class_id: classId })
          .execute()
        for (let guardian = 0; guardian < guardiansEach; guardian++) {
          const guardian_id = await person('guardian', title)
          await tx
            .insertInto('guardianship')
            .values({ ...fact, pupil_id: person_id, guardian_id })
            .execute()
        }
      }
    }
    return school
  })
}

export async function link(db: Database, school: TestSchool, which: (person: TestSchool['people'][number]) => boolean): Promise<void> {
  const rows = school.people
    .filter(which)
    .map(({ id, account }) => ({ organisation_id: school.org, person_id: id, system: 'sferum' as const, external_id: String(account) }))
  if (rows.length > 0) await asSystem(db, (tx) => tx.insertInto('link').values(rows).execute())
}

export const unlink = (db: Database, personId: string): Promise<unknown> =>
  asSystem(db, (tx) => tx.deleteFrom('link').where('person_id', '=', personId).execute())

/** An hour goes by for every chat: one that is not listed then is gone, and not just late. */
export const ageChats = (db: Database): Promise<unknown> =>
  asSystem(db, (tx) => sql`update chat set made_at = made_at - interval '1 hour'`.execute(tx))

/** The emulator with the school's people; a rate nobody waits for, unless the test is about the rate. */
export const startEmulatorFor = (
  school: Pick<TestSchool, 'seed'>,
  limits: Parameters<typeof startVkEmulator>[0]['limits'] = {},
  recordParams = false,
): Promise<VkEmulator> =>
  startVkEmulator({
    port: 0,
    seed: school.seed,
    recordParams,
    limits: { userCallsPerSecond: 10_000, communityCallsPerSecond: 10_000, ...limits },
  })

export function createEngine(db: Database, url: string, mode: 'direct' | 'invite' = 'direct'): Engine {
  const actor =
    mode === 'direct' ? { mode, token: serviceUser.token } : { mode, token: community.token, groupId: String(community.groupId) }
  // Time enough between requests would be the vendor's law; here the emulator's limit is lifted, and waiting is pointless.
  const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 5), signal) }
  const budget = { ...memoryBudget(clock), claim: async () => ({ granted: 0, waitMs: 0, away: false, troubled: false }) }
  return { db, clock, log: { info: () => {}, warn: () => {} }, messenger: createSferum({ url, actor, budget, clock }) }
}

/** The plan as an administrator would read it; a refusal of the messenger fails the test. */
export async function makePlan(engine: Engine, org: string) {
  const made = await makePlanOf(engine, org, org)
  if (!made.ok) throw new Error(`The messenger refused: ${made.refusal.code}`)
  return made.plan
}

/** What the button does: plan, «Да», run to the end. */
export async function synchronise(engine: Engine, org: string, approved: string[] = []) {
  const plan = await makePlan(engine, org)
  const { runId } = await inOrganisation(engine.db, org, (tx) => openSchoolRun(tx, org, plan.fingerprint, approved))
  const state = await executeRun(engine, { id: runId, organisationId: org })
  return { plan, runId, state }
}

export const openSchoolRun = (tx: Db, organisationId: string, fingerprint: string | null, approved: string[] = []) =>
  openRun(tx, {
    organisationId,
    messenger: 'sferum',
    scope: 'school',
    scopeId: null,
    cause: 'button',
    fingerprint,
    approved,
    requestedBy: null,
  })

/** The messenger's own state: title → accounts inside, without the actor. */
export function chatsByTitle(emulator: VkEmulator): Record<string, number[]> {
  const actors = [serviceUser.userId, -community.groupId]
  return Object.fromEntries(
    emulator.chats().map((chat) => [
      chat.title,
      chat.members
        .map((member) => member.id)
        .filter((id) => !actors.includes(id))
        .sort((a, b) => a - b),
    ]),
  )
}
