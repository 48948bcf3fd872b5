import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { databaseRateBudget } from '#db/rate-budget.ts'
import { systemClock } from '#lib/clock.ts'
import { createGovernor, memoryBudget } from '#messengers/governor.ts'
import { type Lane, MessengerError } from '#messengers/messenger.ts'
import { openTestDatabase, stopTestServer } from '../support/database.ts'

after(stopTestServer)

const run = { lane: 'run', school: 'a' } as const

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
  const ask = (lane: Lane) => governor.run({ lane, school: 'a' }, async () => void order.push(lane))
  await Promise.all([ask('background'), ask('background'), ask('run'), ask('person'), ask('run'), ask('person')])
  assert.deepEqual(order, ['person', 'person', 'run', 'run', 'background', 'background'])
})

test('the rate is kept and used: never more than allowed in any second, at least 95 % of it', async () => {
  const clock = virtualClock()
  const governor = createGovernor({ credential: 'c', requestsPerSecond: 20, budget: memoryBudget(clock), clock })
  const starts: number[] = []
  await Promise.all(Array.from({ length: 200 }, () => governor.run(run, async () => void starts.push(clock.now()))))
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
  await governor.run(run, async () => {
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
  const ask = (governor: typeof one) => governor.run(run, async () => void starts.push(performance.now()))
  await Promise.all(Array.from({ length: 30 }, () => [ask(one), ask(other)]).flat())
  const seconds = (Math.max(...starts) - Math.min(...starts)) / 1000
  assert.equal(starts.length, 60)
  assert.ok(seconds >= 59 / 50, `60 requests took ${seconds} s`)
})

test('schools take turns inside a lane: one with a thousand requests does not make another wait for them', async () => {
  const clock = virtualClock()
  const governor = createGovernor({ credential: 'c', requestsPerSecond: 10, budget: memoryBudget(clock), clock })
  const order: string[] = []
  const ask = (school: string) => governor.run({ lane: 'run', school }, async () => void order.push(school))
  await Promise.all([...Array.from({ length: 6 }, () => ask('big')), ask('small'), ask('small')])
  assert.deepEqual(order.slice(0, 5), ['big', 'small', 'big', 'small', 'big'])
})

test('between processes, too, a waiting person goes before a run, and schools take turns', async () => {
  await using database = await openTestDatabase()
  const budget = databaseRateBudget(database.db)
  const options = { credential: 'shared', requestsPerSecond: 25, budget, clock: systemClock }
  const [one, other] = [createGovernor(options), createGovernor(options)]
  const order: string[] = []
  const ask = (governor: typeof one, lane: Lane, school: string) =>
    governor.run({ lane, school }, async () => void order.push(`${lane} ${school}`))
  const long = Array.from({ length: 10 }, () => ask(one, 'run', 'big'))
  await systemClock.sleep(60)
  const started = order.length
  await Promise.all([ask(other, 'background', 'third'), ask(other, 'run', 'small'), ask(other, 'person', 'small'), ...long])
  const after = order.slice(started)
  // One place may have been given away before the others asked.
  assert.ok(after.indexOf('person small') <= 1, after.join(', '))
  assert.ok(after.indexOf('run small') <= 3, after.join(', '))
  assert.equal(after.at(-1), 'background third')
})

test('after five failures in a row nobody asks for half a minute, and the reason can be read', async () => {
  await using database = await openTestDatabase()
  const budget = databaseRateBudget(database.db)
  const governor = createGovernor({ credential: 'away', requestsPerSecond: 1000, budget, clock: systemClock })
  let asked = 0
  const ask = () =>
    governor.run(run, async () => {
      asked++
      throw new MessengerError('unavailable', 'gone', { vendorCode: 'HTTP 502' })
    })
  for (let time = 1; time <= 7; time++) await assert.rejects(ask(), { kind: 'unavailable' })
  assert.equal(asked, 5)
  const health = await governor.health()
  assert.equal(health.state, 'away')
  assert.deepEqual(health.reason, { kind: 'unavailable', vendorCode: 'HTTP 502' })
  assert.ok((health.until ?? 0) > Date.now() + 25_000)

  await database.pool.query(`update rate_budget set open_until = now()`)
  assert.equal(await governor.run(run, async () => 'back'), 'back')
  assert.equal((await governor.health()).state, 'well')
})

test('a flood answer slows everybody down, and the slowness fades', async () => {
  await using database = await openTestDatabase()
  const budget = databaseRateBudget(database.db)
  const governor = createGovernor({ credential: 'flood', requestsPerSecond: 100, budget, clock: systemClock })
  let refusals = 2
  await governor.run(run, async () => {
    if (refusals-- > 0) throw new MessengerError('rate-limited', 'slow down', { retryAfterMs: 20 })
  })
  assert.equal((await governor.health()).state, 'slowed')
  const pace = async () => (await budget.read('flood'))?.pace ?? 0
  assert.ok((await pace()) > 1.2)
  await database.pool.query(`update rate_budget set pace_at = pace_at - interval '5 minutes'`)
  assert.ok((await pace()) < 1.05)
  assert.equal((await governor.health()).state, 'well')
})
