import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type OpenDatabase, openDatabase } from '#db/database.ts'
import { type EmbeddedServer, startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'

// A test run shares one server (tools/test.ts starts it and sets TEST_DATABASE_URL); a single file run alone starts its own.
const shared = process.env.TEST_DATABASE_URL
let own: Promise<{ server: EmbeddedServer; folder: string }> | undefined

/** The address of an empty server to create databases on, as an ordinary role that may create databases. */
export async function testServerUrl(): Promise<string> {
  if (shared) return shared
  own ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aiti-test-'))
    return { server: await startEmbedded({ folder: join(folder, 'pg'), port: await freePort() }), folder }
  })()
  return (await own).server.url
}

/** Call in `after` of a file that used the server: stops it where this file started it. */
export async function stopTestServer(): Promise<void> {
  if (!own) return
  const { server, folder } = await own
  own = undefined
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

export type TestDatabase = OpenDatabase & { url: string; [Symbol.asyncDispose]: () => Promise<void> }

/** A fresh, migrated database, cloned from a template; dropped on disposal. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await testServerUrl()
  await ensureTemplate(server)
  const name = `t_${randomBytes(8).toString('hex')}`
  await admin(server, `create database ${name} template aiti_template`)
  const url = withDatabase(server, name)
  const open = openDatabase(url, () => {})
  return {
    ...open,
    url,
    [Symbol.asyncDispose]: async () => {
      await open.close()
      await dropWhenLeft(server, name)
    },
  }
}

let template: Promise<void> | undefined
function ensureTemplate(server: string): Promise<void> {
  template ??= (async () => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    try {
      await client.query('select pg_advisory_lock(7240002)')
      const { rowCount } = await client.query(`select from pg_database where datname = 'aiti_template'`)
      if (rowCount === 0) {
        await client.query('create database aiti_template_new')
        await migrate(withDatabase(server, 'aiti_template_new'))
        await client.query('alter database aiti_template_new rename to aiti_template')
      }
    } finally {
      await client.end()
    }
  })()
  return template
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/**
 * A connection that has said goodbye takes a moment to go. Dropping by force meanwhile would tell it «terminating
 * connection», an error that nobody listens for any more.
 */
async function dropWhenLeft(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    for (let look = 0; look < 100; look++) {
      const { rowCount } = await client.query('select from pg_stat_activity where datname = $1', [name])
      if (rowCount === 0) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } finally {
    await client.end()
  }
  await admin(server, `drop database ${name} with (force)`)
}

async function admin(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    // Cloning a template waits for nobody to be connected to it; one clone at a time keeps that true.
    await client.query('select pg_advisory_lock(7240002)')
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
