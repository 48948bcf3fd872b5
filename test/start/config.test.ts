import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigRefusal, readConfig } from '#config.ts'

const folder = mkdtempSync(join(tmpdir(), 'aiti-config-'))
after(() => rmSync(folder, { recursive: true }))
const read = (env: Record<string, string> = {}) => readConfig({ DATA_FOLDER: folder, ...env })

const keys = { VKID_CLIENT_ID: '51', SFERUM_TOKEN: 'secret-token' }

test('without any setting: the sandbox on port 3000, for this machine only', () => {
  const { config, secrets } = read()
  assert.deepEqual([config.port, config.host, config.role, config.vk, config.sferumMode], [3000, '127.0.0.1', 'all', null, 'direct'])
  assert.equal(secrets.databaseUrl, null)
})

test('the secret key is made once, for its owner only, and stays', () => {
  const { secrets } = read()
  const file = join(folder, 'secret.key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(readFileSync(file, 'utf8').trim(), secrets.secretKey)
  assert.equal(read().secrets.secretKey, secrets.secretKey)
})

test('with keys the sandbox is off and the addresses are the real ones', () => {
  const { config } = read(keys)
  assert.deepEqual(config.vk, { apiUrl: 'https://api.vk.ru', vkidUrl: 'https://id.vk.ru', clientId: '51', groupId: null })
})

test('no secret is in the config that gets logged', () => {
  const secret = { SFERUM_TOKEN: 'hush-1', VKID_SERVICE_TOKEN: 'hush-2', METRICS_TOKEN: 'hush-3', DATABASE_URL: 'postgres://a:hush-4@db/x' }
  const { config, secrets } = read({ ...keys, ...secret })
  assert.doesNotMatch(JSON.stringify(config), /hush/)
  assert.deepEqual(
    [secrets.sferumToken, secrets.vkidServiceToken, secrets.metricsToken, secrets.databaseUrl],
    ['hush-1', 'hush-2', 'hush-3', 'postgres://a:hush-4@db/x'],
  )
})

const short = join(folder, 'short.key')
writeFileSync(short, 'short\n')
const noCertificate = join(folder, 'ca.pem')
writeFileSync(noCertificate, 'hello')

const refused: [title: string, env: Record<string, string>, ...sentences: RegExp[]][] = [
  ['a port that is no port', { PORT: '70000' }, /^PORT is "70000": use a number/],
  ['a public address without http', { PUBLIC_URL: 'school.example' }, /^PUBLIC_URL is "school\.example": use an address/],
  ['a public address with a path', { PUBLIC_URL: 'https://x.example/app' }, /^PUBLIC_URL .* no path/],
  ['an unknown role', { ROLE: 'king' }, /^ROLE is "king": use one of all, web, worker\.$/],
  ['an unknown log level', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud"/],
  ['an unknown mode', { SFERUM_MODE: 'magic' }, /^SFERUM_MODE is "magic": use one of direct, invite\.$/],
  ['a flag that is neither 1 nor 0', { TRUST_PROXY: 'yes' }, /^TRUST_PROXY is "yes": use 1 or 0\.$/],
  ['a database of another kind', { DATABASE_URL: 'mysql://x' }, /^DATABASE_URL is not an address such as postgres:/],
  ['a database address that holds a password', { DATABASE_URL: 'pg:hush' }, /^(?!.*hush)DATABASE_URL/],
  ['a worker without a shared database', { ...keys, ROLE: 'worker' }, /^ROLE=worker needs DATABASE_URL/],
  ['a worker in the sandbox', { ROLE: 'worker', DATABASE_URL: 'postgres://x/y' }, /^ROLE=worker has no sandbox/],
  ['half-given keys', { VKID_CLIENT_ID: '51' }, /^SFERUM_TOKEN is missing while VKID_CLIENT_ID is given/],
  ['only an address of VK', { SFERUM_API_URL: 'https://api.vk.ru' }, /^VKID_CLIENT_ID and SFERUM_TOKEN are missing/],
  ['invite mode without the community', { ...keys, SFERUM_MODE: 'invite' }, /^SFERUM_GROUP_ID is missing/],
  ['a community that is no number', { ...keys, SFERUM_GROUP_ID: '-7' }, /^SFERUM_GROUP_ID is "-7"/],
  ['an application that is no number', { ...keys, VKID_CLIENT_ID: 'app' }, /^VKID_CLIENT_ID is "app"/],
  ['production without keys', { NODE_ENV: 'production' }, /^NODE_ENV is production and no VK keys are given/],
  ['a sandbox with keys', { ...keys, SANDBOX: '1' }, /^SANDBOX=1 contradicts/],
  ['a secret key file that is not there', { SECRET_KEY_FILE: join(folder, 'gone') }, /^SECRET_KEY_FILE .* cannot be read\.$/],
  ['a short secret key', { SECRET_KEY_FILE: short }, /^SECRET_KEY_FILE .* shorter than 32 characters\.$/],
  ['an authority that is not there', { EXTRA_CA_FILE: join(folder, 'gone') }, /^EXTRA_CA_FILE .* cannot be read\.$/],
  ['an authority that is none', { EXTRA_CA_FILE: noCertificate }, /^EXTRA_CA_FILE .* no certificate/],
  ['everything at once', { PORT: 'x', ROLE: 'x', SFERUM_TOKEN: 'x' }, /^PORT/, /^ROLE/, /^VKID_CLIENT_ID is missing/],
]

for (const [title, env, ...sentences] of refused) {
  test(`${title} is refused in one sentence each`, () => {
    assert.throws(
      () => read(env),
      (error) => {
        assert.ok(error instanceof ConfigRefusal)
        for (const sentence of sentences)
          assert.ok(
            error.problems.some((problem) => sentence.test(problem)),
            error.message,
          )
        if (title !== 'everything at once') assert.equal(error.problems.length, 1, error.message)
        return true
      },
    )
  })
}

test('production with SANDBOX=1 is a sandbox on purpose', () => {
  assert.equal(read({ NODE_ENV: 'production', SANDBOX: '1' }).config.vk, null)
})

test('a data folder that cannot be written to is one sentence', () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  assert.throws(() => readConfig({ DATA_FOLDER: join(file, 'data') }), /^ConfigRefusal: (SECRET_KEY_FILE|DATA_FOLDER) is/)
  mkdirSync(join(folder, 'fine'))
  assert.ok(readConfig({ DATA_FOLDER: join(folder, 'fine') }))
})
