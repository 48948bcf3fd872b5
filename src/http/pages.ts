import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import type { Context } from 'hono'
import type { App, AppEnv, HttpSettings } from './env.ts'
import { answerNotFound } from './errors.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** The built web part: files as they are, and index.html for every address that is a page. */
export function servePages(app: App, settings: HttpSettings): void {
  const root = resolve(settings.webFolder)
  app.get('*', async (c, next) => {
    const { pathname } = new URL(c.req.url)
    if (isOurs(pathname)) return next()
    if (extname(pathname) !== '') return (await answerFile(c, root, pathname)) ?? answerNotFound(c)
    return answerPage(c, root)
  })
}

const isOurs = (pathname: string) => pathname === '/api' || pathname.startsWith('/api/') || pathname === '/links/sferum/callback'

async function answerFile(c: Context<AppEnv>, root: string, pathname: string): Promise<Response | null> {
  const type = types[extname(pathname)]
  const file = resolve(join(root, decode(pathname)))
  if (type === undefined || file === join(root, 'index.html') || !file.startsWith(root + sep)) return null
  const accepted = c.req.header('accept-encoding') ?? ''
  const headers: Record<string, string> = {
    'content-type': type,
    vary: 'accept-encoding',
    // Vite puts a hash of the content into the names under assets/.
    'cache-control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=300',
  }
  for (const [encoding, suffix] of encodings) {
    if (!accepted.includes(encoding)) continue
    const packed = await readIfThere(file + suffix)
    if (packed) return c.body(packed, 200, { ...headers, 'content-encoding': encoding })
  }
  const plain = await readIfThere(file)
  return plain && c.body(plain, 200, headers)
}

async function answerPage(c: Context<AppEnv>, root: string): Promise<Response> {
  const page = await readIfThere(join(root, 'index.html'))
  if (!page) return c.text('The web part is not built: start the program with "npm start", which builds it.', 503)
  return c.html(new TextDecoder().decode(page).replaceAll('__CSP_NONCE__', c.get('nonce')), 200, { 'cache-control': 'no-store' })
}

async function readIfThere(file: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) return null
    throw error
  }
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname).replaceAll('\0', '')
  } catch {
    return '/'
  }
}
