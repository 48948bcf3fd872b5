import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { readConfig } from '#config.ts'
import { type House, startHouse } from '../../src/house.ts'
import { freePort, openTestDatabase } from '../support/database.ts'

export const password = 'demo-school-2026'
export const desk = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

export type Site = {
  house: House
  messenger: string
  /** A browser of its own, with no cookies yet; the test fails when its console complains. */
  visit: (viewport?: typeof desk) => Promise<Page>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** The whole sandbox on a fresh database: demo school, emulated messenger, real pages. */
export async function openSite(env: Record<string, string> = {}): Promise<Site> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await openTestDatabase())
  const folder = mkdtempSync(join(tmpdir(), 'aiti-e2e-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const port = String(await freePortPair())
  const { config, secrets } = readConfig({ PORT: port, DATABASE_URL: database.url, DATA_FOLDER: folder, LOG_LEVEL: 'silent', ...env })
  const house = stack.use(await startHouse(config, secrets, { signInsPerMinute: 1000 }))
  assert.ok(house.sandbox)
  const browser = await launch()
  stack.defer(() => browser.close())
  const complaints: string[] = []
  stack.defer(() => assert.deepEqual(complaints, []))
  return {
    house,
    messenger: house.sandbox.messengerUrl,
    visit: async (viewport = desk) => watch(await browser.newContext({ viewport, locale: 'ru-RU', reducedMotion: 'reduce' }), complaints),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The emulator takes the port after the house's. */
async function freePortPair(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 65_000) return port
  }
}

const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })

async function watch(context: BrowserContext, complaints: string[]): Promise<Page> {
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A «no» of the API is an answer, and the browser logs each; everything else is ours.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  return page
}

export async function signIn(site: Site, page: Page, login: string): Promise<void> {
  await page.goto(site.house.url)
  await page.getByLabel('Логин').fill(login)
  await page.getByLabel('Пароль', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Войти' }).click()
  await page.getByRole('heading', { name: 'Мои чаты' }).waitFor()
}

/** No violation of WCAG 2 A and AA that axe can find. */
export async function assertAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  assert.deepEqual(
    violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`.slice(0, 300)),
    [],
    page.url(),
  )
}

type State = { chats: { id: number; title: string; members: { id: number }[] }[] }
export const messengerState = async (site: Site): Promise<State> =>
  (await fetch(`${site.messenger}/_emulator/state`)).json() as Promise<State>

export async function addFault(site: Site, rule: object): Promise<void> {
  await fetch(`${site.messenger}/_emulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  })
}
export const clearFaults = (site: Site): Promise<unknown> => fetch(`${site.messenger}/_emulator/faults`, { method: 'DELETE' })
