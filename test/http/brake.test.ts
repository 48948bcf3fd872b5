import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { HeldChat } from '#contract/held.ts'
import type { Run } from '#contract/plans.ts'
import type { MessengerHealth } from '#contract/runs.ts'
import { asSystem } from '#db/database.ts'
import { stopTestServer } from '../support/database.ts'
import { chatsByTitle } from '../support/school.ts'
import {
  endOf,
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
  signInAs,
  startRun,
  synchronise,
  titles,
} from './engine-house.ts'

after(stopTestServer)

type Held = { twoApprovers: boolean; chats: HeldChat[] }
type Decided = { decided: number; awaitSecond: number; runId: string | null }
type Office = Pick<Scene, 'administrator' | 'api'>

const oneClass = [{ title: '9А', pupils: 7, classTeachers: 1, guardiansEach: 1 }]
/** Of seven pupils (1001, 1003 … 1013) these leave the class, and their guardians with them: 3 of the 8 in either chat. */
const gone = [1001, 1003, 1005]
const guardiansOfGone = [1002, 1004, 1006]

const held = (office: Office) => read<Held>(office, '/held')
const decide = (office: Office, decision: string, people: { chatId: string; personId: string }[]) =>
  send<Decided>(office, 'POST', '/held/decisions', { decision, people }, 200)
const pairs = (chats: HeldChat[], title?: string) =>
  chats
    .filter((chat) => title === undefined || chat.title === title)
    .flatMap(({ chatId, people }) => people.map(({ personId }) => ({ chatId, personId })))

/** A class that lost three of its seven pupils at once; the brake holds their removal. */
async function openHeldScene(settings: object = {}): Promise<Scene> {
  const scene = await openEngineHouse({ sizes: oneClass })
  await synchronise(scene)
  await send(scene, 'PUT', '/chat-settings', settings, 200)
  for (const account of gone) await leaveClass(scene.house, personOf(scene.school, account))
  assert.equal((await makePlan(scene)).counts.held, 6)
  return scene
}

/** Carries out what was decided and waits for it. */
async function carriedOut(office: Office, { runId }: Decided): Promise<Run> {
  assert.ok(runId)
  const run = await endOf(office, runId)
  assert.equal(run.state, 'done')
  return run
}

test('removals that the brake holds are listed chat by chat, with names, numbers and reasons', async () => {
  await using scene = await openHeldScene()
  const { twoApprovers, chats } = await held(scene)
  assert.equal(twoApprovers, false)
  assert.deepEqual(
    chats.map(({ title, kind, hold, count, of, approvable, people }) => [title, kind, hold, count, of, approvable, people.length]),
    [
      [titles.parents9, 'PARENTS', 'too-many-removals', 3, 8, true, 3],
      [titles.class9, 'CLASS', 'too-many-removals', 3, 8, true, 3],
    ],
  )
  assert.deepEqual(
    chats[1]?.people.map(({ surname, role, reason, decision, firstApproval }) => [surname, role, reason, decision, firstApproval]),
    gone.map((account) => [`Пробный${account}`, 'STUDENT', 'no-longer-belongs', null, null]),
  )
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).held, 6)
  await synchronise(scene)
  assert.equal(inside(scene.emulator, titles.class9).length, 8, 'the button alone takes nobody out')
})

test('approved for one person, exactly that person goes; approved for a chat, everybody in it', async () => {
  await using scene = await openHeldScene()
  const { emulator, school } = scene
  const { chats } = await held(scene)
  const one = pairs(chats, titles.class9).filter(({ personId }) => personId === personOf(school, 1003))
  const first = await decide(scene, 'approve', one)
  assert.deepEqual([first.decided, first.awaitSecond], [1, 0])
  await carriedOut(scene, first)
  const everybody = [1000, 1001, 1003, 1005, 1007, 1009, 1011, 1013]
  const without = (...out: number[]) => everybody.filter((account) => !out.includes(account))
  assert.deepEqual(inside(emulator, titles.class9), without(1003))
  assert.equal(inside(emulator, titles.parents9).length, 8)

  await carriedOut(scene, await decide(scene, 'approve', pairs(chats, titles.parents9)))
  assert.deepEqual(
    inside(emulator, titles.parents9).filter((account) => guardiansOfGone.includes(account)),
    [],
  )
  await makePlan(scene)
  assert.deepEqual(
    (await held(scene)).chats.map(({ title, count, of }) => [title, count, of]),
    [[titles.class9, 2, 7]],
  )
})

test('a rejected removal is not carried out and not asked again, until somebody reconsiders', async () => {
  await using scene = await openHeldScene()
  const { chats } = await held(scene)
  const rejected = await decide(scene, 'reject', pairs(chats))
  assert.deepEqual(rejected, { decided: 6, awaitSecond: 0, runId: null })
  assert.equal((await read<MessengerHealth>(scene, '/messenger')).held, 0, 'nobody is waited for any more')
  await synchronise(scene)
  assert.equal(inside(scene.emulator, titles.class9).length, 8)
  const kept = (await held(scene)).chats
  assert.deepEqual(
    kept.map(({ hold, people }) => [hold, people.map(({ decision }) => decision)]),
    [
      ['too-many-removals', ['rejected', 'rejected', 'rejected']],
      ['too-many-removals', ['rejected', 'rejected', 'rejected']],
    ],
  )

  await decide(scene, 'reconsider', pairs(kept, titles.class9))
  assert.equal((await makePlan(scene)).counts.held, 6)
  assert.deepEqual(
    (await held(scene)).chats.find(({ title }) => title === titles.class9)?.people.map(({ decision }) => decision),
    [null, null, null],
  )
  await carriedOut(scene, await decide(scene, 'approve', pairs(kept, titles.class9)))
  assert.equal(inside(scene.emulator, titles.class9).length, 5)
  assert.equal(inside(scene.emulator, titles.parents9).length, 8)
})

test('where two have to approve, the second word has to be another administrator’s', async () => {
  await using scene = await openHeldScene({ brake: { secondApprover: true } })
  const { emulator, house, school, api } = scene
  const second = { administrator: await signInAs(house, school, 'second'), api }
  const { twoApprovers, chats } = await held(scene)
  assert.equal(twoApprovers, true)
  const asked = pairs(chats, titles.class9)
  assert.deepEqual(await decide(scene, 'approve', asked), { decided: 0, awaitSecond: 3, runId: null })
  const own = { decision: 'approve', people: asked }
  assert.deepEqual(await refusal(scene, 'POST', '/held/decisions', own), { status: 409, code: 'same-approver' })
  assert.equal(inside(emulator, titles.class9).length, 8)
  const seenBy = async (office: Office) =>
    (await held(office)).chats.find(({ title }) => title === titles.class9)?.people.map(({ firstApproval }) => firstApproval?.byMe)
  assert.deepEqual(await seenBy(scene), [true, true, true])
  assert.deepEqual(await seenBy(second), [false, false, false])

  const both = await decide(second, 'approve', [...asked, ...pairs(chats, titles.parents9)])
  assert.deepEqual([both.decided, both.awaitSecond], [3, 3], 'of the parents it is the first word')
  await carriedOut(second, both)
  assert.equal(inside(emulator, titles.class9).length, 5)
  assert.equal(inside(emulator, titles.parents9).length, 8)
})

test('«Да» over what is held carries it out at once, and where two have to approve is only the first word', async () => {
  for (const secondApprover of [false, true]) {
    await using scene = await openHeldScene({ brake: { secondApprover } })
    const plan = await makePlan(scene)
    const key = plan.chats.find((chat) => chat.title === titles.class9)?.key
    assert.ok(key)
    assert.equal((await endOf(scene, await startRun(scene, plan, [key]))).state, 'done')
    assert.equal(inside(scene.emulator, titles.class9).length, secondApprover ? 8 : 5)
    assert.equal(inside(scene.emulator, titles.parents9).length, 8, 'the other chat was not let through')
    if (!secondApprover) continue
    const second = { administrator: await signInAs(scene.house, scene.school, 'second'), api: scene.api }
    const { chats } = await held(second)
    assert.deepEqual(
      chats.map(({ people }) => people.map(({ firstApproval }) => firstApproval?.byMe ?? null)),
      [
        [null, null, null],
        [false, false, false],
      ],
    )
    await carriedOut(second, await decide(second, 'approve', pairs(chats, titles.class9)))
    assert.equal(inside(scene.emulator, titles.class9).length, 5)
  }
})

test('nobody’s word leaves pupils without an adult of the school', async () => {
  await using scene = await openEngineHouse({ sizes: oneClass })
  await synchronise(scene)
  await asSystem(scene.house.db, (tx) => tx.deleteFrom('class_teacher').where('organisation_id', '=', scene.school.org).execute())
  await makePlan(scene)
  const { chats } = await held(scene)
  const ofClass = chats.find(({ title }) => title === titles.class9)
  assert.deepEqual([ofClass?.hold, ofClass?.approvable], ['last-adult', false])
  const decided = await decide(scene, 'approve', pairs(chats, titles.class9))
  assert.deepEqual(decided, { decided: 0, awaitSecond: 0, runId: null })
  await synchronise(scene, [`CLASS:${scene.school.classIds.get('9А')}`])
  assert.ok(inside(scene.emulator, titles.class9).includes(1000))
})

test('another school decides nothing about what is held here', async () => {
  await using scene = await openHeldScene()
  const neighbours = await openNeighbours(scene)
  const before = chatsByTitle(scene.emulator)
  const { chats } = await held(scene)
  assert.deepEqual((await held(neighbours)).chats, [])
  for (const decision of ['approve', 'reject', 'reconsider'])
    assert.deepEqual(await refusal(neighbours, 'POST', '/held/decisions', { decision, people: pairs(chats) }), notFound)
  assert.deepEqual(await held(scene), { twoApprovers: false, chats })
  assert.deepEqual(chatsByTitle(scene.emulator), before)

  const nobody = '00000000-0000-4000-8000-000000000001'
  const [one] = pairs(chats)
  assert.ok(one)
  const mixed = await decide(scene, 'approve', [{ chatId: nobody, personId: nobody }, one])
  assert.equal(mixed.decided, 1, 'what is not ours is left out')
  for (const people of [[], [{ chatId: 'x', personId: 'y' }]])
    assert.equal((await refusal(scene, 'POST', '/held/decisions', { decision: 'approve', people })).status, 400)
})
