import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** house: the real front door with ROLE=worker; worker: only what works on runs, started quickly. */
export type Program = 'house' | 'worker'

export type Victim = {
  program: Program
  /** The name under which its job runner is connected to the database. */
  name: string
  /** Settles when the process is gone, whoever ended it. */
  gone: Promise<unknown>
  wasKilled: () => boolean
  /** kill -9; settles when the process is gone. */
  kill: () => Promise<unknown>
  /** What it said, for whoever looks for the reason why it ended by itself. */
  words: () => string
}

const entries: Record<Program, string> = {
  house: fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
  worker: fileURLToPath(new URL('./worker.ts', import.meta.url)),
}

const living = new Set<ChildProcess>()
const killAll = () => {
  for (const child of living) child.kill('SIGKILL')
}
let watching = false

/** However the parent ends, nobody is left behind. */
function watchParent(): void {
  if (watching) return
  watching = true
  process.on('exit', killAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll()
      // Nobody else wanted to say goodbye in an orderly way.
      if (process.listenerCount(signal) === 0) process.exit(130)
    })
  }
}

let launched = 0

/** Starts a process of the product, ready to be killed. */
export function launch(program: Program, env: Record<string, string>): Victim {
  watchParent()
  const name = `victim-${process.pid}-${++launched}`
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [entries[program]], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH, PGAPPNAME: name, LOG_LEVEL: 'warn', ROLE: 'worker', PORT: '0', ...env },
  })
  living.add(child)
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words = `${words}${String(chunk)}`.slice(-4000)))
  let killed = false
  const gone = once(child, 'exit').finally(() => living.delete(child))
  return {
    program,
    name,
    gone,
    wasKilled: () => killed,
    kill: () => {
      killed ||= child.exitCode === null && child.signalCode === null
      child.kill('SIGKILL')
      return gone
    },
    words: () => words,
  }
}
