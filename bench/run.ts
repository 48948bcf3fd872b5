// npm run bench [-- NAME …]: one question each, one JSON line each on stdout; progress on stderr.

type Bench = { run: () => Promise<Record<string, number>> }

const benches: Record<string, () => Promise<Bench>> = {
  'sync-first': () => import('./sync-first.ts'),
  'sync-noop': () => import('./sync-noop.ts'),
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

for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`${name}…\n`)
  try {
    const figures = await (await load()).run()
    process.stdout.write(`${JSON.stringify({ bench: name, ...figures })}\n`)
  } catch (error) {
    process.exitCode = 1
    process.stdout.write(`${JSON.stringify({ bench: name, error: error instanceof Error ? error.message : String(error) })}\n`)
  }
}
process.exit()
