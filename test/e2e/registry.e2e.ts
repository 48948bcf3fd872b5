import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { stopTestServer } from '../support/database.ts'
import { editorOf, openPlan, openRegistry, planOf, runEnd } from './pages.ts'
import { addFault, assertAccessible, chatsInMessenger, clearFaults, onOwnSite, openSite, type Site, synchronise } from './site.ts'

let site: Site
before(async () => {
  // By invitation the vendor allows seven times as many requests a second; the registry is the same.
  site = await openSite({ SFERUM_MODE: 'invite' })
  await synchronise(site)
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await stopTestServer()
})

async function openAt(t: TestContext, login: 'admin' | 'operator' = 'admin', answers: number[] = []): Promise<Page> {
  const page = await site.newPage(t, { login, answers })
  await openRegistry(page)
  await total(page, 30)
  return page
}

const total = (page: Page, n: number): Promise<void> => page.getByText(`Всего ${n}`, { exact: true }).waitFor()
const rowOf = (page: Page, title: string): Locator => page.getByRole('row').filter({ hasText: title })
const editButton = (page: Page): Locator => page.getByRole('button', { name: 'Редактировать' })
const focused = (page: Page, what: Locator): Promise<void> => what.and(page.locator(':focus')).waitFor()

for (const [method, where] of [
  ['messages.editChat', 'refuses the rename'],
  ['*', 'is away'],
] as const) {
  test(`When the messenger ${where}, the title stays as it was, here and there, and the page says so`, async (t) => {
    const page = await openAt(t, 'admin', [409, 503])
    const title = 'Демо школа - 3А - Чат класса'
    await rowOf(page, title).dblclick()
    const editor = editorOf(page)
    await editor.getByRole('textbox', { name: 'Название' }).fill('Другое название')
    await addFault(site, { method, times: 50, effect: { kind: 'offline' } })
    await editor.getByRole('button', { name: 'Сохранить' }).click()
    await editor
      .getByRole('alert')
      .getByText(/[Нн]ичего не изменено/)
      .waitFor()
    await assertAccessible(page)
    await clearFaults(site)
    const titles = (await chatsInMessenger(site)).map((chat) => chat.title)
    assert.ok(titles.includes(title))
    assert.equal(titles.includes('Другое название'), false)

    await editor.getByRole('button', { name: 'Закрыть', exact: true }).click()
    await editor.getByRole('alertdialog').getByText('Название изменено, но не сохранено.').waitFor()
    await editor.getByRole('button', { name: 'Закрыть без сохранения' }).click()
    await editor.waitFor({ state: 'hidden' })
    await page.reload()
    await rowOf(page, title).waitFor()
  })
}

test('Page, search and filters live in the address and survive a reload', async (t) => {
  const page = await openAt(t)
  await page.goto(`${page.url()}?page=2`)
  await page.getByText('Страница 2 из 2', { exact: true }).waitFor()
  await rowOf(page, 'Учительский чат').waitFor()

  await page.getByRole('searchbox', { name: 'Поиск по названию' }).fill('10а')
  await total(page, 2)
  await page.getByRole('combobox', { name: 'Тип чата' }).click()
  await page.getByRole('option', { name: 'Родительский чат' }).click()
  await total(page, 1)
  const { searchParams } = new URL(page.url())
  assert.deepEqual(Object.fromEntries(searchParams), { q: '10а', kind: 'PARENTS' })
  await assertAccessible(page)
  await page.reload()
  await total(page, 1)
  await rowOf(page, 'Демо школа - 10А - Родительский чат').waitFor()
  assert.equal(await page.getByRole('searchbox', { name: 'Поиск по названию' }).inputValue(), '10а')

  await page.getByRole('button', { name: 'Убрать отбор «Родительский чат»' }).click()
  await total(page, 2)
  await page.goBack()
  await total(page, 1)
  await page.goto(`${page.url().split('?')[0]}?q=нет такого чата`)
  await page.getByText('Под этот отбор не подходит ни один чат.').waitFor()
  await page.getByRole('button', { name: 'Сбросить отбор' }).click()
  await total(page, 30)
  assert.equal(new URL(page.url()).search, '')
})

test('Titles are in Russian order, 10А after 9Б, and turn round by the column’s name', async (t) => {
  const page = await openAt(t)
  await page.goto(`${page.url()}?kind=CLASS`)
  await total(page, 14)
  const titles = () => page.getByRole('checkbox', { name: /^Выбрать чат / }).evaluateAll((boxes) => boxes.map((box) => box.ariaLabel ?? ''))
  const classes = ['1А', '1Б', '2А', '3А', '4А', '5А', '5Б', '6А', '7А', '8А', '9А', '9Б', '10А', '11А']
  const expected = classes.map((name) => `Выбрать чат «Демо школа - ${name} - Чат класса»`)
  assert.deepEqual(await titles(), expected)
  await page.getByRole('columnheader', { name: 'Название' }).getByRole('button').click()
  await page.getByRole('columnheader', { name: 'Название' }).and(page.locator('[aria-sort="descending"]')).waitFor()
  await page.getByRole('row').nth(1).filter({ hasText: '11А' }).waitFor()
  assert.deepEqual(await titles(), expected.toReversed())
})

test('«Редактировать» wants exactly one chat and says so', async (t) => {
  const page = await openAt(t)
  const edit = editButton(page)
  const reason = () => edit.getAttribute('aria-description')
  assert.equal(await edit.getAttribute('aria-disabled'), 'true')
  assert.equal(await reason(), 'Выберите один чат в списке')
  await edit.hover()
  await page.getByRole('tooltip').getByText('Выберите один чат в списке').waitFor()
  await edit.focus()
  await page.keyboard.press('Enter')
  assert.equal(await editorOf(page).count(), 0)

  const boxes = page.getByRole('checkbox', { name: /^Выбрать чат / })
  await boxes.nth(0).check()
  assert.equal(await edit.getAttribute('aria-disabled'), 'false')
  assert.equal(await reason(), null)
  await boxes.nth(1).check()
  await page.getByText('Выбрано 2', { exact: true }).waitFor()
  assert.equal(await reason(), 'Выберите только один чат')
  await page.getByRole('button', { name: 'Снять выбор' }).click()
  assert.equal(await reason(), 'Выберите один чат в списке')
})

test('A double click and Enter open a chat, Esc closes it and the focus returns', async (t) => {
  const page = await openAt(t)
  const editor = editorOf(page)
  const row = rowOf(page, 'Демо школа - 1Б - Чат класса')
  await row.getByText('Демо школа - 1Б - Чат класса').dblclick()
  await editor.getByRole('textbox', { name: 'Название' }).waitFor()
  await page.keyboard.press('Escape')
  await editor.waitFor({ state: 'hidden' })

  await row.focus()
  await page.keyboard.press('Enter')
  await focused(page, editor.getByRole('textbox', { name: 'Название' }))
  await page.keyboard.press('Escape')
  await editor.waitFor({ state: 'hidden' })
  await focused(page, row)

  await page.keyboard.press('Space')
  await row.getByRole('checkbox', { checked: true }).waitFor()
  await editButton(page).focus()
  await page.keyboard.press('Enter')
  await editor.getByRole('textbox', { name: 'Название' }).waitFor()
  await page.keyboard.press('Escape')
  await focused(page, editButton(page))
})

test('When the chats already match the register, the window says so and asks for nothing', async (t) => {
  const page = await openAt(t)
  const plan = await openPlan(page)
  await plan.getByText(/Менять нечего: чаты соответствуют реестру школы|Сейчас менять нечего/).waitFor()
  assert.equal(await plan.getByRole('button', { name: 'Да', exact: true }).count(), 0)
  await assertAccessible(page)
  await plan.getByRole('button', { name: 'Закрыть', exact: true }).click()
  await plan.waitFor({ state: 'hidden' })
})

test('When the messenger is away no plan is made, and trying again makes one', async (t) => {
  const page = await openAt(t, 'admin', [503])
  await addFault(site, { method: '*', times: 50, effect: { kind: 'offline' } })
  const plan = await openPlan(page)
  await plan
    .getByRole('alert')
    .getByText(/VK Мессенджер не отв/)
    .waitFor()
  await clearFaults(site)
  await plan.getByRole('button', { name: 'Попробовать ещё раз' }).click()
  await plan.getByText(/[Мм]енять нечего/).waitFor()
})

test(
  'By keyboard alone: an empty registry, the plan, «Да», the end',
  onOwnSite({ SFERUM_MODE: 'invite' }, async (t, own) => {
    const page = await own.newPage(t, { login: 'admin2' })
    await openRegistry(page)
    await page.getByText('Чатов ещё нет.').waitFor()
    await page.getByRole('button', { name: 'Создать чаты' }).waitFor()
    await assertAccessible(page)
    const create = page.getByRole('button', { name: 'Создать/обновить чаты для организации' })
    await press(page, 'Tab', create)
    await page.keyboard.press('Enter')
    const plan = planOf(page)
    await focused(page, plan.getByRole('button', { name: 'Нет', exact: true }).or(plan.getByRole('button', { name: 'Да', exact: true })))
    await page.keyboard.press('Escape')
    await plan.waitFor({ state: 'hidden' })
    await focused(page, create)
    await page.keyboard.press('Enter')
    await press(page, 'Tab', plan.getByRole('button', { name: 'Да', exact: true }))
    await page.keyboard.press('Enter')
    await runEnd(plan).waitFor({ timeout: 30_000 })
    await press(page, 'Tab', plan.getByRole('button', { name: 'Закрыть', exact: true }))
    await page.keyboard.press('Enter')
    await plan.waitFor({ state: 'hidden' })
    await total(page, 9)
    await focused(page, create)
  }),
)

test(
  'A second administrator sees the run of the first, and who left finds it again',
  onOwnSite({ SFERUM_MODE: 'invite' }, async (t, own) => {
    const operator = await own.newPage(t, { login: 'operator' })
    const first = await own.newPage(t, { login: 'admin' })
    await openRegistry(first)
    const registry = first.url()
    const plan = await openPlan(first)
    await plan.getByRole('button', { name: 'Да', exact: true }).waitFor()
    await addFault(own, { method: 'execute', times: 10, effect: { kind: 'delay', ms: 6000 } })
    await plan.getByRole('button', { name: 'Да', exact: true }).click()
    await plan.getByRole('progressbar', { name: 'Ход синхронизации' }).waitFor()

    await first.goto('about:blank')
    await first.goto(registry)
    await first.getByRole('region', { name: 'Синхронизация' }).getByRole('progressbar').waitFor()

    await operator.goto(registry)
    await operator.getByText('Синхронизацию запустил другой администратор.').waitFor()
    const joined = await openPlan(operator)
    await joined.getByRole('progressbar', { name: 'Ход синхронизации' }).waitFor()
    assert.equal(await joined.getByRole('button', { name: 'Да', exact: true }).count(), 0)
    await clearFaults(own)
    for (const end of [runEnd(joined), runEnd(first.getByRole('region', { name: 'Синхронизация' }))]) await end.waitFor({ timeout: 30_000 })
    await total(first, 30)
    assert.equal((await chatsInMessenger(own)).length, 30)
    await first.getByRole('button', { name: 'Убрать сообщение' }).click()
    await first.getByRole('region', { name: 'Синхронизация' }).waitFor({ state: 'detached' })
  }),
)

/** Presses the key until it is there; a person would give up sooner. */
async function press(page: Page, key: string, target: Locator): Promise<void> {
  for (let times = 0; times < 60; times++) {
    await page.keyboard.press(key)
    if ((await target.and(page.locator(':focus')).count()) > 0) return
  }
  assert.fail(`${key} does not lead to ${String(target)}`)
}
