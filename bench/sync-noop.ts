import { round } from './ground.ts'
import { openSyncedSchool } from './synced-school.ts'

/** What does a synchronisation cost when nothing has changed? Plan and run together, as the button does it. */
export async function run(): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack()
  const { emulator, synchronise } = await openSyncedSchool(stack)
  await emulator.forgetCalls()
  const { seconds, plan } = await synchronise()
  const { calls, offences } = await emulator.calls()
  const packed = calls.flatMap((call) => call.packed)
  const reads = packed.filter((method) => /\.get/.test(method))
  return {
    writes: packed.length - reads.length,
    reads: reads.length,
    requests: calls.length,
    changes: plan.counts.create + plan.counts.add + plan.counts.remove + plan.counts.rename,
    seconds: round(seconds),
    offences,
  }
}
