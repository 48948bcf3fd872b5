import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#lib/clock.ts'
import { memoryBudget } from '#messengers/governor.ts'
import { type Messenger, MessengerError, type Operation, type Outcome } from '#messengers/messenger.ts'
import { createSferum } from '#messengers/sferum/adapter.ts'
import { startVkEmulator, type VkEmulator } from '../../emulators/start.ts'
import { community, serviceUser } from '../support/school.ts'

// What every messenger behind the door must do, here over real HTTP against the emulator, in both of VK's ways.

const people = [1001, 1002, 1003]

async function openMessenger(mode: 'direct' | 'invite') {
  const emulator = await startVkEmulator({
    port: 0,
    recordParams: true,
    limits: { userCallsPerSecond: 10_000, communityCallsPerSecond: 10_000 },
    seed: {
      clients: [],
      communities: [community],
      serviceUsers: [serviceUser],
      accounts: people.map((userId) => ({
        login: `a${userId}`,
        profiles: [
          {
            userId,
            kind: 'edu',
            surname: 'Пробный',
            givenName: 'Женя',
            patronymic: '',
            gender: 'male',
            birthDate: '2010-01-01',
            refusesAdding: userId === 1003,
          },
        ],
      })),
    },
  })
  const actor =
    mode === 'direct' ? { mode, token: serviceUser.token } : { mode, token: community.token, groupId: String(community.groupId) }
  const budget = { ...memoryBudget(systemClock), claim: async () => ({ granted: 0, waitMs: 0, away: false, troubled: false }) }
  const messenger = createSferum({ url: emulator.url, actor, budget })
  return { emulator, messenger, [Symbol.asyncDispose]: () => emulator.close() }
}

async function ask(messenger: Messenger, operation: Operation): Promise<Outcome> {
  const [outcome] = await messenger.perform([operation], { lane: 'person', school: '' })
  assert.ok(outcome)
  return outcome
}

async function create(messenger: Messenger, title: string, members: number[] = []): Promise<{ chat: string; members: string[] | null }> {
  const outcome = await ask(messenger, { kind: 'create-chat', title, members: members.map(String) })
  assert.ok(outcome.ok && outcome.answer.kind === 'created')
  return outcome.answer
}

const membersOf = (emulator: VkEmulator, title: string) =>
  emulator
    .chats()
    .find((chat) => chat.title === title)
    ?.members.map((member) => member.id)
    .filter((id) => people.includes(id))

for (const mode of ['direct', 'invite'] as const) {
  test(`${mode}: a chat is created with those who may be put in, renamed, listed and left by those who are removed`, async () => {
    await using open = await openMessenger(mode)
    const { messenger, emulator } = open
    const made = await create(messenger, 'Первый', [1001, 1003])
    // Whoever forbids being added is left out without a word: the answer says who really got in.
    assert.deepEqual(made.members, ['1001'])
    assert.deepEqual(await ask(messenger, { kind: 'rename-chat', chat: made.chat, title: 'Второй' }), {
      ok: true,
      answer: { kind: 'done' },
    })
    assert.deepEqual(membersOf(emulator, 'Второй'), [1001])
    const listed = await ask(messenger, { kind: 'list-members', chat: made.chat, offset: 0 })
    assert.ok(listed.ok && listed.answer.kind === 'members')
    assert.deepEqual(listed.answer.members, ['1001'])
    assert.equal(listed.answer.read, listed.answer.total)
    assert.equal((await ask(messenger, { kind: 'remove-member', chat: made.chat, member: '1001' })).ok, true)
    // Removing somebody who has gone already is what was wanted.
    assert.equal((await ask(messenger, { kind: 'remove-member', chat: made.chat, member: '1001' })).ok, true)
    assert.deepEqual(membersOf(emulator, 'Второй'), [])
  })

  test(`${mode}: chats are found by number and in the list, ours told from others`, async () => {
    await using open = await openMessenger(mode)
    const { messenger } = open
    const { chat } = await create(messenger, 'Наш')
    const known = await ask(messenger, { kind: 'read-chats', chats: [chat, '77'] })
    assert.deepEqual(known.ok && known.answer.kind === 'chats' && known.answer.chats, [{ chat, title: 'Наш', ours: true }])
    const all = await ask(messenger, { kind: 'list-chats', offset: 0 })
    assert.deepEqual(all.ok && all.answer.kind === 'chats' && all.answer.chats, [{ chat, title: 'Наш', ours: true }])
    const link = await ask(messenger, { kind: 'read-invite-link', chat })
    assert.ok(link.ok && link.answer.kind === 'invite-link' && link.answer.link.length > 0)
  })

  test(`${mode}: twenty-five operations are one request, and one refusal spoils no other`, async () => {
    await using open = await openMessenger(mode)
    const { messenger, emulator } = open
    await messenger.actor()
    emulator.clearCalls()
    const operations = Array.from(
      { length: 25 },
      (_, index): Operation =>
        index === 7
          ? { kind: 'rename-chat', chat: '99', title: 'Нет такого' }
          : { kind: 'create-chat', title: `Чат ${index}`, members: [] },
    )
    const outcomes = await messenger.perform(operations, { lane: 'run', school: '' })
    assert.equal(emulator.calls().length, 1)
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok),
      operations.map((_, index) => index !== 7),
    )
    assert.equal(emulator.chats().length, 24)
  })

  test(`${mode}: a lost reply is told from a request that never left`, async () => {
    await using open = await openMessenger(mode)
    const { messenger, emulator } = open
    await messenger.actor()
    emulator.addFault({ method: 'messages.createChat', times: 1, effect: { kind: 'lose-reply' } })
    await assert.rejects(
      create(messenger, 'Потерян'),
      (error) => error instanceof MessengerError && error.kind === 'unavailable' && error.applied === 'unknown',
    )
    assert.equal(emulator.chats().length, 1)
    await emulator.close()
    await assert.rejects(create(messenger, 'Некому'), (error) => error instanceof MessengerError && error.kind === 'unavailable')
  })
}

test('direct: people are added one by one, each refusal with its kind', async () => {
  await using open = await openMessenger('direct')
  const { messenger } = open
  const { chat } = await create(messenger, 'Чат')
  const add = async (member: number) => {
    const outcome = await ask(messenger, { kind: 'add-member', chat, member: String(member) })
    return outcome.ok ? 'done' : [outcome.error.kind, outcome.error.vendorCode, outcome.error.maybeAlreadySo]
  }
  assert.equal(await add(1001), 'done')
  assert.deepEqual(await add(1001), ['forbidden', '15', true])
  assert.deepEqual(await add(1003), ['forbidden', '981', false])
})

test('VK’s error codes become the six kinds', async () => {
  await using open = await openMessenger('direct')
  const { messenger, emulator } = open
  const { chat } = await create(messenger, 'Чат')
  for (const [code, kind] of [
    [1, 'unavailable'],
    [9, 'rate-limited'],
    [10, 'unavailable'],
    [14, 'forbidden'],
    [15, 'forbidden'],
    [27, 'auth-expired'],
    [29, 'rate-limited'],
    [103, 'rejected'],
    [917, 'forbidden'],
    [925, 'forbidden'],
    [927, 'not-found'],
    [936, 'rejected'],
    [984, 'forbidden'],
    [4242, 'rejected'],
  ] as const) {
    emulator.addFault({ method: 'messages.editChat', times: 1, effect: { kind: 'error', code } })
    const outcome = await ask(messenger, { kind: 'rename-chat', chat, title: 'Другое' })
    assert.equal(!outcome.ok && outcome.error.kind, kind, String(code))
    assert.equal(!outcome.ok && outcome.error.vendorCode, String(code))
  }
  emulator.addFault({ method: 'execute', times: 1, effect: { kind: 'error', code: 5 } })
  await assert.rejects(ask(messenger, { kind: 'rename-chat', chat, title: 'Другое' }), { kind: 'auth-expired', applied: 'no' })
})

test('VK’s own limit is met with patience: nothing is lost, and the emulator counts no offence', async () => {
  await using open = await openMessenger('invite')
  const { emulator } = open
  emulator.limits.communityCallsPerSecond = 20
  const actor = { mode: 'invite', token: community.token, groupId: String(community.groupId) } as const
  const messenger = createSferum({ url: emulator.url, actor, budget: memoryBudget(systemClock) })
  const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => create(messenger, `Чат ${index}`)))
  assert.equal(outcomes.length, 30)
  assert.deepEqual(emulator.offences(), [])
})
