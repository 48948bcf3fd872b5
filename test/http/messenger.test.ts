import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { JournalRun, MessengerHealth, Why } from '#contract/runs.ts'
import { asSystem, inOrganisation } from '#db/database.ts'
import { recordSource } from '#register/source.ts'
import { stopTestServer } from '../support/database.ts'
import {
  chatNamed,
  endOf,
  eventually,
  inMessenger,
  inside,
  leaveClass,
  makePlan,
  notFound,
  openEngineHouse,
  openNeighbours,
  personOf,
  read,
  refusal,
  type Scene,
  send,
  synchronise,
  titles,
  why,
} from './engine-house.ts'

after(stopTestServer)

type Office = Pick<Scene, 'administrator' | 'api'>
const health = (office: Office) => read<MessengerHealth>(office, '/messenger')
const observe = (office: Office) => send(office, 'POST', '/observations', {}, 200)
const unavailable = { status: 503, code: 'messenger-unavailable' }

test('a messenger that is well is told so, with when it was looked at and what waits for somebody', async () => {
  await using scene = await openEngineHouse()
  const { house, school } = scene
  const untouched = await health(scene)
  const { state, until, reason, observedAt, nextObservationAt, pausedByUndo, held, drift, source } = untouched
  assert.deepEqual(
    { state, until, reason, observedAt, nextObservationAt },
    { state: 'well', until: null, reason: null, observedAt: null, nextObservationAt: null },
  )
  assert.deepEqual({ pausedByUndo, held, drift, source }, { pausedByUndo: false, held: 0, drift: 0, source: null })
  await synchronise(scene)
  for (const account of [1001, 1003]) await leaveClass(house, personOf(school, account))
  await inMessenger(scene.emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await observe(scene)
  await inOrganisation(house.db, school.org, (tx) => recordSource(tx, school.org, { people: 14, refused: 2 }))
  const now = await health(scene)
  assert.deepEqual([now.held, now.drift, now.source?.state], [4, 1, 'partial'])
  assert.equal(Date.parse(now.nextObservationAt ?? '') - Date.parse(now.observedAt ?? ''), 3_600_000)
})

test('a messenger that does not answer again and again is left alone for a while, and people are told until when', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  emulator.addFault({ method: 'execute', times: 5, effect: { kind: 'http', status: 502 } })
  for (let attempt = 0; attempt < 5; attempt++) assert.deepEqual(await refusal(scene, 'POST', '/observations', {}), unavailable)
  const { state, until, reason } = await health(scene)
  assert.deepEqual([state, reason], ['away', { kind: 'unavailable', vendorCode: 'HTTP 502' }])
  const wait = Date.parse(until ?? '') - Date.now()
  assert.ok(wait > 20_000 && wait <= 31_000, `${wait}`)

  const asked = emulator.calls().length
  assert.deepEqual(await refusal(scene, 'POST', '/observations', {}), unavailable)
  assert.deepEqual(await refusal(scene, 'POST', '/plans', {}), unavailable)
  assert.equal(emulator.calls().length, asked, 'it is not even asked')

  await asSystem(scene.house.db, (tx) => tx.updateTable('rate_budget').set({ open_until: new Date() }).execute())
  await observe(scene)
  assert.equal((await health(scene)).state, 'well')
})

test('an access that is over is told with the vendor’s code, and forgotten once it works again', async () => {
  await using scene = await openEngineHouse()
  scene.emulator.addFault({ method: 'execute', times: 1, effect: { kind: 'error', code: 5 } })
  assert.deepEqual(await refusal(scene, 'POST', '/plans', {}), { status: 409, code: 'messenger-refused' })
  const { state, until, reason } = await health(scene)
  assert.deepEqual({ state, until, reason }, { state: 'refused', until: null, reason: { kind: 'auth-expired', vendorCode: '5' } })
  await makePlan(scene)
  assert.equal((await health(scene)).state, 'well')
})

test('a messenger that complained of a flood is asked more slowly, and people are told', async () => {
  await using scene = await openEngineHouse()
  scene.emulator.addFault({ method: 'execute', times: 1, effect: { kind: 'error', code: 6 } })
  const startedAt = Date.now()
  const asked = makePlan(scene)
  const waiting = await eventually(
    () => health(scene),
    ({ state }) => state === 'waiting',
  )
  assert.ok(Date.parse(waiting.until ?? '') > startedAt)
  await asked
  assert.ok(Date.now() - startedAt >= 900, 'it waited as long as it was told')
  assert.equal((await health(scene)).state, 'slowed')
})

test('one school’s numbers are not another’s', async () => {
  await using scene = await openEngineHouse()
  const neighbours = await openNeighbours(scene)
  await synchronise(scene)
  await inMessenger(scene.emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await observe(scene)
  assert.equal((await health(scene)).drift, 1)
  const theirs = await health(neighbours)
  assert.deepEqual([theirs.drift, theirs.held, theirs.observedAt, theirs.source], [0, 0, null, null])
})

/** 10А has got its class teacher after the chats were made: until then nobody of the class was let in. */
async function openLateTeacherScene(): Promise<Scene> {
  const scene = await openEngineHouse()
  const { house, school } = scene
  const fact = { organisation_id: school.org, person_id: personOf(school, 1007), class_id: school.classIds.get('10А') ?? '' }
  await asSystem(house.db, (tx) => tx.deleteFrom('class_teacher').where('person_id', '=', fact.person_id).execute())
  await synchronise(scene)
  assert.deepEqual(inside(scene.emulator, titles.class10), [], 'pupils wait for an adult')
  await asSystem(house.db, (tx) =>
    tx
      .insertInto('class_teacher')
      .values({ ...fact, starts_on: '2026-09-01' })
      .execute(),
  )
  return scene
}

test('one chat is synchronised alone', async () => {
  await using scene = await openLateTeacherScene()
  const { emulator } = scene
  const chat = await chatNamed(scene, titles.class10)
  const { id } = await send<{ id: string }>(scene, 'POST', `/chats/${chat.id}/sync`, {}, 202)
  assert.equal((await endOf(scene, id)).state, 'done')
  assert.deepEqual(inside(emulator, titles.class10), [1007, 1008, 1010, 1012])
  assert.ok(!inside(emulator, titles.parents10).includes(1007), 'the class’s other chat was not asked for')
  const { run } = await read<{ run: JournalRun }>(scene, `/runs/${id}/journal`)
  assert.deepEqual([run.scope, run.cause, run.about, run.steps.total], ['chat', 'single', titles.class10, 4])
})

test('one person is put into all their chats, and lets the pupils in who waited for them', async () => {
  await using scene = await openLateTeacherScene()
  const { emulator, school } = scene
  const queued = await send<{ queued: true }>(scene, 'POST', `/people/${personOf(school, 1007)}/sync`, {}, 202)
  assert.deepEqual(queued, { queued: true })
  await eventually(
    () => inside(emulator, titles.class10).length,
    (people) => people === 4,
  )
  assert.ok(inside(emulator, titles.parents10).includes(1007))
  const nobody = '00000000-0000-4000-8000-000000000001'
  assert.deepEqual(await refusal(scene, 'POST', `/people/${nobody}/sync`, {}), notFound)
  assert.deepEqual(await refusal(scene, 'POST', `/chats/${nobody}/sync`, {}), notFound)
})

test('«Почему?» tells the rule, the facts, the link, the answers and what happens next', async () => {
  await using scene = await openEngineHouse({ linked: ({ account }) => account !== 1005 })
  const { emulator, house, school } = scene
  emulator.addFault({ method: 'messages.addChatUser', userId: 1012, times: 9, effect: { kind: 'error', code: 981 } })
  await synchronise(scene)
  const [class9, class10, parents9] = await Promise.all(
    [titles.class9, titles.class10, titles.parents9].map((title) => chatNamed(scene, title)),
  )
  assert.ok(class9 && class10 && parents9)
  const ask = (chat: { id: string }, account: number) => why(scene, chat.id, personOf(school, account))
  const gist = ({ state, rule, link: linked, next }: Why) => [state, rule?.code ?? null, linked !== null, next.what]

  const member = await ask(class9, 1001)
  assert.deepEqual(gist(member), ['member', 'pupil-of-class', true, 'nothing'])
  assert.deepEqual([member.person.surname, member.chat.title, member.rule?.of], ['Пробный1001', titles.class9, '9А'])
  assert.deepEqual(member.facts, [{ kind: 'enrolment', of: '9А', startsOn: '2026-09-01', endsOn: null, current: true }])
  assert.deepEqual(
    member.answers.map(({ step, state, failure }) => [step, state, failure]),
    [['add-member', 'done', null]],
  )
  assert.deepEqual(gist(await ask(class9, 1005)), ['waiting', 'pupil-of-class', false, 'wait-for-link'])
  assert.deepEqual(gist(await ask(class9, 1008)), [null, null, true, 'nothing'])
  const guardian = await ask(parents9, 1002)
  assert.deepEqual(
    guardian.facts.map(({ kind, of }) => [kind, of]),
    [['guardianship', 'Пробный1001 Женя 9А']],
  )
  const refused = await ask(class10, 1012)
  assert.deepEqual(gist(refused), ['failed', 'pupil-of-class', true, 'retry-later'])
  assert.deepEqual(refused.answers[0]?.failure, { kind: 'forbidden', vendorCode: '981' })
  const hours = (Date.parse(refused.next.at ?? '') - Date.now()) / 3_600_000
  assert.ok(hours > 23.9 && hours <= 24, `${hours}`)

  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1004 })
  for (const account of [1001, 1003]) await leaveClass(house, personOf(school, account))
  await observe(scene)
  assert.deepEqual(gist(await ask(class9, 1001)), ['member', null, true, 'held'])
  assert.equal((await ask(class9, 1001)).next.hold, 'too-many-removals')
  const past = await ask(class9, 1003)
  assert.deepEqual([past.rule, past.facts, past.answers.length], [null, [], 1])
})

test('«Почему?» of somebody who left respects that; of somebody of another school there is nothing to tell', async () => {
  await using scene = await openEngineHouse()
  const { emulator, school } = scene
  const neighbours = await openNeighbours(scene)
  await synchronise(scene)
  await inMessenger(emulator, titles.parents9, 'leave', { userId: 1004 })
  await observe(scene)
  const { id } = await chatNamed(scene, titles.parents9)
  const left = await why(scene, id, personOf(school, 1004))
  assert.deepEqual([left.state, left.rule?.code, left.next.what], ['left', 'guardian-of-pupil', 'respect-left'])

  const theirs = personOf(neighbours.school, 5001)
  for (const [office, chat, person] of [
    [scene, id, theirs],
    [neighbours, id, personOf(school, 1004)],
    [neighbours, id, theirs],
  ] as const)
    assert.deepEqual(await refusal(office, 'GET', `/chats/${chat}/members/${person}/why`), notFound)
})
