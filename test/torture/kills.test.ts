import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { stopTestServer } from '../support/database.ts'
import { torture } from './torture.ts'
import { killKinds } from './trigger.ts'

after(stopTestServer)

const kills = 100
// Another seed with every run would be a test that nobody can repeat; `npm run torture` draws one.
const seed = 2026

test('a process that is killed while it synchronises, whenever that is, leaves every chat as the register wants it', async (t) => {
  const report = await torture({ kills, seed, signal: t.signal })
  t.diagnostic(`${report.kills.length} kills in ${report.seconds} s, seed ${seed}`)

  const list = report.violations.map(
    ({ kind, what, world, round, change, kills: deaths }) =>
      `${kind}: ${what} (seed ${seed}, ${world} round ${round} ${change}: ${deaths.join('; ')})`,
  )
  assert.equal(list.join('\n'), '')

  // The kills really hit: runs were under way, and every way to die and every change had its share.
  assert.ok(report.kills.length >= kills, `${report.kills.length} kills`)
  const unfinished = report.kills.filter((kill) => kill.unfinished).length
  assert.ok(unfinished >= kills * 0.8, `${unfinished} of ${report.kills.length} kills hit an unfinished run`)
  const share = (which: (kill: (typeof report.kills)[number]) => boolean) => report.kills.filter(which).length
  for (const kind of killKinds) assert.ok(share((kill) => kill.kind === kind) >= 10, `too few kills of the kind ${kind}`)
  for (const change of ['create', 'mixed', 'people', 'rename']) {
    assert.ok(share((kill) => kill.change === change) >= 5, `too few kills while the change was ${change}`)
  }
  assert.ok(share((kill) => kill.program === 'house') >= 15, 'too few kills of the real front door')
})
