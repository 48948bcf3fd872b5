import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AdoptTarget, ChatException, UnknownChat } from '#contract/adopt.ts'
import type { ChatDetails } from '#contract/chats.ts'
import type { RunStep } from '#contract/runs.ts'
import { asSystem } from '#db/database.ts'
import { stopTestServer } from '../support/database.ts'
import { chatsByTitle } from '../support/school.ts'
import {
  chatNamed,
  chatThere,
  endOf,
  inMessenger,
  inside,
  makeChatByHand,
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
} from './engine-house.ts'

after(stopTestServer)

type Office = Pick<Scene, 'administrator' | 'api'>
type Listed = { chats: UnknownChat[]; targets: AdoptTarget[] }
const unknown = (office: Office) => read<Listed>(office, '/unknown-chats')
const adopt = (office: Office, number: string, key: string) =>
  send<{ chatId: string }>(office, 'POST', '/unknown-chats/adoptions', { number, key }, 200)
const keyOf = ({ school }: Scene, title: string, kind: 'CLASS' | 'PARENTS' = 'CLASS') => `${kind}:${school.classIds.get(title)}`
const firstGrade = [{ title: '1А', pupils: 2, classTeachers: 1, guardiansEach: 1 }]

test('chats that no registry knows are listed with who is inside and what they most likely are', async () => {
  await using scene = await openEngineHouse({ sizes: firstGrade })
  const { emulator } = scene
  await makeChatByHand(emulator, '1a', [1000, 1001, 5000])
  await makeChatByHand(emulator, 'Родители 1 «А»', [1000, 1002])
  await makeChatByHand(emulator, 'Педсовет', [1000])
  await makeChatByHand(emulator, 'Столовая', [])
  const { chats, targets } = await unknown(scene)
  assert.deepEqual(
    chats.map(({ title, members, known, likely }) => [title, members, known, likely?.key ?? null]).sort(),
    [
      ['1a', 3, 2, keyOf(scene, '1А')],
      ['Педсовет', 1, 1, 'TEACHER'],
      ['Родители 1 «А»', 2, 2, keyOf(scene, '1А', 'PARENTS')],
      ['Столовая', 0, 0, null],
    ].sort(),
  )
  assert.deepEqual(
    targets.map(({ kind, live, chatId }) => [kind, live, chatId]),
    [
      ['TEACHER', false, null],
      ['PARENTS', false, null],
      ['CLASS', false, null],
    ],
  )
})

test('a chat that was taken over keeps its title, and the next synchronisation completes it instead of making another', async () => {
  await using scene = await openEngineHouse({ sizes: firstGrade })
  const { emulator } = scene
  const number = await makeChatByHand(emulator, '1a наш', [1001, 5000])
  const { chatId } = await adopt(scene, number, keyOf(scene, '1А'))
  const chat = await read<ChatDetails>(scene, `/chats/${chatId}`)
  assert.deepEqual([chat.title, chat.titleBy, chat.state, chat.externalId, chat.managed], ['1a наш', 'administrator', 'live', number, true])
  const plan = await makePlan(scene)
  assert.deepEqual([plan.counts.create, plan.counts.strangers, plan.counts.rename], [2, 1, 0])
  assert.equal((await synchronise(scene)).state, 'done')
  assert.deepEqual(inside(emulator, '1a наш'), [1000, 1001, 1003, 5000], 'a stranger is told, never touched')
  assert.equal(emulator.chats().length, 3)
  assert.deepEqual((await unknown(scene)).chats, [])
})

test('what is in a registry already is not taken twice', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  const [number, spare] = [await makeChatByHand(emulator, '9a', [1001]), '77']
  const into = async (asked: object) => refusal(scene, 'POST', '/unknown-chats/adoptions', asked)
  assert.deepEqual(await into({ number, key: keyOf(scene, '9А') }), { status: 409, code: 'already-taken' }, 'the class has a chat')
  const registered = (await read<ChatDetails>(scene, `/chats/${(await chatNamed(scene, titles.class9)).id}`)).externalId
  assert.deepEqual(await into({ number: registered, key: 'TEACHER' }), notFound, 'it is no unknown chat')
  assert.deepEqual(await into({ number: spare, key: keyOf(scene, '9А') }), notFound)
  assert.deepEqual(await into({ number, key: 'CLASS:00000000-0000-4000-8000-000000000001' }), notFound)
  assert.equal((await unknown(scene)).chats.length, 1)
})

test('two administrators who take the same chat at the same moment do not both get it', async () => {
  await using scene = await openEngineHouse({ sizes: firstGrade })
  const number = await makeChatByHand(scene.emulator, 'Общий', [1000])
  const keys = [keyOf(scene, '1А'), keyOf(scene, '1А', 'PARENTS'), 'TEACHER']
  const answers = await Promise.all(
    keys.map((key) => scene.administrator.post(`${scene.api}/unknown-chats/adoptions`, { number, key }).then(({ status }) => status)),
  )
  assert.equal(answers.filter((status) => status === 200).length, 1)
  assert.ok(
    answers.every((status) => status === 200 || status === 409 || status === 404),
    answers.join(),
  )
  assert.equal((await makePlan(scene)).counts.create, 2)
})

test('a class’s second chat becomes an archive, and whoever is in the kept one leaves it', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  const number = await makeChatByHand(emulator, '9А старый', [1000, 1001, 5000])
  const kept = await chatNamed(scene, titles.class9)
  const { runId } = await send<{ runId: string }>(scene, 'POST', '/unknown-chats/merges', { number, into: kept.id }, 202)
  assert.equal((await endOf(scene, runId)).state, 'done')
  const archive = 'Архив: 9А старый'
  assert.deepEqual(inside(emulator, archive), [5000], 'who is only in the old one stays until they have come over')
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1001, 1003, 1005])
  const { lines } = await inMessenger(emulator, archive, 'rename', { title: archive })
  assert.equal(lines.filter(({ kind, text }) => kind === 'message' && text.includes(titles.class9)).length, 1)
  const { rows } = await read<{ rows: RunStep[] }>(scene, `/runs/${runId}/steps`)
  assert.deepEqual([...new Set(rows.map(({ kind }) => kind))], ['rename-chat', 'send-notice', 'remove-member'])
  assert.deepEqual((await unknown(scene)).chats, [])
  const before = chatsByTitle(emulator)
  await synchronise(scene)
  assert.deepEqual(chatsByTitle(emulator), before, 'nobody comes back into the archive')
  assert.deepEqual(await refusal(scene, 'POST', '/unknown-chats/merges', { number, into: kept.id }), notFound)
})

test('a chat that the school keeps by itself is not touched and not looked at, until it is given back', async () => {
  await using scene = await openEngineHouse()
  const { emulator } = scene
  await synchronise(scene)
  const { id } = await chatNamed(scene, titles.teachers)
  const manage = (managed: boolean) => send<{ managed: boolean }>(scene, 'PUT', `/chats/${id}/managed`, { managed }, 200)
  assert.deepEqual(await manage(false), { managed: false })
  await inMessenger(emulator, titles.teachers, 'rename', { title: 'Курилка', by: 1000 })
  await inMessenger(emulator, 'Курилка', 'kick', { userId: 1007, by: 1000 })
  assert.deepEqual(await send(scene, 'POST', '/observations', {}, 200), { chats: 4, unreadable: 0, drift: 0, held: 0 })
  assert.equal((await makePlan(scene)).empty, true)
  assert.deepEqual(await refusal(scene, 'POST', `/chats/${id}/sync`, {}), notFound)
  await manage(true)
  await synchronise(scene)
  assert.deepEqual(inside(emulator, titles.teachers), [1000], 'the title is the registry’s again; who was taken out is told')
})

test('people are put into a chat and kept out of it by hand, one word for each person', async () => {
  await using scene = await openEngineHouse()
  const { emulator, school } = scene
  await synchronise(scene)
  const path = `/chats/${(await chatNamed(scene, titles.class9)).id}/exceptions`
  const save = (account: number, effect: 'include' | 'exclude', endsOn: string | null = null, reason = 'по заявлению') =>
    send<ChatException>(scene, 'POST', path, { personId: personOf(school, account), effect, reason, endsOn }, 201)
  const list = async () =>
    (await read<{ rows: ChatException[] }>(scene, path)).rows.map(({ person, effect, over }) => [person.surname, effect, over])

  const guest = await save(1008, 'include')
  assert.deepEqual([guest.person.surname, guest.reason, guest.over, guest.endsOn], ['Пробный1008', 'по заявлению', false, null])
  await save(1001, 'exclude')
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1001, 1003, 1005], 'it takes effect at the next synchronisation')
  await synchronise(scene)
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1003, 1005, 1008])

  const replaced = await save(1008, 'exclude', '2020-01-31')
  assert.equal(replaced.id, guest.id)
  assert.deepEqual(await list(), [
    ['Пробный1001', 'exclude', false],
    ['Пробный1008', 'exclude', true],
  ])
  await send(scene, 'DELETE', `${path}/${(await save(1001, 'exclude')).id}`, undefined, 200)
  await synchronise(scene)
  assert.deepEqual(inside(emulator, titles.class9), [1000, 1001, 1003, 1005])
  for (const bad of [{ reason: 'я' }, { effect: 'perhaps' }, { endsOn: '31.12.2026' }, { personId: 'x' }])
    assert.equal(
      (await refusal(scene, 'POST', path, { personId: guest.person.id, effect: 'include', reason: 'так надо', endsOn: null, ...bad }))
        .status,
      400,
    )
  assert.deepEqual(await list(), [['Пробный1008', 'exclude', true]])
  await save(1000, 'exclude')
  await synchronise(scene)
  assert.ok(inside(emulator, titles.class9).includes(1000), 'not even by hand are pupils left without an adult')
})

test('people are found by parts of their name, «е» standing for «ё», each with who they are today', async () => {
  await using scene = await openEngineHouse()
  const { house, school } = scene
  await openNeighbours(scene)
  await asSystem(house.db, (tx) =>
    tx
      .updateTable('person')
      .set({ surname: 'Ёлкина', given_name: 'Алёна', patronymic: 'Артёмовна' })
      .where('id', '=', personOf(school, 1001))
      .execute(),
  )
  const find = async (q: string) =>
    (await read<{ rows: { surname: string; about: string; linked: boolean }[] }>(scene, `/people?q=${encodeURIComponent(q)}`)).rows
  for (const q of ['елкина', 'ЁЛКИ', 'лкин', 'алена ёлк', 'ёлк  артем', 'Ёлкина Алёна Артёмовна'])
    assert.deepEqual(
      (await find(q)).map(({ surname, about, linked }) => [surname, about, linked]),
      [['Ёлкина', 'ученик 9А', true]],
      q,
    )
  assert.deepEqual((await find('пробный100')).map(({ surname, about }) => [surname, about]).slice(0, 2), [
    ['Пробный1000', 'учитель'],
    ['Пробный1002', 'родитель ученика 9А'],
  ])
  for (const q of ['%%', '__', 'Пробный5000', 'елкин иван']) assert.deepEqual(await find(q), [], q)
  assert.equal((await refusal(scene, 'GET', '/people?q=е')).status, 400)
})

test('another school’s chats, people and exceptions are out of reach', async () => {
  await using scene = await openEngineHouse()
  const { emulator, school } = scene
  await synchronise(scene)
  const neighbours = await openNeighbours(scene)
  const number = await makeChatByHand(emulator, '9А второй', [1001])
  const { id } = await chatNamed(scene, titles.class9)
  const word = { effect: 'exclude', reason: 'по заявлению', endsOn: null }
  const own = await send<ChatException>(scene, 'POST', `/chats/${id}/exceptions`, { ...word, personId: personOf(school, 1001) }, 201)
  const before = chatsByTitle(emulator)

  assert.deepEqual((await unknown(neighbours)).chats, [], 'nobody of theirs is inside')
  const theirKey = `CLASS:${neighbours.school.classIds.get('1А')}`
  assert.deepEqual(await refusal(neighbours, 'POST', '/unknown-chats/adoptions', { number, key: theirKey }), notFound)
  const theirs = await makeChatByHand(emulator, '1А', [5001])
  assert.deepEqual(await refusal(neighbours, 'POST', '/unknown-chats/merges', { number: theirs, into: id }), notFound)
  assert.deepEqual(await refusal(neighbours, 'POST', '/unknown-chats/adoptions', { number: theirs, key: keyOf(scene, '9А') }), notFound)
  for (const managed of [false, true]) assert.deepEqual(await refusal(neighbours, 'PUT', `/chats/${id}/managed`, { managed }), notFound)
  assert.deepEqual(await refusal(neighbours, 'POST', `/chats/${id}/sync`, {}), notFound)
  const theirPupil = personOf(neighbours.school, 5001)
  for (const personId of [theirPupil, personOf(school, 1003)])
    assert.deepEqual(await refusal(neighbours, 'POST', `/chats/${id}/exceptions`, { ...word, personId }), notFound)
  assert.deepEqual(await refusal(scene, 'POST', `/chats/${id}/exceptions`, { ...word, personId: theirPupil }), notFound)
  assert.deepEqual(await refusal(neighbours, 'DELETE', `/chats/${id}/exceptions/${own.id}`), notFound)
  assert.deepEqual((await read<{ rows: unknown[] }>(neighbours, `/chats/${id}/exceptions`)).rows, [])
  assert.deepEqual(await refusal(neighbours, 'POST', `/people/${personOf(school, 1001)}/sync`, {}), notFound)

  assert.equal((await read<{ rows: unknown[] }>(scene, `/chats/${id}/exceptions`)).rows.length, 1)
  assert.equal((await chatNamed(scene, titles.class9)).managed, true)
  assert.deepEqual(chatsByTitle(emulator), { ...before, '1А': [5001] })
  assert.ok(chatThere(emulator, '9А второй'))
})
