import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'dist/web')
const stamp = join(output, '.inputs')
const inputs = ['src/web', 'src/contract', 'src/lib', 'vite.config.ts', 'tsconfig.web.json', 'package-lock.json']

/** Builds the browser part when anything that goes into it has changed since the last time. */
export async function buildWebIfStale(): Promise<void> {
  if (!existsSync(join(root, 'src/web'))) return
  const wanted = hashInputs()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { NODE_ENV } = process.env
  const vite = await import('vite').catch(() => null)
  if (!vite) {
    if (existsSync(join(output, 'index.html'))) return
    process.stderr.write(
      'The web part is not built and the tools to build it are not installed: run npm ci without --omit=dev, then npm start.\n',
    )
    process.exit(1)
  }
  process.stderr.write('Building the web part…\n')
  const started = Date.now()
  try {
    await vite.build({ configFile: join(root, 'vite.config.ts'), logLevel: 'silent', mode: 'production' })
  } catch (error) {
    process.stderr.write(`The web part cannot be built: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
  // Vite leaves NODE_ENV=production behind, which would mean something to the program that starts next in this process.
  if (NODE_ENV === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = NODE_ENV
  compress(output)
  writeFileSync(stamp, wanted)
  process.stderr.write(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`)
}

function hashInputs(): string {
  const hash = createHash('sha256')
  for (const file of inputs.flatMap((input) => filesUnder(join(root, input)))) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return []
  const entries = readDirectory(path)
  if (!entries) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function readDirectory(path: string) {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
  } catch {
    return null
  }
}

// The server sends these as they lie instead of compressing at every request.
function compress(folder: string): void {
  for (const file of filesUnder(folder)) {
    if (!/\.(js|css|svg)$/.test(file)) continue
    const content = readFileSync(file)
    writeFileSync(`${file}.br`, brotliCompressSync(content))
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
  }
}

if (import.meta.main) await buildWebIfStale()
