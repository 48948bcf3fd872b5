import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { readConfig } from '#config.ts'
import type { Plan, Run } from '#contract/plans.ts'
import { type House, startHouse } from '../../src/house.ts'
import { type DemoPerson, demoSeed } from '../../tools/demo-school.ts'
import { createVisitor, readJson, type Visitor } from '../http/support.ts'
import { freePort, openTestDatabase } from '../support/database.ts'

export const password = 'demo-school-2026'
export const desk = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }
export type Login = 'admin' | 'teacher' | 'parent' | 'pupil' | 'operator' | 'admin2'

/** An API that says no is an answer, and the browser logs each: the statuses that this page may meet. */
type PageOptions = { login?: Login; viewport?: typeof desk; answers?: number[] }

export type Site = {
  house: House
  messenger: string
  /** A browser of its own, without cookies; the test fails when any of its pages complains, and then says what they showed. */
  newPage: (t: TestContext, options?: PageOptions) => Promise<Page>
  tellWhatWasShown: (t: TestContext) => Promise<void>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** The whole sandbox on a fresh database: demo school, emulated messenger, real pages. */
export async function openSite(env: Record<string, string> = {}): Promise<Site> {
  const stack = new AsyncDisposableStack()
  try {
    const database = stack.use(await openTestDatabase())
    const folder = mkdtempSync(join(tmpdir(), 'aiti-e2e-'))
    stack.defer(() => rmSync(folder, { recursive: true, force: true }))
    const given = { PORT: String(await twoFreePorts()), DATABASE_URL: database.url, DATA_FOLDER: folder, LOG_LEVEL: 'silent' }
    const { config, secrets } = readConfig({ ...given, ...env })
    const house = stack.use(await startHouse(config, secrets, { signInsPerMinute: 1000 }))
    assert.ok(house.sandbox)
    const browser = await launch()
    stack.defer(() => browser.close())
    const rest = stack.move()
    const site: Site = {
      house,
      messenger: house.sandbox.messengerUrl,
      newPage: (t, options) => newPage(site, browser, t, options),
      tellWhatWasShown: async (t) => {
        for (const page of browser.contexts().flatMap((context) => context.pages())) await tellWhatWasShown(t, page)
      },
      [Symbol.asyncDispose]: () => rest.disposeAsync(),
    }
    return site
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** A test that needs a site of its own. */
export const onOwnSite =
  (env: Record<string, string>, work: (t: TestContext, site: Site) => Promise<void>) =>
  async (t: TestContext): Promise<void> => {
    await using site = await openSite(env)
    try {
      await work(t, site)
    } catch (error) {
      await site.tellWhatWasShown(t)
      throw error
    }
  }

/** The emulator takes the port after the house's. */
async function twoFreePorts(): Promise<number> {
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

async function newPage(site: Site, browser: Browser, t: TestContext, { login, viewport = desk, answers = [] }: PageOptions = {}) {
  const context = await browser.newContext({ viewport, locale: 'ru-RU', reducedMotion: 'reduce', hasTouch: viewport === phone })
  context.setDefaultTimeout(15_000)
  const complaints: string[] = []
  context.on('page', (page) => listen(page, answers, complaints))
  t.after(async () => {
    if (!t.passed) for (const page of context.pages()) await tellWhatWasShown(t, page)
    await context.close()
    assert.deepEqual(complaints, [])
  })
  const page = await context.newPage()
  if (login) await signIn(site, page, login)
  return page
}

/** Violations of the content security policy come as console errors too. */
function listen(page: Page, answers: number[], complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(message.text())?.[1]
    if (status === undefined || !answers.includes(Number(status))) complaints.push(`${message.text()} (${message.location().url})`)
  })
}

async function tellWhatWasShown(t: TestContext, page: Page): Promise<void> {
  const shown = await page.locator('body').ariaSnapshot().catch(String)
  t.diagnostic(`${page.url()}\n${shown.slice(0, 2500)}`)
}

export async function signIn(site: Site, page: Page, login: Login): Promise<void> {
  await page.goto(site.house.url)
  await fillSignIn(page, login)
  await page.getByRole('heading', { name: 'Мои чаты' }).waitFor()
}

export async function fillSignIn(page: Page, login: Login): Promise<void> {
  await page.getByLabel('Логин').fill(login)
  await page.getByLabel('Пароль', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Войти' }).click()
}

/** No violation of WCAG 2 A and AA that axe can find. */
export async function assertAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`.slice(0, 300))
  assert.deepEqual(found, [], page.url())
}

export const personOf = (login: Login): DemoPerson => {
  const { people, signIns } = demoSeed()
  const personId = signIns.find((signIn) => signIn.login === login)?.personId
  const person = people.find(({ id }) => id === personId)
  assert.ok(person)
  return person
}

export const nameOf = ({ surname, givenName, patronymic }: DemoPerson): string => `${surname} ${givenName} ${patronymic}`

/** This person's own organisation and the person in it, without a browser. */
export async function signInByApi(site: Site, login: Login): Promise<{ org: string; visitor: Visitor }> {
  const visitor = createVisitor(site.house.url)
  assert.equal((await visitor.signIn(login, password)).status, 200)
  const { organisation } = await readJson<{ organisation: { id: string } }>(await visitor.get('/api/me'))
  return { org: organisation.id, visitor }
}

/** The school of this administrator synchronised, without a browser; answers with the school's id. */
export async function synchronise(site: Site, login: 'admin' | 'admin2' = 'admin'): Promise<string> {
  const { org, visitor } = await signInByApi(site, login)
  const plan = await readJson<Plan>(await visitor.post(`/api/organisations/${org}/plans`, {}))
  const body = { plan: plan.id, fingerprint: plan.fingerprint, approved: [] }
  const { run } = await readJson<{ run: Run }>(await visitor.post(`/api/organisations/${org}/runs`, body))
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  // The stream ends when the run does.
  const events = await fetch(`${site.house.url}/api/organisations/${org}/runs/${run.id}/events`, { headers: { cookie } })
  assert.match(await events.text(), /"state":"(done|partly-failed)"/)
  return org
}

export type ChatState = { id: number; title: string; ownerId: number; members: { id: number }[] }
export async function chatsInMessenger(site: Site): Promise<ChatState[]> {
  const { chats } = await readJson<{ chats: ChatState[] }>(await fetch(`${site.messenger}/_emulator/state`))
  return chats
}

export type Fault = {
  method?: string
  times?: number
  after?: number
  effect: { kind: 'offline' | 'lose-reply' } | { kind: 'delay'; ms: number } | { kind: 'error'; code: number | string }
}
export async function addFault(site: Site, fault: Fault): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${site.messenger}/_emulator/faults`, { method: 'POST', headers, body: JSON.stringify(fault) })
  assert.equal(answer.status, 201)
}
export const clearFaults = (site: Site): Promise<unknown> => fetch(`${site.messenger}/_emulator/faults`, { method: 'DELETE' })

/** Looks again until it is so: for what happens behind the page within seconds. */
export async function eventually(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    if (await look()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`It did not become so: ${what}`)
}
