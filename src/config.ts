import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

export const roles = ['all', 'web', 'worker'] as const
export const logLevels = ['info', 'debug', 'trace', 'warn', 'error', 'fatal', 'silent'] as const
export const sferumModes = ['direct', 'invite'] as const

/** Where VK is. In the sandbox the house fills it in from the emulator that it starts. */
export type VkConfig = { apiUrl: string; vkidUrl: string; clientId: string; groupId: number | null }

export type Config = {
  host: string
  /** 0 asks for any free port; publicUrl then follows it unless it was given. */
  port: number
  publicUrl: string | null
  dataFolder: string
  secretKeyFile: string
  extraCaFile: string | null
  role: (typeof roles)[number]
  logLevel: (typeof logLevels)[number]
  trustProxy: boolean
  sferumMode: (typeof sferumModes)[number]
  /** null: the sandbox. */
  vk: VkConfig | null
}

/** Apart from Config so that logging a config cannot show one of these. */
export type Secrets = {
  /** null: the embedded PostgreSQL. */
  databaseUrl: string | null
  secretKey: string
  sferumToken: string | null
  vkidServiceToken: string | null
  /** Of the community's Callback API; null: VK tells us nothing by itself. */
  sferumCallback: { secret: string; confirmation: string } | null
  metricsToken: string | null
}

export class ConfigRefusal extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigRefusal'
    this.problems = problems
  }
}

type Env = Record<string, string | undefined>

/**
 * Reads the environment; creates the secret key file on the first start (only the default one).
 * @throws ConfigRefusal with one English sentence for every bad value, all at once.
 */
export function readConfig(env: Env = process.env): { config: Config; secrets: Secrets } {
  const problems: string[] = []
  const text = (name: string) => env[name]?.trim() || null
  const choice = <T extends string>(name: string, allowed: readonly [T, ...T[]]): T => {
    const value = text(name)
    if (value === null) return allowed[0]
    const found = allowed.find((one) => one === value)
    if (found === undefined) problems.push(`${name} is "${value}": use one of ${allowed.join(', ')}.`)
    return found ?? allowed[0]
  }
  const flag = (name: string): boolean => {
    const value = text(name)
    if (value !== null && value !== '0' && value !== '1') problems.push(`${name} is "${value}": use 1 or 0.`)
    return value === '1'
  }
  const address = (name: string): string | null => {
    const value = text(name)
    if (value === null) return null
    const url = URL.parse(value)
    if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.search === '' && url.hash === '') {
      return url.href.replace(/\/$/, '')
    }
    problems.push(`${name} is "${value}": use an address such as https://school.example.`)
    return null
  }

  const port = readPort(text('PORT'), problems)
  const publicUrl = address('PUBLIC_URL')
  if (publicUrl !== null && new URL(publicUrl).pathname !== '/') {
    problems.push(`PUBLIC_URL is "${publicUrl}": it must have no path, the program answers at the root of its address.`)
  }
  const dataFolder = resolve(text('DATA_FOLDER') ?? 'data')
  const role = choice('ROLE', roles)
  const logLevel = choice('LOG_LEVEL', logLevels)
  const sferumMode = choice('SFERUM_MODE', sferumModes)
  const trustProxy = flag('TRUST_PROXY')

  const databaseUrl = text('DATABASE_URL')
  const databaseProtocol = databaseUrl === null ? null : URL.parse(databaseUrl)?.protocol
  if (databaseUrl !== null && databaseProtocol !== 'postgres:' && databaseProtocol !== 'postgresql:') {
    problems.push('DATABASE_URL is not an address such as postgres://user:password@host:5432/database.')
  }
  if (role !== 'all' && databaseUrl === null) {
    problems.push(`ROLE=${role} needs DATABASE_URL: the embedded database belongs to one process, which then does all the work (ROLE=all).`)
  }

  const vk = readVk(text, address, sferumMode, problems)
  const sferumCallback = readCallback(text, sferumMode, problems)
  const sandboxAsked = flag('SANDBOX')
  if (vk !== 'none' && sandboxAsked) problems.push('SANDBOX=1 contradicts the VK keys that are given: remove either.')
  if (vk === 'none' && text('NODE_ENV') === 'production' && !sandboxAsked) {
    problems.push(
      'NODE_ENV is production and no VK keys are given: set VKID_CLIENT_ID and SFERUM_TOKEN, or SANDBOX=1 if invented people and an emulated messenger are what you want.',
    )
  }
  if (vk === 'none' && role !== 'all') problems.push(`ROLE=${role} has no sandbox: give the VK keys, or use ROLE=all.`)

  const extraCaFile = text('EXTRA_CA_FILE')
  if (extraCaFile !== null) refuseUnreadableCa(extraCaFile, problems)

  const secretKeyFile = resolve(text('SECRET_KEY_FILE') ?? join(dataFolder, 'secret.key'))
  if (problems.length > 0) throw new ConfigRefusal(problems)
  const secretKey = readSecretKey(secretKeyFile, text('SECRET_KEY_FILE') === null)

  return {
    config: {
      host: text('HOST') ?? '127.0.0.1',
      port,
      publicUrl,
      dataFolder,
      secretKeyFile,
      extraCaFile,
      role,
      logLevel,
      trustProxy,
      sferumMode,
      vk: vk === 'none' ? null : vk,
    },
    secrets: {
      databaseUrl,
      secretKey,
      sferumToken: text('SFERUM_TOKEN'),
      vkidServiceToken: text('VKID_SERVICE_TOKEN'),
      sferumCallback,
      metricsToken: text('METRICS_TOKEN'),
    },
  }
}

/** Trusts the certificates in the file besides the usual ones, for every TLS connection of this process. */
export function trustExtraCa(file: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')])
}

function readPort(value: string | null, problems: string[]): number {
  if (value === null) return 3000
  const port = Number(value)
  if (/^\d+$/.test(value) && port <= 65_534) return port
  problems.push(`PORT is "${value}": use a number from 1 to 65534.`)
  return 3000
}

const vkNames = ['VKID_CLIENT_ID', 'VKID_SERVICE_TOKEN', 'VKID_URL', 'SFERUM_TOKEN', 'SFERUM_GROUP_ID', 'SFERUM_API_URL']

function readVk(
  text: (name: string) => string | null,
  address: (name: string) => string | null,
  mode: Config['sferumMode'],
  problems: string[],
): VkConfig | 'none' {
  const given = vkNames.filter((name) => text(name) !== null)
  if (given.length === 0) return 'none'
  const needed = ['VKID_CLIENT_ID', 'SFERUM_TOKEN', ...(mode === 'invite' ? ['SFERUM_GROUP_ID'] : [])]
  const missing = needed.filter((name) => text(name) === null)
  if (missing.length > 0) {
    problems.push(
      `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing while ${given.join(', ')} ${given.length > 1 ? 'are' : 'is'} given: give all the VK keys, or none for the sandbox.`,
    )
  }
  const clientId = text('VKID_CLIENT_ID')
  if (clientId !== null && !/^\d+$/.test(clientId))
    problems.push(`VKID_CLIENT_ID is "${clientId}": use the number of the VK ID application.`)
  const groupId = text('SFERUM_GROUP_ID')
  if (groupId !== null && !/^[1-9]\d*$/.test(groupId)) {
    problems.push(`SFERUM_GROUP_ID is "${groupId}": use the number of the community, without a minus.`)
  }
  return {
    apiUrl: address('SFERUM_API_URL') ?? 'https://api.vk.ru',
    vkidUrl: address('VKID_URL') ?? 'https://id.vk.ru',
    clientId: clientId ?? '',
    groupId: groupId === null ? null : Number(groupId),
  }
}

function readCallback(
  text: (name: string) => string | null,
  mode: Config['sferumMode'],
  problems: string[],
): { secret: string; confirmation: string } | null {
  const [secret, confirmation] = [text('SFERUM_CALLBACK_SECRET'), text('SFERUM_CALLBACK_CONFIRMATION')]
  if (secret === null && confirmation === null) return null
  if (secret === null || confirmation === null) {
    problems.push('SFERUM_CALLBACK_SECRET and SFERUM_CALLBACK_CONFIRMATION belong together: give both, or none.')
    return null
  }
  if (mode !== 'invite') {
    problems.push('SFERUM_CALLBACK_SECRET needs SFERUM_MODE=invite: VK sends events to communities only, about chats in which they are.')
  }
  return { secret, confirmation }
}

function refuseUnreadableCa(file: string, problems: string[]): void {
  try {
    if (readFileSync(file, 'utf8').includes('-----BEGIN CERTIFICATE-----')) return
    problems.push(`EXTRA_CA_FILE is "${file}": the file holds no certificate in PEM form.`)
  } catch {
    problems.push(`EXTRA_CA_FILE is "${file}": the file cannot be read.`)
  }
}

function readSecretKey(file: string, mayCreate: boolean): string {
  let key: string
  try {
    key = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if (!mayCreate || !isNotFound(cause)) throw new ConfigRefusal([`SECRET_KEY_FILE is "${file}": the file cannot be read.`])
    key = randomBytes(32).toString('base64')
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' })
    } catch {
      throw new ConfigRefusal([`DATA_FOLDER is "${dirname(file)}": the folder cannot be written to.`])
    }
  }
  if (key.length < 32) throw new ConfigRefusal([`SECRET_KEY_FILE is "${file}": the key is shorter than 32 characters.`])
  return key
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
