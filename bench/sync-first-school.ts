import { openStack, round } from './ground.ts'
import { chatsOf, reference } from './reference-school.ts'
import { openReferenceSchool, synchronise } from './synced-school.ts'

const operationsPerRequest = 25
const requestsPerSecond = 3

/**
 * How long does the first synchronisation of the reference school take, from «Да» to the end, against the vendor's limits?
 * floor_s: its calls packed into full requests at the full rate; the time of the answers is not counted in.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { engine, emulator, org } = await openReferenceSchool(stack)
  const { seconds, requests, calls, plan, offences } = await synchronise(engine, emulator, org, 1000, chatsOf(reference))
  const floor = (Math.ceil(calls / operationsPerRequest) - 1) / requestsPerSecond
  return {
    chats: plan.counts.create,
    memberships: plan.counts.add,
    seconds: round(seconds),
    requests,
    calls,
    floor_s: round(floor),
    ratio: round(seconds / floor, 3),
    offences,
  }
}
