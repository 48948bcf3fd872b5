import { fileURLToPath } from 'node:url'
import { buildWebIfStale } from '../tools/web-build.ts'
import { freePort, openFolder, openStack, round, startProgram, until } from './ground.ts'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

// What whoever runs the bench has configured (a DATABASE_URL, keys) is not for the house that is measured.
const { PATH, HOME, TMPDIR } = process.env

/** How long from the start of the process to the first page, on a data folder that has been used before? */
export async function run(): Promise<Record<string, number>> {
  await buildWebIfStale()
  await using stack = openStack()
  const folder = openFolder(stack)
  const port = await freePort()
  const startOnce = async () => {
    const started = performance.now()
    const env = { PATH, HOME, TMPDIR, PORT: String(port), DATA_FOLDER: folder, LOG_LEVEL: 'silent' }
    const { gone, stop } = await startProgram(stack, [program], env)
    await until(async () => (await fetch(`http://localhost:${port}/sign-in`)).status === 200, gone)
    const seconds = (performance.now() - started) / 1000
    if ((await stop()) !== 0) throw new Error('The house did not close cleanly: the next start would not be a warm one.')
    return seconds
  }
  const cold = await startOnce()
  const warm = [await startOnce(), await startOnce(), await startOnce()].toSorted((one, other) => one - other)
  return { seconds: round(warm[1] ?? 0), first_start_s: round(cold) }
}
