import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { buildWebIfStale } from '../tools/web-build.ts'
import { freePort, openFolder, round, until } from './ground.ts'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** How long from the start of the process to the first page, on a data folder that has been used before? */
export async function run(): Promise<Record<string, number>> {
  await buildWebIfStale()
  await using stack = new AsyncDisposableStack()
  const folder = openFolder(stack)
  const port = await freePort()
  const startOnce = async () => {
    const started = performance.now()
    const child = spawn(process.execPath, [program], {
      stdio: 'ignore',
      env: { ...process.env, PORT: String(port), DATA_FOLDER: folder, LOG_LEVEL: 'silent' },
    })
    const gone = once(child, 'exit')
    try {
      await until(async () => (await fetch(`http://localhost:${port}/sign-in`)).status === 200)
      return (performance.now() - started) / 1000
    } finally {
      child.kill('SIGTERM')
      await gone
    }
  }
  const cold = await startOnce()
  const warm = [await startOnce(), await startOnce(), await startOnce()].toSorted((one, other) => one - other)
  return { seconds: round(warm[1] ?? 0), first_start_s: round(cold) }
}
