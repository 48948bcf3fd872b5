import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

// The walls of ARCHITECTURE.md, read from the imports themselves. A room that is missing here may import nothing.

/** Who may import whom: rooms, or single files where the wall has a door. */
const may: Record<string, string[]> = {
  lib: [],
  contract: ['lib'],
  db: ['lib'],
  register: ['db', 'contract', 'lib'],
  messengers: ['lib'],
  identity: ['db', 'contract', 'lib'],
  links: ['db', 'contract', 'lib', 'register', 'messengers/messenger.ts'],
  sync: ['register', 'links', 'messengers/messenger.ts', 'db', 'contract', 'lib'],
  chats: ['sync', 'register', 'links', 'db', 'contract', 'lib'],
  jobs: ['sync', 'chats', 'register', 'links', 'lib'],
  http: ['chats', 'sync', 'register', 'identity', 'links', 'jobs/enqueue.ts', 'db', 'contract', 'lib'],
  web: ['contract', 'lib'],
}

/** The front: wires all rooms but the browser's, and the sandbox, which is outside them. */
const front = ['src/main.ts', 'src/house.ts', 'src/config.ts']
const sandboxDoor: Record<string, string[]> = { 'src/house.ts': ['emulators/start.ts', 'tools/sandbox.ts', 'package.json'] }

type Import = { file: string; line: number; what: string; target: string | null }

const roots = ['src', 'emulators', 'test', 'bench', 'tools']
const files = roots.flatMap((root) => globSync(`${root}/**/*.{ts,tsx}`)).map((file) => file.replaceAll('\\', '/'))
const imports = files.flatMap(readImports)
const text = (found: Pick<Import, 'file' | 'line' | 'what'>[]) => found.map(({ file, line, what }) => `${file}:${line} ${what}`).join('\n')

test('every room imports only what the table allows', () => {
  const offenders = imports.filter(({ file, target }) => {
    if (!file.startsWith('src/') || target === null) return false
    if (!target.startsWith('src/')) return !sandboxDoor[file]?.includes(target)
    if (front.includes(file)) return roomOf(target) === 'web'
    const room = roomOf(file)
    const inside = target.slice('src/'.length)
    return roomOf(target) !== room && !(may[room] ?? []).some((allowed) => inside === allowed || inside.startsWith(`${allowed}/`))
  })
  assert.equal(text(offenders), '')
})

test('every room under src is in the table', () => {
  const strangers = files.filter((file) => file.startsWith('src/') && !front.includes(file) && !(roomOf(file) in may))
  assert.deepEqual(strangers, [])
})

test('emulators import nothing of ours but themselves', () => {
  assert.equal(
    text(imports.filter(({ file, target }) => file.startsWith('emulators/') && target !== null && !target.startsWith('emulators/'))),
    '',
  )
})

test('the two messengers do not know of each other', () => {
  const offenders = imports.filter(({ file, target }) => {
    const [one, other] = file.startsWith('src/messengers/sferum/')
      ? ['sferum', 'teams']
      : file.startsWith('src/messengers/teams/')
        ? ['teams', 'sferum']
        : []
    return one !== undefined && target?.startsWith(`src/messengers/${other}/`)
  })
  assert.equal(text(offenders), '')
})

test('web, contract and the plan stay free of Node', () => {
  const offenders = imports.filter(({ file, what }) => /^src\/(web|contract)\//.test(file) && what.startsWith('node:'))
  assert.equal(text(offenders), '')
})

test('rules, plan and guard are pure: no database, no clock, no chance', () => {
  const pure = files.filter((file) => /^src\/sync\/(rules|plan|guard)\.ts$/.test(file))
  const impure = imports.filter(
    ({ file, target, what }) =>
      pure.includes(file) && (/^src\/(db|lib\/clock)/.test(target ?? '') || /^(pg|kysely|node:(?!crypto))/.test(what)),
  )
  // A hash is a pure use of node:crypto; whatever draws lots or reads the time is not.
  assert.equal(text([...impure, ...grep(pure, /\b(Date\.now|new Date\(\)|Math\.random|random(UUID|Bytes|Int)|performance\.now)\b/)]), '')
})

test('only config.ts reads the environment', () => {
  assert.equal(
    text(
      grep(
        files.filter((file) => file.startsWith('src/') && file !== 'src/config.ts'),
        /\bprocess\.env\b/,
      ),
    ),
    '',
  )
})

test('no barrels', () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)index\.tsx?$/.test(file)),
    [],
  )
})

test('no file is longer than 500 lines', () => {
  const long = files.map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length })).filter(({ lines }) => lines > 500)
  assert.deepEqual(long, [])
})

function roomOf(file: string): string {
  const [, room = '', ...rest] = file.split('/')
  return rest.length === 0 ? 'src' : room
}

function readImports(file: string): Import[] {
  const source = readFileSync(file, 'utf8')
  const found: Import[] = []
  for (const match of source.matchAll(
    /(?:^|[;\s])(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/gm,
  )) {
    const what = match[1] ?? match[2] ?? ''
    const line = source.slice(0, match.index + match[0].indexOf(what)).split('\n').length
    found.push({ file, line, what, target: targetOf(file, what) })
  }
  return found
}

/** The path of what is imported, seen from the root; null for packages and Node. */
function targetOf(file: string, what: string): string | null {
  if (what.startsWith('#')) return `src/${what.slice(1)}`
  if (what.startsWith('.')) return normalize(join(dirname(file), what)).replaceAll('\\', '/')
  return null
}

function grep(among: string[], pattern: RegExp): { file: string; line: number; what: string }[] {
  return among.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((what, at) => ({ file, line: at + 1, what: what.trim() }))
      .filter(({ what }) => pattern.test(what)),
  )
}
