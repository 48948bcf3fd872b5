import { ConfigRefusal, readConfig } from './config.ts'
import { DatabaseRefusal } from './db/migrate.ts'
import { type House, PortRefusal, startHouse } from './house.ts'

// The front door: config → house → wait for a signal.

let leaving = false
const opening = open()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave)
greet(await opening)

async function open(): Promise<House> {
  try {
    const { config, secrets } = readConfig()
    return await startHouse(config, secrets)
  } catch (error) {
    if (!(error instanceof ConfigRefusal || error instanceof DatabaseRefusal || error instanceof PortRefusal)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

function leave(signal: NodeJS.Signals): void {
  // A second Ctrl-C, or a door that does not close: PostgreSQL is told to shut down and we do not wait for it.
  if (leaving && signal === 'SIGINT') process.exit(1)
  if (leaving) return
  leaving = true
  setTimeout(() => process.exit(1), 8000).unref()
  opening
    .then((house) => house.stop())
    .then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
        process.exit(1)
      },
    )
}

function greet({ url, sandbox }: House): void {
  if (!sandbox || leaving) return
  const lines = sandbox.signIns.map(
    ({ login, password, role, organisation }) => `  ${login.padEnd(16)} ${password.padEnd(16)} ${role}, ${organisation}`,
  )
  process.stdout.write(
    [`АйТи Школа: ${url}`, `VK Мессенджер (эмулятор): ${sandbox.messengerUrl}`, 'Песочница. Вход (логин, пароль):', ...lines, ''].join(
      '\n',
    ),
  )
}
