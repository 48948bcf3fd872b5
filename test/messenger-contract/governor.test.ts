import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { databaseRateBudget } from '#db/rate-budget.ts'
import { systemClock } from '#lib/clock.ts'
import { createGovernor, memoryBudget } from '#messengers/governor.ts'
import { type Lane, MessengerError } from '#messengers/messenger.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'

after(stopTestServer)

/** Time that moves only when somebody sleeps. */
function virtualClock() {
  let now = 0
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
      // Whoever waits for the same moment goes first.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('waiting people go before runs, and runs before observation', async () => {
  const clock = virtualClock()
  const governor = createGovernor({ credential: 'c', requestsPerSecond: 10, budget: memoryBudget(clock), clock })
  const order: Lane[] = []
  const ask = (lane: Lane) => governor.run(lane, async () => void order.push(lane))
  await Promise.all([ask('background'), ask('background'), ask('run'), ask('person'), ask('run'), ask('person')])
  assert.deepEqual(order, ['person', 'person', 'run', 'run', 'background', 'background'])
})

test('the rate is kept and used: never more than allowed in any second, at least 95 % of it', async () => {
  const clock = virtualClock()
  const governor = createGovernor({ credential: 'c', requestsPerSecond: 20, budget: memoryBudget(clock), clock })
  const starts: number[] = []
  await Promise.all(Array.from({ length: 200 }, () => governor.run('run', async () => void starts.push(clock.now()))))
  for (const [index, start] of starts.entries()) {
    const inTheSecondBefore = starts.slice(0, index).filter((other) => start - other < 1000).length
    assert.ok(inTheSecondBefore < 20)
  }
  const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1000
  assert.ok(199 / seconds >= 0.95 * 20, `${199 / seconds} a second`)
})

test('a rate-limited answer makes everybody wait as long as the vendor said', async () => {
  const clock = virtualClock()
  const governor = createGovernor({ credential: 'c', requestsPerSecond: 10, budget: memoryBudget(clock), clock })
  let refusals = 2
  const at: number[] = []
  await governor.run('run', async () => {
    at.push(clock.now())
    if (refusals-- > 0) throw new MessengerError('rate-limited', 'slow down', { retryAfterMs: 1000 })
  })
  const [first = 0, second = 0, third = 0] = at
  assert.ok(second - first >= 1000 && third - second >= 2000)
})

test('two processes that share the database together stay under the rate', async () => {
  await using database = await openTestDatabase()
  const budget = databaseRateBudget(database.db)
  const starts: number[] = []
  const one = createGovernor({ credential: 'shared', requestsPerSecond: 50, budget, clock: systemClock })
  const other = createGovernor({ credential: 'shared', requestsPerSecond: 50, budget, clock: systemClock })
  const ask = (governor: typeof one) => governor.run('run', async () => void starts.push(performance.now()))
  await Promise.all(Array.from({ length: 30 }, () => [ask(one), ask(other)]).flat())
  const seconds = (Math.max(...starts) - Math.min(...starts)) / 1000
  assert.equal(starts.length, 60)
  assert.ok(seconds >= 59 / 50, `60 requests took ${seconds} s`)
})
