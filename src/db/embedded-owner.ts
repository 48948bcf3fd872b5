import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseRefusal } from './migrate.ts'

// Who works on a data folder. The mark holds the process and the moment it began, so that a process number
// that was given out again (always so in containers) is not taken for the owner.

const markName = 'owner'
const claimed = new Set<string>()

/** @throws DatabaseRefusal when a living program holds the folder. */
export function claimFolder(home: string): void {
  const mark = join(home, markName)
  const mine = `${process.pid} ${beginningOf(process.pid)}\n`
  for (let attempt = 0; attempt < 3; attempt++) {
    const owner = readOwner(mark)
    if (owner !== null && (claimed.has(home) || !isMe(owner)) && isAlive(owner.pid) && beginningOf(owner.pid) === owner.beginning) {
      throw new DatabaseRefusal(
        `Another copy is already running on this data folder (process ${owner.pid}): stop it, or set DATA_FOLDER to another folder.`,
      )
    }
    if (owner !== null) rmSync(mark, { force: true })
    try {
      writeFileSync(mark, mine, { flag: 'wx', mode: 0o600 })
      claimed.add(home)
      return
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
  }
  throw new DatabaseRefusal('Another copy is starting on this data folder at this moment: stop one of them.')
}

export function releaseFolder(home: string): void {
  claimed.delete(home)
  rmSync(join(home, markName), { force: true })
}

/** Shuts down, losing nothing committed, a server whose program was killed; forgets the mark of one that is gone. */
export async function stopOrphan(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid')
  const pid = readPid(pidFile)
  if (pid === null) return
  if (!isAlive(pid) || !isServerOf(pid, folder)) {
    // PostgreSQL itself would refuse to start where another program has been given the number since.
    rmSync(pidFile, { force: true })
    return
  }
  process.kill(pid, 'SIGINT')
  const start = Date.now()
  let pressed = false
  while (isAlive(pid)) {
    const waited = Date.now() - start
    if (waited > 10_000 && !pressed) {
      pressed = true
      process.kill(pid, 'SIGQUIT')
    }
    if (waited > 20_000) {
      throw new DatabaseRefusal(`A PostgreSQL left over from a killed program does not stop (process ${pid}): stop it and start again.`)
    }
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

type Owner = { pid: number; beginning: string }

function readOwner(mark: string): Owner | null {
  try {
    const [pid, beginning] = readFileSync(mark, 'utf8').trim().split(' ')
    return pid && Number(pid) > 0 ? { pid: Number(pid), beginning: beginning ?? '' } : { pid: 0, beginning: 'unreadable' }
  } catch {
    return null
  }
}

function isMe(owner: Owner): boolean {
  return owner.pid === process.pid && owner.beginning === beginningOf(process.pid)
}

function readPid(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 0 ? pid : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, under another account.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return stateOf(pid) !== 'Z'
}

// The fields of /proc/N/stat after the name (which may hold anything): state first, the start in clock ticks as the 20th.
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
const stateOf = (pid: number) => statOf(pid)[0] ?? ''
/** Empty where there is no /proc: there only the number counts. */
const beginningOf = (pid: number) => statOf(pid)[19] ?? ''

function isServerOf(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder)
  } catch {
    return true
  }
}
