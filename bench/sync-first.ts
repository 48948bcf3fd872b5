import { openStack, round } from './ground.ts'
import { openSchool, synchronise } from './synced-school.ts'

const operationsPerRequest = 25
const requestsPerSecond = 3

/**
 * How long does the first synchronisation of the demo school take, from «Да» to the end, against the vendor's limits?
 * floor_s: those calls packed into full requests, the first at once and each further one a third of a second after the
 * one before; the time of the answers is not counted in. sent: requests that the messenger received, also those that
 * the run does not book as its own (who the actor is).
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { engine, emulator, org } = await openSchool(stack)
  // Whoever presses «Да» has read the plan: the places that planning took in the rate have passed by then.
  const { seconds, requests, calls, sent, offences } = await synchronise(engine, emulator, org, 1000)
  const floor = (Math.ceil(calls / operationsPerRequest) - 1) / requestsPerSecond
  return {
    seconds: round(seconds),
    requests,
    calls,
    floor_s: round(floor),
    ratio: round(seconds / floor),
    offences,
    sent: sent.length,
  }
}
