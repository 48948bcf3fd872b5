import { closeEverything, removeFolders } from './ground.ts'

// npm run bench [-- NAME …]: one question each, one JSON line each on stdout; progress on stderr.

type Bench = { run: () => Promise<Record<string, number>> }

const benches: Record<string, () => Promise<Bench>> = {
  'sync-first': () => import('./sync-first.ts'),
  'sync-noop': () => import('./sync-noop.ts'),
  'sync-first-school': () => import('./sync-first-school.ts'),
  'sync-noop-school': () => import('./sync-noop-school.ts'),
  naive: () => import('./naive.ts'),
  'link-latency': () => import('./link-latency.ts'),
  'two-workers': () => import('./two-workers.ts'),
  'plan-region': () => import('./plan-region.ts'),
  crash: () => import('./crash.ts'),
  registry: () => import('./registry.ts'),
  start: () => import('./start.ts'),
  bundle: () => import('./bundle.ts'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no bench called ${unknown.join(', ')}: choose from ${Object.keys(benches).join(', ')}.\n`)
  process.exit(1)
}

let leaving = false
let current: Promise<void> = Promise.resolve()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave())

for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  current = tell(name, load)
  await current
}
if (!leaving) process.exit()

async function tell(name: string, load: () => Promise<Bench>): Promise<void> {
  if (leaving) return
  process.stderr.write(`${name}…\n`)
  try {
    const figures = await (await load()).run()
    if (!leaving) process.stdout.write(`${JSON.stringify({ bench: name, ...figures })}\n`)
  } catch (error) {
    if (leaving) return
    process.exitCode = 1
    process.stdout.write(`${JSON.stringify({ bench: name, error: error instanceof Error ? error.message : String(error) })}\n`)
  }
}

/** Ctrl-C: what is open is closed, and what the bench was just opening gets a moment to fail. */
async function leave(): Promise<void> {
  if (leaving) return
  leaving = true
  await closeEverything()
  await Promise.race([current, new Promise((resolve) => setTimeout(resolve, 5000))])
  removeFolders()
  process.exit(130)
}
