import { stopTestServer } from '../test/support/database.ts'
import { torture } from '../test/torture/torture.ts'
import { openStack } from './ground.ts'

const kills = 300
const seed = 7

/**
 * 300 processes killed while they synchronise schools: how many chats are there twice, how many chats and members are
 * missing or too many, how many titles are wrong, how many runs never end or leave something to do?
 */
export async function run(): Promise<Record<string, number>> {
  await using stack = openStack()
  const leaving = new AbortController()
  stack.defer(stopTestServer)
  stack.defer(() => leaving.abort())
  const report = await torture({ kills, seed, signal: leaving.signal })
  const count = (...kinds: string[]) => report.violations.filter((violation) => kinds.includes(violation.kind)).length
  return {
    kills: report.kills.length,
    duplicates: count('duplicate'),
    losses: count('loss', 'extra'),
    wrong_titles: count('title'),
    stuck_runs: count('stuck', 'unsettled'),
  }
}
