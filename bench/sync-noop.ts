import { openStack, round } from './ground.ts'
import { openSchool, synchronise } from './synced-school.ts'

/**
 * What does a synchronisation cost when nothing has changed? Calls and requests of plan and run together, as the button
 * makes them; plan_s until the plan is shown, seconds from «Да» to the end.
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const { engine, emulator, org } = await openSchool(stack)
  await synchronise(engine, emulator, org)
  const { seconds, planSeconds, plan, sent, offences } = await synchronise(engine, emulator, org, 1000)
  // A call that is not packed counts as itself.
  const calls = sent.flatMap((call) => (call.method === 'execute' ? call.packed : [call.method]))
  const reads = calls.filter((method) => method.includes('.get'))
  return {
    writes: calls.length - reads.length,
    reads: reads.length,
    requests: sent.length,
    changes: plan.counts.create + plan.counts.add + plan.counts.remove + plan.counts.rename,
    plan_s: round(planSeconds),
    seconds: round(seconds),
    offences,
  }
}
