import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { asSystem } from '#db/database.ts'
import type { Clock } from '#lib/clock.ts'
import { startVkEmulator, type VkEmulator } from '../../emulators/start.ts'
import { freePort, stopTestServer } from '../support/database.ts'
import { type Cast, createCast, openTestHouse, readJson, type TestHouse, type Visitor } from './support.ts'

after(stopTestServer)

const profile = (userId: number, kind: 'edu' | 'personal') =>
  ({ userId, kind, surname: 'Липова', givenName: 'Вера', patronymic: 'Павловна', gender: 'female', birthDate: '1981-04-12' }) as const
const [vera, other] = [748_838_410, 748_838_411]

type Stage = { at: TestHouse; vk: VkEmulator; cast: Cast; clock: { now: number }; [Symbol.asyncDispose]: () => Promise<void> }

async function openStage(): Promise<Stage> {
  const port = await freePort()
  const vk = await startVkEmulator({
    port: 0,
    recordParams: true,
    seed: {
      clients: [
        {
          clientId: '51000001',
          serviceToken: 'service-key',
          name: 'Электронная школа',
          redirectUris: [`http://localhost:${port}/links/sferum/callback`],
          eduOnly: true,
        },
      ],
      accounts: [
        { login: 'vera', profiles: [profile(310_000_001, 'personal'), profile(vera, 'edu')] },
        { login: 'other', profiles: [profile(other, 'edu')] },
      ],
      communities: [],
      serviceUsers: [],
    },
  })
  const clock = { now: Date.now() }
  const ours: Clock = { now: () => clock.now, sleep: async () => {} }
  const at = await openTestHouse({ PORT: String(port), VKID_URL: vk.url, VKID_SERVICE_TOKEN: 'service-key' }, { clock: ours })
  const cast = await createCast(at.db)
  return {
    at,
    vk,
    cast,
    clock,
    [Symbol.asyncDispose]: async () => {
      await at[Symbol.asyncDispose]()
      await vk.close()
    },
  }
}

async function signedIn({ at }: Stage, login: string): Promise<Visitor> {
  const visitor = at.visitor()
  assert.equal((await visitor.signIn(login)).status, 200)
  return visitor
}

const startAt = async (visitor: Visitor) => readJson<{ url: string }>(await visitor.post('/api/me/links/sferum/start'))

/** What the person does on VK's pages; answers with the address that the browser is sent back to. */
async function decide(url: string, decision: 'allow' | 'refuse', userId = vera): Promise<string> {
  const { origin, search } = new URL(url)
  const answer = await fetch(`${origin}/authorize/consent${search}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user_id: String(userId), decision }),
  })
  return answer.headers.get('location') ?? assert.fail(`no way back: ${answer.status}`)
}

async function comeBack(visitor: Visitor, address: string): Promise<string> {
  const { pathname, search } = new URL(address)
  const answer = await visitor.get(pathname + search)
  assert.equal(answer.status, 303)
  return answer.headers.get('location') ?? ''
}

async function link(visitor: Visitor, userId = vera): Promise<string> {
  const { url } = await startAt(visitor)
  return comeBack(visitor, await decide(url, 'allow', userId))
}

const linked = '/?systems=open&linked=sferum'
const ended = (outcome: string) => `/links/result?system=sferum&outcome=${outcome}`
const rows = (stage: Stage) => asSystem(stage.at.db, (tx) => tx.selectFrom('link').select(['person_id', 'external_id']).execute())
const audit = (stage: Stage) =>
  asSystem(stage.at.db, (tx) => tx.selectFrom('audit_entry').select(['action', 'actor_person_id', 'details']).orderBy('id').execute())
const nobodyLinked = async (stage: Stage) => assert.deepEqual([await rows(stage), await audit(stage)], [[], []])

test('a person links the school profile, sees its number, and takes the link away again', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  assert.deepEqual(await readJson(await visitor.get('/api/me/links')), {
    rows: [
      { number: 1, system: 'teams', title: 'Microsoft Teams', state: 'not-configured' },
      { number: 2, system: 'sferum', title: 'Сферум', state: 'not-linked' },
    ],
  })

  const { url } = await startAt(visitor)
  const asked = new URL(url).searchParams
  assert.equal(asked.get('code_challenge_method'), 's256')
  assert.equal(asked.get('prompt'), 'select_account')
  assert.ok((asked.get('state') ?? '').length >= 32)
  const [attempt] = await asSystem(stage.at.db, (tx) => tx.selectFrom('link_attempt').select(['state_hash', 'session_id']).execute())
  assert.ok(attempt && !url.includes(attempt.state_hash), 'what the database holds does not let one finish')

  assert.equal(await comeBack(visitor, await decide(url, 'allow')), linked)
  const { rows: after } = await readJson<{ rows: { state: string; externalId: string; linkedAt: string }[] }>(
    await visitor.get('/api/me/links'),
  )
  assert.deepEqual(
    [after[1]?.state, after[1]?.externalId, after[1]?.linkedAt],
    ['linked', String(vera), new Date(stage.clock.now).toISOString()],
  )

  const calls = stage.vk.calls().filter((call) => call.method.startsWith('oauth2/'))
  assert.deepEqual(
    calls.map((call) => call.method),
    ['oauth2/auth', 'oauth2/user_info', 'oauth2/revoke', 'oauth2/logout'],
    'the token is dropped at once',
  )
  assert.ok(calls[0]?.params?.device_id)

  assert.equal((await visitor.send('DELETE', '/api/me/links/sferum')).status, 200)
  assert.deepEqual(await rows(stage), [])
  const again = await visitor.send('DELETE', '/api/me/links/sferum')
  assert.deepEqual([again.status, await again.json()], [404, { code: 'not-linked' }])
  assert.deepEqual(
    (await audit(stage)).map((entry) => [entry.action, entry.actor_person_id]),
    [
      ['link', stage.cast.people.teacher],
      ['unlink', stage.cast.people.teacher],
    ],
  )
  assert.doesNotMatch(JSON.stringify(await audit(stage)), /Липова|Учителев/)
})

test('refused consent links nothing', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  const { url } = await startAt(visitor)
  assert.equal(await comeBack(visitor, await decide(url, 'refuse')), ended('refused'))
  await nobodyLinked(stage)
})

test('ten minutes later the attempt has expired', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  const { url } = await startAt(visitor)
  const back = await decide(url, 'allow')
  stage.clock.now += 10 * 60_000
  assert.equal(await comeBack(visitor, back), ended('expired'))
  await nobodyLinked(stage)
})

test('a way back works once; of two at the same time only one goes on', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  const { url } = await startAt(visitor)
  const back = await decide(url, 'allow')
  const outcomes = await Promise.all([comeBack(visitor, back), comeBack(visitor, back), comeBack(visitor, back)])
  assert.deepEqual(outcomes.sort(), [linked, ended('replayed'), ended('replayed')].sort())
  assert.equal(await comeBack(visitor, back), ended('replayed'))
  assert.equal((await rows(stage)).length, 1)
})

test('another browser, another person or nobody at all cannot finish what was begun here', async () => {
  for (const login of ['teacher', 'pupil', null]) {
    await using stage = await openStage()
    const { url } = await startAt(await signedIn(stage, 'teacher'))
    const back = await decide(url, 'allow')
    const elsewhere = login === null ? stage.at.visitor() : await signedIn(stage, login)
    assert.equal(await comeBack(elsewhere, back), ended('other-browser'))
    await nobodyLinked(stage)
  }
})

test('a state that nobody gave out, or none, belongs to no attempt', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  for (const query of [
    '?code=a&device_id=b&state=forged-forged-forged-forged-forged',
    '?code=a',
    '',
    '?payload=%7Bbroken',
    '?payload=%5B1%5D',
  ]) {
    assert.equal(await comeBack(visitor, `http://x/links/sferum/callback${query}`), ended('bad-state'), query)
  }
  await nobodyLinked(stage)
})

test('a profile that belongs to somebody else is taken, also across schools and in a race', async () => {
  await using stage = await openStage()
  assert.equal(await link(await signedIn(stage, 'teacher')), linked)
  assert.equal(await link(await signedIn(stage, 'guardian')), ended('taken'))
  assert.equal(await link(await signedIn(stage, 'stranger')), ended('taken'), 'of another school, which they cannot see')
  assert.deepEqual(await rows(stage), [{ person_id: stage.cast.people.teacher, external_id: String(vera) }])

  const racers = await Promise.all((['pupil', 'guardian', 'operator'] as const).map((login) => signedIn(stage, login)))
  const outcomes = await Promise.all(racers.map((visitor) => link(visitor, other)))
  // Dropping the winner's token takes back all that this account allowed, so a loser may hear a refusal in between.
  assert.equal(outcomes.filter((outcome) => outcome === linked).length, 1, outcomes.join(' '))
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome === linked) continue
    assert.ok([ended('taken'), ended('vendor-refused')].includes(outcome), outcome)
    assert.equal(await link(racers[at] ?? assert.fail(), other), ended('taken'))
  }
  assert.equal((await rows(stage)).length, 2)
  assert.equal((await audit(stage)).length, 2)
})

test('linking twice: the same profile changes nothing, another one has to wait for an unlink', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  assert.equal(await link(visitor), linked)
  assert.equal(await link(visitor), ended('already-linked-to-you'))
  assert.equal(await link(visitor, other), ended('you-have-another-link'))
  assert.deepEqual(await rows(stage), [{ person_id: stage.cast.people.teacher, external_id: String(vera) }])
  assert.equal((await audit(stage)).length, 1)
})

test('the vendor being down, half down or unwilling links nothing', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  for (const [method, effect, outcome] of [
    ['oauth2/auth', { kind: 'offline' }, 'vendor-down'],
    ['oauth2/auth', { kind: 'http', status: 502 }, 'vendor-down'],
    ['oauth2/auth', { kind: 'http', status: 404 }, 'vendor-refused'],
    ['oauth2/auth', { kind: 'lose-reply' }, 'vendor-down'],
    ['oauth2/auth', { kind: 'error', code: 'invalid_grant' }, 'vendor-refused'],
    ['oauth2/auth', { kind: 'error', code: 'server_error' }, 'vendor-down'],
    ['oauth2/user_info', { kind: 'offline' }, 'vendor-down'],
    ['oauth2/user_info', { kind: 'error', code: 'invalid_token' }, 'vendor-refused'],
  ] as const) {
    stage.vk.addFault({ method, times: 1, effect })
    assert.equal(await link(visitor), ended(outcome), `${method} ${JSON.stringify(effect)}`)
  }
  await nobodyLinked(stage)
  for (const withStatus200 of [true, false]) {
    stage.vk.limits.oauthErrorsWithStatus200 = withStatus200
    const { url } = await startAt(visitor)
    const back = new URL(await decide(url, 'allow'))
    back.searchParams.set('device_id', 'another-device')
    assert.equal(await comeBack(visitor, back.href), ended('vendor-refused'), `errors with ${withStatus200 ? 200 : 400}`)
  }
  await nobodyLinked(stage)
})

test('a token that cannot be dropped does not spoil the link', async () => {
  await using stage = await openStage()
  stage.vk.addFault({ method: 'oauth2/revoke', times: 1, effect: { kind: 'offline' } })
  stage.vk.addFault({ method: 'oauth2/logout', times: 1, effect: { kind: 'offline' } })
  assert.equal(await link(await signedIn(stage, 'teacher')), linked)
})

test('the way back in one payload is understood as well', async () => {
  await using stage = await openStage()
  stage.vk.limits.redirectWithPayload = true
  const visitor = await signedIn(stage, 'teacher')
  const refused = await decide((await startAt(visitor)).url, 'refuse')
  assert.ok(new URL(refused).searchParams.has('payload'))
  assert.equal(await comeBack(visitor, refused), ended('refused'))
  assert.equal(await link(visitor), linked)
})

test('a person is told which chats an unlink ends', async () => {
  await using stage = await openStage()
  const visitor = await signedIn(stage, 'teacher')
  await asSystem(stage.at.db, async (tx) => {
    const organisation_id = stage.cast.school
    for (const [title, state, grade] of [
      ['10А', 'member', 10],
      ['9А', 'invited', 9],
      ['8А', 'left', 8],
    ] as const) {
      const { id: class_id } = await tx.insertInto('school_class').values({ organisation_id }).returning('id').executeTakeFirstOrThrow()
      const { id: chat_id } = await tx
        .insertInto('chat')
        .values({
          organisation_id,
          messenger: 'sferum',
          kind: 'CLASS',
          class_id,
          title,
          state: 'live',
          actor: 'a',
          external_id: String(grade),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await tx
        .insertInto('chat_member')
        .values({ organisation_id, chat_id, person_id: stage.cast.people.teacher, role: 'TEACHER', state, external_id: '1' })
        .execute()
    }
  })
  assert.deepEqual(await readJson(await visitor.get('/api/me/links/sferum/chats-affected')), { chats: [{ title: '9А' }, { title: '10А' }] })
})
