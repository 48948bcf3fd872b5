import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { stopTestServer } from '../support/database.ts'
import { openRegistry } from './pages.ts'
import { assertAccessible, chatsInMessenger, desk, openSite, phone, type Site, signInByApi, synchronise } from './site.ts'

// What an administrator does when something is not as it should be: the journal, drift, the brake, the rules.

let site: Site
before(async () => {
  site = await openSite()
  await synchronise(site)
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await stopTestServer()
})

async function open(page: Page, tab: string): Promise<void> {
  await openRegistry(page)
  await page.getByRole('navigation', { name: 'Разделы Сферума' }).getByRole('link', { name: tab }).click()
  await page.getByRole('heading', { level: 1, name: tab }).waitFor()
}

async function inMessenger(title: string, act: string, body: object): Promise<void> {
  const { chats } = (await (await fetch(`${site.messenger}/_emulator/state`)).json()) as { chats: { id: number; title: string }[] }
  const chat = chats.find((one) => one.title === title)
  assert.ok(chat, title)
  await fetch(`${site.messenger}/_emulator/chats/${chat.id}/${act}`, { method: 'POST', body: JSON.stringify(body) })
}

for (const viewport of [desk, phone]) {
  test(`The journal tells of a run, its steps and why one failed, at ${viewport.width} px`, async (t) => {
    const page = await site.newPage(t, { login: 'admin', viewport })
    await open(page, 'Журнал синхронизаций')
    await assertAccessible(page)
    await page.getByRole('link', { name: 'Создание и обновление чатов' }).first().click()
    await page.getByText(/Выполнено \d+ из \d+/).waitFor()
    await page.getByText('не полностью').waitFor()
    await assertAccessible(page)
    await page.getByRole('combobox', { name: 'Итог действия' }).click()
    await page.getByRole('option', { name: 'не удалось' }).click()
    await page.getByText('Код VK: 981.').first().waitFor()
    assert.match(page.url(), /state=failed/)
  })
}

test('«Почему?» explains a member with the rule, the register and the messenger’s answers', async (t) => {
  const page = await site.newPage(t, { login: 'admin' })
  await openRegistry(page)
  await page.getByText('Всего 30', { exact: true }).waitFor()
  await page.getByRole('row').filter({ hasText: 'Демо школа - 1А - Чат класса' }).dblclick()
  const editor = page.getByRole('dialog', { name: 'Настройки чата Сферум' })
  await editor
    .getByRole('button', { name: /^Почему: / })
    .first()
    .click()
  const why = page.getByRole('dialog', { name: 'Почему?' })
  await why.getByText('зачислен в класс 1А', { exact: false }).waitFor()
  await why.getByText('Что будет дальше').waitFor()
  await assertAccessible(page)
  await page.keyboard.press('Escape')
  await why.waitFor({ state: 'hidden' })
  await editor.waitFor()
})

test('A title changed in the messenger is a drift, and is put back by one press', async (t) => {
  const title = 'Демо школа - 2А - Чат класса'
  await inMessenger(title, 'rename', { title: 'Наши вторые' })
  const page = await site.newPage(t, { login: 'admin' })
  await open(page, 'Расхождения')
  await page.getByRole('button', { name: 'Проверить сейчас' }).click()
  await page.getByText(`В мессенджере чат «${title}» назвали «Наши вторые».`).waitFor()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Вернуть название' }).click()
  await page.getByRole('link', { name: 'Исправляем: смотреть в журнале' }).click()
  await page.getByText('всё удалось').first().waitFor()
  assert.ok((await chatsInMessenger(site)).some((chat) => chat.title === title))
  await open(page, 'Расхождения')
  await page.getByText('Расхождений нет').waitFor()
})

test('Rules show what they would change, and are saved only then; what they would take out is held until somebody approves', async (t) => {
  const page = await site.newPage(t, { login: 'admin' })
  await open(page, 'Правила чатов')
  await assertAccessible(page)
  await page.getByRole('radio', { name: 'только записанный первым' }).check()
  await page.getByRole('button', { name: 'Посмотреть, что изменится' }).click()
  await page.getByText('Что изменится с этими правилами').waitFor()
  await page.getByRole('button', { name: 'Сохранить правила' }).click()
  await page.getByText('Правила сохранены.').waitFor()
  await page.reload()
  assert.equal(await page.getByRole('radio', { name: 'только записанный первым' }).isChecked(), true)

  await open(page, 'Расхождения')
  await page.getByRole('button', { name: 'Проверить сейчас' }).click()
  await page.getByText('Проверено:', { exact: false }).waitFor()
  await open(page, 'Удержано')
  const card = page.getByRole('region', { name: 'Демо школа - 1А - Родительский чат' })
  await card.getByText('больше, чем разрешает тормоз', { exact: false }).waitFor()
  await assertAccessible(page)
  const before = await insideOf('Демо школа - 1А - Родительский чат')
  await card.getByRole('checkbox').first().check()
  await card.getByRole('button', { name: 'Одобрить исключение: 1 человек' }).click()
  await page.getByRole('dialog', { name: 'Исключить из чата?' }).getByRole('button', { name: 'Исключить' }).click()
  await card.getByRole('link', { name: 'Исключение выполняется: смотреть в журнале' }).click()
  await page.getByText('всё удалось').first().waitFor()
  assert.equal(await insideOf('Демо школа - 1А - Родительский чат'), before - 1)
})

test('A finished run can be undone: its inverse is read first, and then carried out', async (t) => {
  const page = await site.newPage(t, { login: 'admin' })
  const { org, visitor } = await signInByApi(site, 'admin')
  const runs = (await (await visitor.get(`/api/organisations/${org}/runs`)).json()) as { rows: { id: string; cause: string }[] }
  const approved = runs.rows.find((run) => run.cause === 'brake')
  assert.ok(approved, 'the test before approved a removal')
  const before = await insideOf('Демо школа - 1А - Родительский чат')
  await page.goto(`${site.house.url}/organisations/${org}/sferum/journal/${approved.id}`)
  await page.getByRole('button', { name: 'Отменить запуск' }).click()
  await page.getByText('Чтобы отменить запуск, нужно вернуть 1.').waitFor()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Отменить запуск: вернуть 1' }).click()
  await page.getByRole('heading', { name: 'Отмена запуска' }).waitFor()
  await page
    .getByText(/всё удалось|не полностью/)
    .first()
    .waitFor()
  const after = await insideOf('Демо школа - 1А - Родительский чат')
  assert.ok(after >= before)
  await openRegistry(page)
  await page.getByText('После отмены запуска автоматические синхронизации остановлены.', { exact: false }).waitFor()
})

async function insideOf(title: string): Promise<number> {
  const chat = (await chatsInMessenger(site)).find((one) => one.title === title)
  assert.ok(chat, title)
  return chat.members.length
}
