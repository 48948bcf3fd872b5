import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { stopTestServer } from '../support/database.ts'
import { chooseProfile, close, consent, editorOf, isPhone, openMenu, openPlan, openRegistry, openSystems, runEnd } from './pages.ts'
import { assertOnlyWhoBelongs } from './register.ts'
import { assertAccessible, chatsInMessenger, desk, onOwnSite, personOf, phone, type Site, signIn } from './site.ts'

after(stopTestServer)

const profile = personOf('admin').vkUserId

for (const [where, viewport] of [
  ['at a desk', desk],
  ['on a phone', phone],
] as const) {
  test(
    `The instruction works slide by slide ${where}`,
    onOwnSite({}, (t, site) => walk(t, site, viewport)),
  )
}

async function walk(t: TestContext, site: Site, viewport: typeof desk): Promise<void> {
  const page = await site.newPage(t, { viewport })
  await page.goto(site.house.url)
  await page.getByRole('heading', { name: 'АйТи Школа' }).waitFor()
  await assertAccessible(page)
  await signIn(site, page, 'admin')
  await page.getByText('Песочница').filter({ visible: true }).waitFor()
  await assertAccessible(page)

  await link(page)
  await createChats(page, site)
  await lookThroughRegistry(page)
  await renameTeachersChat(page)

  // «Изменённое наименование чата, автоматически меняется и в VK Мессенджере», and the administrator sees it there.
  const own = page.url()
  await page.goto(`${site.messenger}/messenger/${profile}`)
  await page.getByRole('link', { name: /Учительская Демо школы/ }).click()
  await page.getByRole('heading', { name: 'Учительская Демо школы' }).waitFor()
  await assertAccessible(page)
  await page.goto(own)
  await page.getByText('Всего 30').waitFor()

  const menu = await openMenu(page)
  await menu.getByRole('link', { name: 'Мои чаты' }).click()
  const mine = page.getByRole('listitem').filter({ hasText: 'Учительская Демо школы' })
  await mine.getByText('Вы в чате.').waitFor()
  await mine.getByRole('link', { name: 'Открыть: Учительская Демо школы' }).waitFor()
  await assertAccessible(page)
}

/** «Связка профиля Сферум с системой АйТи Школа» and «Подтверждение связки». */
async function link(page: Page): Promise<void> {
  const menu = await openMenu(page)
  await menu.getByRole('button', { name: /: меню пользователя$/ }).click()
  for (const name of ['Внешние системы', 'Сменить пароль', 'Выйти']) await page.getByRole('menuitem', { name }).waitFor()
  await page.keyboard.press('Escape')
  if (isPhone(page)) await page.reload()
  const systems = await openSystems(page)
  if (!isPhone(page)) {
    for (const name of ['№', 'Система', 'Идентификатор', 'Действия']) await systems.getByRole('columnheader', { name }).waitFor()
  }
  await systems.getByRole('row', { name: /^1 Microsoft Teams не настроено для организации/ }).waitFor()
  await systems.getByRole('row', { name: /^2 Сферум/ }).waitFor()
  await assertAccessible(page)
  await systems.getByRole('button', { name: 'Связать учетную запись со Сферум' }).click()

  await page.getByRole('heading', { name: 'Выберите учётную запись' }).waitFor()
  await assertAccessible(page)
  await chooseProfile(page, profile)
  for (const words of [
    'VK ID',
    'С сервисом «Электронная школа Пензенской области» можно связать свой учебный профиль',
    'Вход в учебный профиль в VK Мессенджере по VK ID',
    'Общение в защищенном от посторонних лиц пространстве',
    'Регистрация ВКонтакте не нужна, а если аккаунт уже есть, его никто не увидит',
    'Информация о себе',
    'Узнать больше о VK ID',
  ]) {
    await page.getByText(words, { exact: true }).waitFor()
  }
  assert.equal(await page.getByLabel('Отчество').inputValue(), personOf('admin').patronymic)
  assert.ok(await page.getByRole('radio', { name: 'Женский' }).isChecked())
  await page.getByRole('radio', { name: 'Мужской' }).waitFor()
  assert.equal(await page.getByLabel('Дата рождения').inputValue(), personOf('admin').birthDate)
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Продолжить' }).click()

  // Back by itself, then once more by the menu, as the slide says.
  await systems.getByText('Профиль Сферум связан.').waitFor()
  await close(systems)
  await openSystems(page)
  const row = systems.getByRole('row', { name: new RegExp(`^2 Сферум ${profile} ✖ Отвязать от Сферум`) })
  await row.getByRole('button', { name: '✖ Отвязать от Сферум' }).waitFor()
  await assertAccessible(page)
  await close(systems)
}

/** «Переход в реестр чатов» and «Создание чатов Сферум». */
async function createChats(page: Page, site: Site): Promise<void> {
  const menu = await openMenu(page)
  await menu.getByText('Администрирование', { exact: true }).waitFor()
  await menu.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
  await page.getByText('Всего 0').waitFor()
  await assertAccessible(page)

  const plan = await openPlan(page)
  await plan.getByText(/^Будет создано 30\sчатов, добавлен[ао]? \d+\sучастник/).waitFor()
  await plan.getByText(/ещё не связали профиль/).waitFor()
  await plan.getByText(/^Демо школа - 1А - Чат класса/).click()
  await plan
    .getByText(/— ученик 1А/)
    .first()
    .waitFor()
  await assertAccessible(page)
  assert.deepEqual(await chatsInMessenger(site), [])
  await plan.getByRole('button', { name: 'Нет', exact: true }).waitFor()
  await plan.getByRole('button', { name: 'Да', exact: true }).click()

  await plan.getByRole('progressbar', { name: 'Ход синхронизации' }).waitFor()
  await runEnd(plan).waitFor({ timeout: 60_000 })
  assert.match(await runEnd(plan).innerText(), /завершена|Остальное сделано/)
  await assertAccessible(page)
  await close(plan)
  await assertOnlyWhoBelongs(site)
}

/** «Реестр чатов Сферум». */
async function lookThroughRegistry(page: Page): Promise<void> {
  await page.getByText('Всего 30', { exact: true }).waitFor()
  await page.getByText('Страница 1 из 2', { exact: true }).waitFor()
  const registry = page.getByRole('table', { name: 'Реестр чатов' })
  if (!isPhone(page)) {
    for (const name of ['Название', 'Тип', 'Организация', 'Класс', 'Предмет', 'ОС'])
      await registry.getByRole('columnheader', { name, exact: true }).waitFor()
  }
  const row = registry.getByRole('row').filter({ hasText: 'Демо школа - 1А - Чат класса' })
  for (const name of [/CLASS\s*Чат класса$/, /Демо школа$/, /Весь класс\s*1А$/, /13 из 26$/, /работает$/])
    await row.getByRole('cell', { name }).last().waitFor()
  for (const where of ['в браузере', 'на Android', 'на iOS']) await row.getByRole('link', { name: `Открыть чат ${where}:` }).waitFor()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Вперёд' }).click()
  await page.getByText('Страница 2 из 2', { exact: true }).waitFor()
  await registry.getByRole('checkbox', { name: 'Выбрать чат «Учительский чат»' }).waitFor()
  await assertAccessible(page)
}

/** «Редактирование чата Сферум» and «Проверка связки сотрудников со Сферум». */
async function renameTeachersChat(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Выбрать чат «Учительский чат»' }).check()
  await page.getByRole('button', { name: 'Редактировать' }).click()
  const editor = editorOf(page)
  await editor.getByText('Изменённое наименование чата автоматически меняется и в VK Мессенджере').waitFor()
  for (const [term, value] of [
    ['Идентификатор чата', /^\d+$/],
    ['Тип чата', 'Учительский чат'],
    ['Организация', 'Демо школа'],
    ['Класс', '—'],
    ['Предмет', '—'],
  ] as const) {
    await editor.locator('dt', { hasText: term }).locator('+ dd').filter({ hasText: value }).waitFor()
  }
  await editor.getByRole('textbox', { name: 'Название' }).fill('Учительская Демо школы')
  await editor.getByRole('button', { name: 'Сохранить' }).click()
  await editor.getByText('Название сохранено здесь и в VK Мессенджере.').waitFor()

  await editor.getByRole('heading', { name: 'Участники чата' }).scrollIntoViewIfNeeded()
  await editor
    .getByRole('row', { name: /TEACHER.*связан$/ })
    .first()
    .waitFor()
  const notLinked = editor.getByRole('row', { name: /не связан$/ })
  await notLinked.first().waitFor()
  assert.ok((await editor.getByText('✓').count()) > 0)
  assert.ok((await editor.getByText('✕').count()) > 0)
  await assertAccessible(page)
  await editor.getByRole('checkbox', { name: 'не связали' }).check()
  await editor.getByText('✓').first().waitFor({ state: 'detached' })
  assert.equal(await editor.getByText('✕').count(), await notLinked.count())
  await editor.getByRole('link', { name: 'Выгрузить в XLSX' }).waitFor()
  await close(editor)
  await editor.waitFor({ state: 'hidden' })
}

test('Where the messenger works by invitation, a pupil comes in from «Мои чаты»', onOwnSite({ SFERUM_MODE: 'invite' }, comeInByInvitation))

async function comeInByInvitation(t: TestContext, site: Site): Promise<void> {
  const administrator = await site.newPage(t, { login: 'admin' })
  const systems = await openSystems(administrator)
  await systems.getByRole('button', { name: 'Связать учетную запись со Сферум' }).click()
  await consent(administrator, profile)
  await systems.getByText('Профиль Сферум связан.').waitFor()
  await close(systems)
  await openRegistry(administrator)
  const plan = await openPlan(administrator)
  await plan.getByText(/^Будет создано 30\sчатов, .*приглашено \d+\sучастник/).waitFor()
  await plan.getByRole('button', { name: 'Да', exact: true }).click()
  await runEnd(plan).waitFor({ timeout: 60_000 })
  await assertAccessible(administrator)
  // A chat is created with its adults in it; pupils come in by the link.
  await assertOnlyWhoBelongs(site, 0.6)
  const account = personOf('pupil').vkUserId
  const hasPupil = async () => (await chatsInMessenger(site)).filter(({ members }) => members.some(({ id }) => id === account)).length
  assert.equal(await hasPupil(), 0)

  const pupil = await site.newPage(t, { login: 'pupil', viewport: phone })
  const chat = pupil.getByRole('listitem').filter({ hasText: 'Демо школа - 5А - Чат класса' })
  await chat.getByText('Вас пригласили: войдите в чат по ссылке.').waitFor()
  await assertAccessible(pupil)
  const [messenger] = await Promise.all([pupil.context().waitForEvent('page'), chat.getByRole('link', { name: /^Войти в чат:/ }).click()])
  await messenger.getByRole('searchbox').fill(String(personOf('pupil').vkUserId))
  await messenger.getByRole('button', { name: 'Найти' }).click()
  await messenger.getByRole('link', { name: /Учебный профиль/ }).click()
  await messenger.getByRole('heading', { name: 'Демо школа - 5А - Чат класса' }).waitFor()
  await assertAccessible(messenger)
  await messenger.getByRole('button', { name: 'Вступить в чат' }).click()
  await messenger.getByRole('region', { name: 'История' }).waitFor()
  await messenger.close()

  // The event that a browser fires when its tab is looked at again.
  await pupil.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await chat.getByText('Вы в чате.').waitFor()
  await chat.getByRole('link', { name: /^Открыть:/ }).waitFor()
  assert.equal(await hasPupil(), 1)
}
