import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { buildWebIfStale } from '../tools/web-build.ts'
import { round } from './ground.ts'

const web = fileURLToPath(new URL('../dist/web', import.meta.url))

/** How much JavaScript does the sign-in page load: the entry, its page, and all they import before anything is shown. */
export async function run(): Promise<Record<string, number>> {
  await buildWebIfStale()
  const index = readFileSync(join(web, 'index.html'), 'utf8')
  const entries = [...index.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => join(web, match[1] ?? ''))
  const files = new Set<string>()
  for (const entry of entries) follow(entry, files)
  // The page itself is loaded by the router as a part of its own.
  const page = [...readFileSync(entries[0] ?? '', 'utf8').matchAll(/\.\/(SignInPage-[\w-]+\.js)/g)][0]?.[1]
  if (page === undefined) throw new Error('The sign-in page is not in the bundle.')
  follow(join(web, 'assets', page), files)
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0)
  return { gzip_kb: round(bytes / 1024, 1), files: files.size }
}

function follow(file: string, seen: Set<string>): void {
  if (seen.has(file)) return
  seen.add(file)
  for (const match of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*["'](\.\/[^"']+\.js)["']/g))
    follow(join(dirname(file), match[1] ?? ''), seen)
}
