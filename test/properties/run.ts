import { after, test } from 'node:test'
import fc from 'fast-check'
import { openTestDatabase, stopTestServer } from '../support/database.ts'
import type { History } from './acts.ts'
import { play } from './play.ts'

// To play a failure again: put the seed and the path that fast-check printed here, and run `npm test -- properties`.
const replay: { seed: number; path: string } | null = null

/** Declares one test over so many random histories, all in one database. */
export function testHistories(title: string, histories: fc.Arbitrary<History>, howMany: number, seed: number): void {
  after(stopTestServer)
  test(title, async () => {
    await using database = await openTestDatabase()
    // Chats get ids in the order of making, so that a replay meets them in the same order.
    await database.pool.query(`create sequence chat_order`)
    await database.pool.query(
      `alter table chat alter column id set default ('00000000-0000-4000-8000-' || lpad(to_hex(nextval('chat_order')), 12, '0'))::uuid`,
    )
    let nth = 0
    const property = fc.asyncProperty(histories, (history) => play(database.db, history, ++nth))
    await fc.assert(property, { numRuns: howMany, seed, ...replay })
  })
}
