import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { stopTestServer } from '../support/database.ts'
import { assertAccessible, desk, messengerState, openSite, phone, signIn } from './support.ts'

after(stopTestServer)

const administratorsProfile = '748838410'

for (const [where, viewport] of [
  ['at a desk', desk],
  ['on a phone', phone],
] as const) {
  test(`the instruction, slide by slide, ${where}`, async () => {
    await using site = await openSite()
    const page = await site.visit(viewport)
    await page.goto(site.house.url)
    await page.getByText('Песочница').first().waitFor()
    await assertAccessible(page)
    await signIn(site, page, 'admin')
    await assertAccessible(page)

    // «Связка профиля»: the name in the left menu, «Внешние системы», the button.
    await openMenu(page, viewport)
    await page
      .getByRole('button', { name: /меню пользователя/ })
      .last()
      .click()
    for (const item of ['Внешние системы', 'Сменить пароль', 'Выйти']) await page.getByRole('menuitem', { name: item }).waitFor()
    await page.getByRole('menuitem', { name: 'Внешние системы' }).click()
    const systems = page.getByRole('dialog', { name: 'Подключение к внешним системам' })
    await systems.getByText('не настроено для организации').waitFor()
    await assertAccessible(page)
    await systems.getByRole('button', { name: 'Связать учетную запись со Сферум' }).click()

    await linkAtVkId(page, administratorsProfile)
    await systems.getByText(administratorsProfile).waitFor()
    await systems.getByRole('button', { name: '✖ Отвязать от Сферум' }).waitFor()
    await systems.getByRole('button', { name: 'Закрыть', exact: true }).click()

    // «Создание чатов».
    await openMenu(page, viewport)
    await page.getByText('Администрирование').last().waitFor()
    await page.getByRole('link', { name: 'Сферум', exact: true }).last().click()
    await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Создать/обновить чаты для организации' }).click()
    const plan = page.getByRole('dialog', { name: 'Создать/обновить чаты для организации' })
    await plan
      .getByText(/30\s+чатов/)
      .first()
      .waitFor()
    await assertAccessible(page)
    assert.deepEqual((await messengerState(site)).chats, [])
    await plan.getByRole('button', { name: 'Да', exact: true }).click()
    await plan.getByText(/Остальное сделано|синхронизация завершена/i).waitFor({ timeout: 60_000 })
    await plan.getByRole('button', { name: 'Закрыть', exact: true }).click()
    const made = await messengerState(site)
    assert.equal(made.chats.length, 30)
    assert.ok(made.chats.every((chat) => new Set(chat.members.map((member) => member.id)).size === chat.members.length))

    // «Реестр чатов».
    await page.getByText('Всего 30').waitFor()
    await page.getByText('Страница 1 из 2').waitFor()
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Вперёд' }).click()
    await page.getByText('Страница 2 из 2').waitFor()

    // «Редактирование чата» and «Проверка связки сотрудников».
    await page.getByRole('checkbox', { name: 'Выбрать чат «Учительский чат»' }).check()
    await page.getByRole('button', { name: 'Редактировать' }).click()
    const editor = page.getByRole('dialog', { name: 'Настройки чата Сферум' })
    await editor.getByText('Изменённое наименование чата автоматически меняется и в VK Мессенджере').waitFor()
    for (const label of ['Идентификатор чата', 'Тип чата', 'Организация', 'Класс', 'Предмет'])
      await editor.getByText(label, { exact: true }).waitFor()
    await editor.getByRole('heading', { name: 'Участники чата' }).waitFor()
    await editor.getByText('TEACHER').first().waitFor()
    await assertAccessible(page)
    await editor.getByRole('checkbox', { name: 'не связали' }).check()
    await editor.getByText('не связан', { exact: true }).first().waitFor()
    await editor.getByRole('textbox', { name: 'Название' }).fill('Учительская')
    await editor.getByRole('button', { name: 'Сохранить' }).click()
    await editor.getByText(/Название сохранено/).waitFor()
    await editor.getByRole('button', { name: 'Закрыть', exact: true }).click()

    // The rename can be seen in the messenger, by the administrator's own eyes.
    await page.goto(`${site.messenger}/messenger/${administratorsProfile}`)
    await page.getByText('Учительская').first().waitFor()
    await page.goto(site.house.url)
    await page.getByText('Учительская').waitFor()
  })
}

test('where people come in by a link, a person enters from «Мои чаты» and is seen', async () => {
  await using site = await openSite({ SFERUM_MODE: 'invite' })
  const administrator = await site.visit()
  await signIn(site, administrator, 'admin')
  await synchronise(administrator)
  assert.equal((await messengerState(site)).chats.length, 30)

  const pupil = await site.visit(phone)
  await signIn(site, pupil, 'pupil')
  const enter = pupil.getByRole('link', { name: /Войти в чат: .*5А - Чат класса/ })
  const address = await enter.getAttribute('href')
  assert.ok(address)
  const profile = await ownProfile(pupil)
  const messenger = await pupil.context().newPage()
  await messenger.goto(`${address}?as=${profile}`)
  await messenger.getByRole('button', { name: 'Вступить в чат' }).click()
  await messenger.waitForURL(/messenger/)
  await messenger.close()
  await pupil.bringToFront()
  // The event that a browser fires when its tab is looked at again.
  await pupil.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await pupil.getByRole('link', { name: /Открыть: .*5А - Чат класса/ }).waitFor()
})

async function openMenu(page: Page, viewport: typeof desk): Promise<void> {
  if (viewport === phone) await page.getByRole('button', { name: 'Открыть меню' }).click()
}

/** The vendor's pages, with the slide's words. */
async function linkAtVkId(page: Page, profile: string): Promise<void> {
  await page.waitForURL(/\/authorize/)
  await assertAccessible(page)
  await page.getByRole('searchbox').or(page.getByRole('textbox')).first().fill(profile)
  await page.getByRole('button', { name: 'Найти' }).click()
  await page
    .getByRole('radio', { name: /Учебный профиль/ })
    .first()
    .check()
  await page.getByRole('button', { name: 'Продолжить' }).click()
  for (const words of [
    'С сервисом «Электронная школа Пензенской области» можно связать свой учебный профиль',
    'Вход в учебный профиль в VK Мессенджере по VK ID',
    'Общение в защищенном от посторонних лиц пространстве',
    'Регистрация ВКонтакте не нужна, а если аккаунт уже есть, его никто не увидит',
    'Информация о себе',
  ]) {
    await page.getByText(words).first().waitFor()
  }
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Продолжить' }).click()
}

async function synchronise(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByRole('button', { name: 'Создать/обновить чаты для организации' }).click()
  await page.getByRole('button', { name: 'Да', exact: true }).click({ timeout: 30_000 })
  await page
    .getByText(/Остальное сделано|синхронизация завершена/i)
    .first()
    .waitFor({ timeout: 60_000 })
}

async function ownProfile(page: Page): Promise<string> {
  const answer = await page.request.get(new URL('/api/me/links', page.url()).href)
  const { rows } = (await answer.json()) as { rows: { system: string; externalId?: string }[] }
  return rows.find((row) => row.system === 'sferum')?.externalId ?? ''
}
