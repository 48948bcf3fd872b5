import { Agent } from 'node:http'
import type { Agent as SecureAgent } from 'node:https'
import { VK } from 'vk-io'
import { inOrganisation } from '#db/database.ts'
import { readWishes } from '#sync/prepare.ts'
import { sandboxVk } from '../tools/sandbox.ts'
import { openEmulator, openStack, round } from './ground.ts'
import { chatsOf, type Size, seedFor } from './reference-school.ts'
import { openReferenceSchool, synchronise } from './synced-school.ts'

// A tenth of the reference school: the whole would take the awaited script most of an hour.
const tenth: Size = { classes: 3, pupils: 75, guardians: 130, staff: 6, subjects: 10 }
const firstAccount = 400_000_001

/**
 * How much slower is the script that an engineer would write with vk-io for the same first synchronisation? It creates
 * each chat and adds each person, once with one awaited call after another, once through vk-io's own parallel `execute`.
 * Same emulator with the vendor's limits, same people, a tenth of the reference school for all three.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { engine, emulator, org } = await openReferenceSchool(stack, tenth)
  const { desired, links } = await inOrganisation(engine.db, org, (tx) => readWishes(tx, engine, org))
  const wanted = desired.map((chat) => ({ title: chat.title, members: chat.members.flatMap(({ personId }) => links.get(personId) ?? []) }))
  const ours = await synchronise(engine, emulator, org, 1000, chatsOf(tenth))

  const script = async (mode: 'sequential' | 'parallel'): Promise<number> => {
    const fresh = await openEmulator(stack, seedFor([{ size: tenth, firstAccount }]))
    // Over http vk-io needs an agent of its own, or it refuses the protocol; its types know only https.
    const agent = new Agent({ keepAlive: true }) as unknown as SecureAgent
    const vk = new VK({
      agent,
      token: sandboxVk('direct').sferumToken,
      apiBaseUrl: `${fresh.url}/method`,
      apiLimit: 3,
      apiMode: mode,
      apiVersion: '5.199',
      apiRetryLimit: 10,
    })
    const started = performance.now()
    if (mode === 'sequential') {
      for (const chat of wanted) {
        const id = numberOf(await vk.api.messages.createChat({ title: chat.title, user_ids: [] }))
        for (const member of chat.members) await vk.api.messages.addChatUser({ chat_id: id, user_id: Number(member) })
      }
    } else {
      await Promise.all(
        wanted.map(async (chat) => {
          const id = numberOf(await vk.api.messages.createChat({ title: chat.title, user_ids: [] }))
          await Promise.all(chat.members.map((member) => vk.api.messages.addChatUser({ chat_id: id, user_id: Number(member) })))
        }),
      )
    }
    return (performance.now() - started) / 1000
  }
  const parallel = await script('parallel')
  const awaited = await script('sequential')
  return {
    chats: wanted.length,
    calls: wanted.length + wanted.reduce((sum, chat) => sum + chat.members.length, 0),
    seconds_ours: round(ours.seconds),
    seconds_awaited: round(awaited),
    ratio_awaited: round(awaited / ours.seconds),
    seconds_parallel: round(parallel),
    ratio_parallel: round(parallel / ours.seconds),
    offences: ours.offences,
  }
}

/** A bare number before 5.199, an object since. */
function numberOf(answer: unknown): number {
  if (typeof answer === 'number') return answer
  if (typeof answer === 'object' && answer !== null && 'chat_id' in answer) return Number(answer.chat_id)
  throw new Error('createChat answered something else.')
}
