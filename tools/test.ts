import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '#db/embedded.ts'
import { buildWebIfStale } from './web-build.ts'

// npm test [-- WORDS]: everything, or the files whose path holds one of the words. npm run e2e: the browser tests alone.
// One PostgreSQL serves the whole run; each test clones a database of its own from a template.

const args = process.argv.slice(2)
const onlyBrowser = args.includes('--e2e')
const flags = args.filter((arg) => arg.startsWith('-') && arg !== '--e2e')
const words = args.filter((arg) => !arg.startsWith('-'))
const wanted = (file: string) => words.length === 0 || words.some((word) => file.includes(word))

const plain = onlyBrowser ? [] : globSync('test/**/*.test.ts').sort().filter(wanted)
const browser = globSync('test/e2e/**/*.e2e.ts').sort().filter(wanted)
if (plain.length + browser.length === 0) {
  process.stderr.write('No test file fits.\n')
  process.exit(1)
}

const home = mkdtempSync(join(tmpdir(), 'aiti-test-'))
const server = await startEmbedded({ folder: join(home, 'pg'), throwaway: true })
let running: ChildProcess | null = null
let stopped = false
// However the run ends, the server and its folder go with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    running?.kill('SIGTERM')
  })
}

let failed = false
try {
  await buildWebIfStale()
  if (plain.length > 0) failed = !(await run(plain, {}))
  if (browser.length > 0 && !stopped) {
    const chromium = findChromium()
    if (!chromium)
      process.stderr.write('No Chromium found, the browser tests will fail: install the package "chromium" or set CHROMIUM_PATH.\n')
    failed = !(await run(browser, chromium ? { CHROMIUM_PATH: chromium } : {})) || failed
  }
} finally {
  await server.stop()
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = failed || stopped ? 1 : 0

function run(files: string[], env: Record<string, string>): Promise<boolean> {
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', ...flags, ...files], {
    stdio: 'inherit',
    env: { ...process.env, TEST_DATABASE_URL: server.url, ...env },
  })
  running = child
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0))
  })
}

function findChromium(): string | null {
  const found = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ].find((path) => path && existsSync(path))
  if (found) return found
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || /ubuntu/i.test(readFileSync('/etc/os-release', 'utf8'))) return null
  process.stderr.write('Installing Chromium for the browser tests…\n')
  spawnSync('apt-get', ['update'], { stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : null
}
