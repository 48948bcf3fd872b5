import { spawn } from 'node:child_process'

// npm run check: what can be said about the code without running it.

const checks: [name: string, command: string, ...args: string[]][] = [
  ['types of the server', 'node_modules/.bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['types of the browser part', 'node_modules/.bin/tsc', '--noEmit', '-p', 'tsconfig.web.json'],
  ['format and lint', 'node_modules/.bin/biome', 'ci', '--error-on-warnings', '.'],
  ['walls', process.execPath, '--test', 'test/house.test.ts'],
]

const outcomes = await Promise.all(checks.map(([name, command, ...args]) => run(name, command, args)))
for (const { name, ok, words } of outcomes) {
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}\n`)
  if (!ok) process.stdout.write(`${words}\n`)
}
process.exitCode = outcomes.every((outcome) => outcome.ok) ? 0 : 1

function run(name: string, command: string, args: string[]): Promise<{ name: string; ok: boolean; words: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let words = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        words += String(chunk)
      })
    }
    child.once('error', (error) => resolve({ name, ok: false, words: error.message }))
    child.once('close', (code) => resolve({ name, ok: code === 0, words }))
  })
}
