import { round } from './ground.ts'
import { openSyncedSchool } from './synced-school.ts'

const operationsPerRequest = 25
const requestsPerSecond = 3

/**
 * How long does the first synchronisation of the demo school take, from «Да» to the end, against the vendor's limits?
 * floor_s: those calls packed into full requests, the first at once and each further one a third of a second after the
 * one before; the time of the answers is not counted in.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack()
  const { first, emulator } = await openSyncedSchool(stack)
  const floor = (Math.ceil(first.calls / operationsPerRequest) - 1) / requestsPerSecond
  const { offences } = await emulator.calls()
  return {
    seconds: round(first.seconds),
    requests: first.requests,
    calls: first.calls,
    floor_s: round(floor),
    ratio: round(first.seconds / floor),
    offences,
  }
}
