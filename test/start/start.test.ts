import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { createVisitor, readJson } from '../http/support.ts'
import { freePort } from '../support/database.ts'

// The real program as a process of its own, on a data folder of its own.

const folder = mkdtempSync(join(tmpdir(), 'aiti-start-'))
chmodSync(folder, 0o755)
const started: ChildProcess[] = []
after(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

type Program = { child: ChildProcess; url: string; words: () => string; ended: Promise<{ code: number | null; seconds: number }> }

function launch(
  port: number,
  env: Record<string, string> = {},
  [command = '', ...args]: string[] = [process.execPath, 'src/main.ts'],
): Program {
  const { PATH = '' } = process.env
  // A process group of its own, as a terminal would make one: Ctrl-C goes to the group.
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, DATA_FOLDER: join(folder, 'data'), PORT: String(port), LOG_LEVEL: 'warn', ...env },
  })
  started.push(child)
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += String(chunk)))
  const ended = new Promise<{ code: number | null; seconds: number }>((resolve) => {
    child.once('close', (code) => resolve({ code, seconds: (performance.now() - signalled) / 1000 }))
  })
  return { child, url: `http://localhost:${port}`, words: () => words, ended }
}

let signalled = 0
function signal(program: Program, name: 'SIGINT' | 'SIGTERM' | 'SIGKILL', to: 'process' | 'group' = 'process'): void {
  signalled = performance.now()
  const pid = program.child.pid ?? 0
  process.kill(to === 'group' ? -pid : pid, name)
}

async function whenReady(program: Program): Promise<number> {
  const begun = performance.now()
  while (program.child.exitCode === null && performance.now() - begun < 60_000) {
    const answer = await fetch(`${program.url}/readyz`).catch(() => null)
    if (answer?.status === 200) return (performance.now() - begun) / 1000
    await new Promise((resume) => setTimeout(resume, 50))
  }
  throw new Error(`did not start: ${program.words()}`)
}

const port = await freePair()
const postmaster = () => Number.parseInt(readFileSync(join(folder, 'data/pg/postmaster.pid'), 'utf8'), 10)
/** Two free neighbours, for the program and the emulator beside it; below the range from which the system gives ports to clients. */
async function freePair(): Promise<number> {
  for (let one = 20_000 + (process.pid % 5000) * 2; ; one += 2) {
    if ((await isFree(one)) && (await isFree(one + 1))) return one
  }
}

function isFree(one: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(one, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // In a container nobody may have buried it yet.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
const demo = async (url: string) =>
  (await readJson<{ signIns: [{ login: string; password: string }] }>(await fetch(`${url}/api/house`))).signIns[0]

test('the program starts on an empty folder, refuses a second copy in one sentence, and Ctrl-C closes it cleanly', {
  timeout: 60_000,
}, async () => {
  const program = launch(port)
  await whenReady(program)
  assert.match(program.words(), new RegExp(`http://localhost:${port}`), 'it says where it is')

  const second = launch(await freePort())
  assert.equal((await second.ended).code, 1)
  assert.equal(
    second.words(),
    `Another copy is already running on this data folder (process ${program.child.pid}): stop it, or set DATA_FOLDER to another folder.\n`,
  )

  const server = postmaster()
  signal(program, 'SIGINT', 'group')
  const { code, seconds } = await program.ended
  assert.deepEqual([code, lives(server)], [0, false], program.words())
  assert.ok(seconds < 5, `took ${seconds} s`)
  assert.match(readFileSync(join(folder, 'data/pg.log'), 'utf8'), /database system is shut down/)
})

test('Ctrl-C during the start closes what was opened so far', { timeout: 60_000 }, async () => {
  const early = join(folder, 'early')
  const program = launch(await freePair(), { DATA_FOLDER: early })
  // initdb is at work: the start is well under way and far from done.
  while (!existsSync(join(early, 'pg.new/PG_VERSION'))) await new Promise((resume) => setTimeout(resume, 10))
  signal(program, 'SIGINT', 'group')
  assert.equal((await program.ended).code, 0, program.words())
  assert.match(readFileSync(join(early, 'pg.log'), 'utf8'), /database system is shut down/)
})

test('npm start ends with npm', { timeout: 60_000 }, async () => {
  const npm = launch(port, {}, ['/bin/sh', '-c', `"${process.execPath}" tools/start.ts; true`])
  await whenReady(npm)
  const server = postmaster()
  signal(npm, 'SIGTERM')
  await npm.ended
  while (lives(server)) await new Promise((resume) => setTimeout(resume, 50))
  assert.match(readFileSync(join(folder, 'data/pg.log'), 'utf8'), /database system is shut down/)
})

test('kill -9 of the program loses nothing committed, and the server that outlived it does not stand in the way', {
  timeout: 60_000,
}, async () => {
  const program = launch(port)
  const warm = await whenReady(program)
  assert.ok(warm < 6, `a warm start took ${warm} s`)
  const visitor = createVisitor(program.url)
  const { login, password } = await demo(program.url)
  assert.equal((await visitor.signIn(login, password)).status, 200)
  const orphan = postmaster()
  signal(program, 'SIGKILL')
  await program.ended
  assert.ok(lives(orphan), 'PostgreSQL is still there')

  const again = launch(port)
  await whenReady(again)
  assert.equal(lives(orphan), false)
  assert.equal((await visitor.get('/api/me')).status, 200, 'the session from before is still known')
  signal(again, 'SIGTERM')
  const { code, seconds } = await again.ended
  assert.equal(code, 0)
  assert.ok(seconds < 5, `took ${seconds} s`)
})

test('kill -9 of everything, PostgreSQL included, loses nothing committed', { timeout: 60_000 }, async () => {
  const program = launch(port)
  await whenReady(program)
  const visitor = createVisitor(program.url)
  const { login, password } = await demo(program.url)
  await visitor.signIn(login, password)
  const server = postmaster()
  signal(program, 'SIGKILL')
  process.kill(server, 'SIGKILL')
  await program.ended

  const again = launch(port)
  await whenReady(again)
  assert.equal((await visitor.get('/api/me')).status, 200)

  // A newer schema than the program knows.
  const password2 = readFileSync(join(folder, 'data/pg-password'), 'utf8').trim()
  const [, , , dbPort] = readFileSync(join(folder, 'data/pg/postmaster.pid'), 'utf8').split('\n')
  const client = new pg.Client({ connectionString: `postgres://aiti:${password2}@127.0.0.1:${dbPort}/aiti` })
  await client.connect()
  await client.query(`insert into schema_migration (name) values ('9999_future.sql')`)
  await client.end()
  signal(again, 'SIGINT')
  assert.equal((await again.ended).code, 0)
})

test('a newer schema is refused in one sentence, and PostgreSQL is closed again', { timeout: 30_000 }, async () => {
  const program = launch(port)
  assert.equal((await program.ended).code, 1)
  assert.match(program.words(), /^The database was migrated by a newer version of the program[^\n]*\n$/)
  assert.match(readFileSync(join(folder, 'data/pg.log'), 'utf8'), /database system is shut down/)
})

test('a taken port is one sentence', { timeout: 30_000 }, async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const taken = address && typeof address === 'object' ? address.port : 0
  const program = launch(taken, { DATA_FOLDER: join(folder, 'other') })
  assert.equal((await program.ended).code, 1)
  assert.equal(program.words(), `Port ${taken} is taken by another program: stop it, or set PORT to another number.\n`)
  server.close()
})

test('a bad setting is one sentence', { timeout: 30_000 }, async () => {
  const program = launch(port, { ROLE: 'king' })
  assert.equal((await program.ended).code, 1)
  assert.equal(program.words(), 'ROLE is "king": use one of all, web, worker.\n')
})

test('a folder that PostgreSQL’s account may not enter is one sentence', {
  timeout: 30_000,
  skip: process.getuid?.() !== 0 && 'only where we are root',
}, async () => {
  const closed = join(folder, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const program = launch(await freePort(), { DATA_FOLDER: join(closed, 'data') })
  assert.equal((await program.ended).code, 1)
  assert.match(
    program.words(),
    /^The embedded PostgreSQL runs as the user "postgres" \(it refuses root\), who may not enter [^\n]*closed[^\n]*\n$/,
  )
})
