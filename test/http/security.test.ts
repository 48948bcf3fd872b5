import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import pg from 'pg'
import type { Problem } from '#contract/errors.ts'
import { createLog } from '#lib/log.ts'
import { stopTestServer, testServerUrl } from '../support/database.ts'
import { createCast, openTestHouse, readJson } from './support.ts'

after(stopTestServer)

const web = mkdtempSync(join(tmpdir(), 'aiti-web-'))
mkdirSync(join(web, 'assets'))
writeFileSync(join(web, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>')
writeFileSync(join(web, 'assets/main-a1b2.js'), 'plain')
writeFileSync(join(web, 'assets/main-a1b2.js.gz'), gzipSync('packed'))
after(() => rmSync(web, { recursive: true }))

test('every answer carries the security headers', async () => {
  await using at = await openTestHouse({}, { webFolder: web })
  for (const path of ['/', '/api/house', '/api/nothing', '/healthz', '/assets/main-a1b2.js']) {
    const { headers } = await at.visitor().get(path)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part), path)
    assert.ok(!policy.includes('unsafe'), path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
  }
})

test('every page is index.html with a nonce of its own; files are files', async () => {
  await using at = await openTestHouse({}, { webFolder: web })
  const visitor = at.visitor()
  const nonces = new Set<string>()
  for (const path of ['/', '/chats?page=2', '/links/result?outcome=taken']) {
    const answer = await visitor.get(path)
    const nonce = /content="([^"]+)"/.exec(await answer.text())?.[1] ?? ''
    assert.ok(answer.headers.get('content-security-policy')?.includes(`'nonce-${nonce}'`))
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 3)

  const packed = await visitor.send('GET', '/assets/main-a1b2.js', undefined, { 'accept-encoding': 'gzip' })
  assert.equal(await packed.text(), 'packed')
  assert.equal(packed.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  const plain = await visitor.send('GET', '/assets/main-a1b2.js', undefined, { 'accept-encoding': 'identity' })
  assert.equal(await plain.text(), 'plain')
  for (const path of ['/assets/gone-1.js', '/assets/..%2f..%2fpackage.json', '/..%2fpackage.json', '/index.html', '/%00.js', '/%.js']) {
    assert.equal((await visitor.get(path)).status, 404, path)
  }
})

test('what changes something must come from our own page, as JSON', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const visitor = at.visitor()
  await visitor.signIn('teacher')
  const path = '/api/me/links/sferum/start'
  const send = (headers: Record<string, string>, body?: string) =>
    fetch(at.url + path, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { cookie: [...visitor.cookies].map((pair) => pair.join('=')).join('; '), ...headers },
    })
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: at.url },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    {},
  ] as Record<string, string>[]) {
    const answer = await send(headers)
    assert.deepEqual([answer.status, await answer.json()], [403, { code: 'cross-site' }], JSON.stringify(headers))
  }
  const form = await send({ 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }, 'a=b')
  assert.equal(form.status, 400)
  assert.equal((await send({ 'sec-fetch-site': 'same-origin' })).status, 200)
  assert.equal((await send({ origin: at.url })).status, 200)
})

test('a body over one megabyte is refused, and one that is no JSON', async () => {
  await using at = await openTestHouse()
  const large = await at.visitor().post('/api/auth/sign-in/username', { username: 'x'.repeat(1024 * 1024), password: '' })
  assert.deepEqual([large.status, (await readJson<Problem>(large)).code], [413, 'too-large'])
  const broken = await at.visitor().post('/api/auth/sign-in/username', '{"username":')
  assert.deepEqual([broken.status, (await readJson<Problem>(broken)).code], [400, 'bad-input'])
})

test('an unexpected error tells the log everything and the visitor nothing', async () => {
  const written: string[] = []
  const log = createLog('error', { write: (line) => written.push(line) })
  await using at = await openTestHouse({}, { log })
  await createCast(at.db)
  const visitor = at.visitor()
  await visitor.signIn('teacher')
  await at.db.schema.alterTable('link').renameTo('link_away').execute()
  const answer = await visitor.get('/api/me/links')
  assert.equal(answer.status, 500)
  const problem = await readJson<Problem>(answer)
  assert.deepEqual(Object.keys(problem.details ?? {}), ['request'])
  assert.equal(problem.code, 'unexpected')
  assert.equal(written.length, 1)
  assert.match(written[0] ?? '', new RegExp(`"request":"${problem.details?.request}"`))
  assert.match(written[0] ?? '', /42P01/)
  assert.doesNotMatch(written[0] ?? '', /Учителев/)
})

test('health: alive and ready; requests are counted by route', async () => {
  await using at = await openTestHouse()
  const visitor = at.visitor()
  assert.equal((await visitor.get('/healthz')).status, 200)
  assert.deepEqual(await (await visitor.get('/readyz')).json(), { ready: true, unready: [] })
  await visitor.get('/api/me')
  const metrics = await (await visitor.get('/metrics')).text()
  assert.ok(metrics.includes('http_request_duration_seconds_count{route="/api/me",method="GET",status="401"} 1'))
})

test('metrics are for the same machine or for who has the token', async () => {
  await using at = await openTestHouse({ METRICS_TOKEN: 'let-me-see' })
  const ask = (authorization?: string) => at.visitor().send('GET', '/metrics', undefined, authorization ? { authorization } : {})
  assert.equal((await ask()).status, 403)
  assert.equal((await ask('Bearer let-me-sea')).status, 403)
  assert.equal((await ask('Bearer let-me-see')).status, 200)
  await using proxied = await openTestHouse({ TRUST_PROXY: '1' })
  const outside = await proxied.visitor().send('GET', '/metrics', undefined, { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })
  assert.equal(outside.status, 403)
})

test('in the sandbox a page asked for by the other loopback name is sent to ours, query and all', async () => {
  const { OpenAPIHono } = await import('@hono/zod-openapi')
  const { oneSpellingOfLoopback } = await import('#http/security.ts')
  const app = new OpenAPIHono()
  app.use(oneSpellingOfLoopback({ publicUrl: 'http://localhost:3000' }))
  app.get('*', (c) => c.text('page'))
  const ask = (host: string, accept = 'text/html') => app.request('/chats?page=2', { headers: { host, accept } })
  assert.equal((await ask('127.0.0.1:3000')).headers.get('location'), 'http://localhost:3000/chats?page=2')
  assert.equal((await ask('localhost:3000')).status, 200)
  assert.equal((await ask('127.0.0.1:3000', '*/*')).status, 200)
  assert.equal((await ask('school.example')).status, 200)
})

test('a request without a proper Host breaks nothing', async () => {
  await using at = await openTestHouse()
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ port: at.house.port, host: '127.0.0.1', path: '/healthz', headers: { host: '"><script>' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
  assert.ok(status !== undefined && status < 500, String(status))
})

test('a worker answers for its health and for nothing else', async () => {
  await using at = await openTestHouse({ ROLE: 'worker' }, { webFolder: web })
  const visitor = at.visitor()
  assert.deepEqual(await readJson(await visitor.get('/readyz')), { ready: true, unready: [] })
  for (const path of ['/', '/api/house', '/api/me']) assert.equal((await visitor.get(path)).status, 404, path)
})

test('a web process without a worker is ready too', async () => {
  await using at = await openTestHouse({ ROLE: 'web' }, { webFolder: web })
  assert.deepEqual(await readJson(await at.visitor().get('/readyz')), { ready: true, unready: [] })
})

test('when the database goes away the house lives on, is not ready, and is ready again when it comes back', async () => {
  await using at = await openTestHouse()
  await createCast(at.db)
  const visitor = at.visitor()
  await visitor.signIn('teacher')
  const name = new URL(at.house.databaseUrl).pathname.slice(1)
  const admin = new pg.Client({ connectionString: await testServerUrl() })
  await admin.connect()
  try {
    await admin.query(`alter database ${name} with connection limit 0`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    assert.equal((await visitor.get('/healthz')).status, 200)
    const answer = await visitor.get('/readyz')
    assert.deepEqual([answer.status, await readJson(answer)], [503, { ready: false, unready: ['database'] }])
    const failed = await visitor.get('/api/me')
    assert.deepEqual([failed.status, (await readJson<Problem>(failed)).code], [500, 'unexpected'])
    await admin.query(`alter database ${name} with connection limit -1`)
  } finally {
    await admin.end()
  }
  assert.equal((await visitor.get('/readyz')).status, 200)
  assert.equal((await visitor.get('/api/me')).status, 200)
})
