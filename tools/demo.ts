import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { readConfig } from '#config.ts'
import { startHouse } from '../src/house.ts'
import { buildWebIfStale } from './web-build.ts'

// npm run demo: the handbook's screenshots, made anew from the sandbox by walking through the instruction.

const images = fileURLToPath(new URL('../docs/admin/images/', import.meta.url))
const desk = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }
const password = 'demo-school-2026'
const ownProfile = '748838410'

mkdirSync(images, { recursive: true })
await buildWebIfStale()
await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'aiti-demo-'))
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
const { config, secrets } = readConfig({ PORT: String(await freePort()), DATA_FOLDER: folder, LOG_LEVEL: 'silent' })
const house = stack.use(await startHouse(config, secrets))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-background-networking'],
})
stack.defer(() => browser.close())

const page = await open(desk)
await shoot(page, 'sign-in')
await signIn(page, 'admin')
await page.getByRole('button', { name: /меню пользователя/ }).click()
await shoot(page, 'user-menu')
await page.getByRole('menuitem', { name: 'Внешние системы' }).click()
const dialog = page.getByRole('dialog')
await dialog.getByText('не настроено для организации').waitFor()
await shoot(page, 'external-systems')
await dialog.getByRole('button', { name: 'Связать учетную запись со Сферум' }).click()
await page.getByRole('searchbox').or(page.getByRole('textbox')).first().fill(ownProfile)
await page.getByRole('button', { name: 'Найти' }).click()
await page
  .getByRole('radio', { name: /Учебный профиль/ })
  .first()
  .check()
await shoot(page, 'vkid-choice')
await page.getByRole('button', { name: 'Продолжить' }).click()
await page.getByText('Информация о себе').waitFor()
await shoot(page, 'vkid-consent')
await page.getByRole('button', { name: 'Продолжить' }).click()
await dialog.getByRole('button', { name: '✖ Отвязать от Сферум' }).waitFor()
await shoot(page, 'linked')
await dialog.getByRole('button', { name: 'Закрыть', exact: true }).click()
await page.getByRole('link', { name: 'Сферум', exact: true }).click()
await page.getByText(/Чатов ещё нет/).waitFor()
await shoot(page, 'registry-empty')
await page.getByRole('button', { name: 'Создать/обновить чаты для организации' }).click()
await page.getByRole('button', { name: 'Да', exact: true }).waitFor()
await shoot(page, 'plan')
await page.locator('summary', { hasText: '1А - Чат класса' }).first().click()
await page
  .getByText(/ученик 1А/)
  .first()
  .waitFor()
await shoot(page, 'plan-unfolded')
await page.getByRole('button', { name: 'Да', exact: true }).click()
await dialog.getByText(/Выполнено \d+ из/).waitFor()
await shoot(page, 'progress')
await dialog.getByText(/Остальное сделано|синхронизация завершена/i).waitFor({ timeout: 60_000 })
await shoot(page, 'run-ended')
await dialog.getByRole('button', { name: 'Закрыть', exact: true }).click()
await page.getByText('Страница 1 из 2').waitFor()
await shoot(page, 'registry')
await page.getByLabel('Поиск по названию').fill('учит')
await page.getByText('Всего 1', { exact: true }).waitFor()
await page.getByRole('checkbox', { name: 'Выбрать чат «Учительский чат»' }).check()
await page.getByRole('button', { name: 'Редактировать' }).click()
await dialog.getByText('TEACHER').first().waitFor()
await shoot(page, 'editor')
await dialog.getByRole('checkbox', { name: 'не связали' }).check()
await dialog.getByText('не связан', { exact: true }).first().waitFor()
await shoot(page, 'members-not-linked')

const teacher = await open(desk)
await signIn(teacher, 'teacher')
await teacher
  .getByRole('link', { name: /Открыть/ })
  .first()
  .waitFor()
await shoot(teacher, 'my-chats')
await teacher.goto(`${house.url}/?systems=open`)
await teacher.getByRole('button', { name: '✖ Отвязать от Сферум' }).click()
await teacher.getByRole('button', { name: 'Отвязать', exact: true }).waitFor()
await shoot(teacher, 'unlink')

const parent = await open(phone)
await signIn(parent, 'parent')
await shoot(parent, 'my-chats-phone')
const onPhone = await open(phone)
await signIn(onPhone, 'admin')
await onPhone.goto(page.url().split('?')[0] ?? house.url)
await onPhone.getByText('Всего 30').waitFor()
await shoot(onPhone, 'registry-phone')

async function open(viewport: typeof desk): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'ru-RU', reducedMotion: 'reduce', colorScheme: 'light' })
  const opened = await context.newPage()
  await opened.goto(house.url)
  await opened.getByLabel('Логин').waitFor()
  return opened
}

async function signIn(opened: Page, login: string): Promise<void> {
  await opened.getByLabel('Логин').fill(login)
  await opened.getByLabel('Пароль', { exact: true }).fill(password)
  await opened.getByRole('button', { name: 'Войти' }).click()
  await opened.getByRole('heading', { name: 'Мои чаты' }).waitFor()
}

async function shoot(opened: Page, name: string): Promise<void> {
  // Pictures of a page that is still loading its data help nobody.
  await opened.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined)
  await opened.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' })
  process.stdout.write(`${name}.png\n`)
}

/** The emulator takes the port after it. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
