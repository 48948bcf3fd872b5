import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { stopTestServer } from '../test/support/database.ts'
import { torture } from '../test/torture/torture.ts'

// npm run torture -- [--kills 100] [--seed 1]: kills processes that synchronise schools and says what that did to the chats.

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' } } })
const kills = Number(values.kills)
const seed = values.seed === undefined ? randomInt(1, 1_000_000) : Number(values.seed)
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Use --kills with a number from 1 and --seed with a whole number.\n')
  process.exit(1)
}

process.stderr.write(`${kills} kills, seed ${seed}\n`)
try {
  const report = await torture({ kills, seed, onRound: (line) => process.stderr.write(`${line}\n`) })
  const unfinished = report.kills.filter((kill) => kill.unfinished).length
  const { seconds, survived, pressedAgain, violations } = report
  process.stdout.write(
    `${JSON.stringify({ seed, seconds, kills: report.kills.length, unfinished, survived, pressedAgain, violations: violations.length })}\n`,
  )
  process.exitCode = violations.length > 0 ? 1 : 0
} finally {
  await stopTestServer()
}
