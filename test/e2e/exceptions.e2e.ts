import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { demoSeed } from '../../tools/demo-school.ts'
import { stopTestServer } from '../support/database.ts'
import { addFault, clearFaults, messengerState, openSite, phone, type Site, signIn } from './support.ts'

// What goes wrong on the way, each as its user meets it. One site for all: the tests leave it as they found it.

let site: Site
before(async () => {
  site = await openSite()
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await stopTestServer()
})

const profileOf = (login: string): string => {
  const { people, signIns } = demoSeed()
  const signedIn = signIns.find((signIn) => signIn.login === login)
  return String(people.find((person) => person.id === signedIn?.personId)?.vkUserId)
}

async function goToVkId(page: Page, profile: string): Promise<void> {
  await page.getByRole('button', { name: 'Связать учетную запись со Сферум' }).click()
  await page.waitForURL(/\/authorize/)
  await page.getByRole('searchbox').or(page.getByRole('textbox')).first().fill(profile)
  await page.getByRole('button', { name: 'Найти' }).click()
  await page
    .getByRole('radio', { name: /Учебный профиль/ })
    .first()
    .check()
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByText('Информация о себе').waitFor()
}

async function assertNotLinked(page: Page): Promise<void> {
  await page.goto(`${site.house.url}/?systems=open`)
  await page.getByRole('dialog').getByRole('button', { name: 'Связать учетную запись со Сферум' }).waitFor()
}

async function openRegistry(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
}

async function pressCreate(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Создать/обновить чаты для организации' }).click()
}

test('whoever refuses the consent reads what that means, and nothing is linked', async () => {
  const page = await site.visit(phone)
  await signIn(site, page, 'parent')
  await goToVkId(page, profileOf('parent'))
  await page.getByRole('button', { name: 'Отказаться' }).click()
  await page.getByRole('heading', { name: 'Вы не дали согласия' }).waitFor()
  await page.getByText(/Ничего не изменено/).waitFor()
  await page.getByRole('button', { name: 'Попробовать ещё раз' }).waitFor()
  await assertNotLinked(page)
})

test('a profile that belongs to somebody else is refused in plain words', async () => {
  const page = await site.visit()
  await signIn(site, page, 'parent')
  await goToVkId(page, profileOf('teacher'))
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByRole('heading', { name: 'Этот профиль уже связан с другим человеком' }).waitFor()
  await assertNotLinked(page)
})

test('VK ID that does not answer is said so, and nothing is half linked', async () => {
  const page = await site.visit()
  await signIn(site, page, 'parent')
  await goToVkId(page, profileOf('parent'))
  await addFault(site, { method: 'oauth2/auth', times: 5, effect: { kind: 'offline' } })
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByRole('heading', { name: 'VK ID не отвечает' }).waitFor()
  await clearFaults(site)
  await assertNotLinked(page)
})

test('a pupil and a guardian have no way to the administrator’s addresses', async () => {
  const administrator = await site.visit()
  await signIn(site, administrator, 'admin')
  await openRegistry(administrator)
  const address = administrator.url()
  const org = /organisations\/([^/]+)/.exec(address)?.[1]
  for (const login of ['pupil', 'parent']) {
    const page = await site.visit(phone)
    await signIn(site, page, login)
    await page.getByRole('button', { name: 'Открыть меню' }).click()
    await page.getByRole('link', { name: 'Мои чаты' }).last().waitFor()
    assert.equal(await page.getByText('Администрирование').count(), 0)
    assert.equal(await page.getByRole('link', { name: 'Сферум', exact: true }).count(), 0)
    await page.goto(address)
    await page.getByText('Раздел доступен администратору школы').first().waitFor()
    for (const path of ['chats', 'runs/current']) {
      const answer = await page.request.get(`${site.house.url}/api/organisations/${org}/${path}`)
      assert.equal(answer.status(), 403)
    }
  }
  const neighbour = await site.visit()
  await signIn(site, neighbour, 'admin2')
  await neighbour.goto(address)
  await neighbour.getByText('Раздел доступен администратору школы').first().waitFor()
})

test('a second administrator who presses the button sees the run that is under way, and leaving loses nothing', async () => {
  const first = await site.visit()
  await signIn(site, first, 'admin')
  await openRegistry(first)
  await first.getByText(/Чатов ещё нет/).waitFor()
  await pressCreate(first)
  await addFault(site, { method: 'execute', times: 3, effect: { kind: 'delay', ms: 2500 } })
  await first.getByRole('button', { name: 'Да', exact: true }).click()
  await first
    .getByText(/Выполнено \d+ из|Готовимся/)
    .first()
    .waitFor()

  const operator = await site.visit()
  await signIn(site, operator, 'operator')
  await operator.getByRole('link', { name: 'Сферум', exact: true }).click()
  await operator.getByRole('link', { name: 'Демо школа' }).click()
  await operator
    .getByText(/Выполнено \d+ из|Готовимся/)
    .first()
    .waitFor()
  await pressCreate(operator)
  await operator
    .getByRole('dialog')
    .getByText(/Выполнено \d+ из|Готовимся/)
    .waitFor()
  assert.equal(await operator.getByRole('button', { name: 'Да', exact: true }).count(), 0)

  await first.goto(site.house.url)
  await openRegistry(first)
  await first
    .getByText(/Остальное сделано|синхронизация завершена/i)
    .first()
    .waitFor({ timeout: 60_000 })
  await operator
    .getByText(/Остальное сделано|синхронизация завершена/i)
    .first()
    .waitFor({ timeout: 60_000 })
  await clearFaults(site)
  assert.equal((await messengerState(site)).chats.length, 30)
})

test('a rename while the messenger is away changes neither place and says so', async () => {
  const page = await site.visit()
  await signIn(site, page, 'admin')
  await openRegistry(page)
  await page.getByLabel('Поиск по названию').fill('учит')
  await page.getByText('Всего 1', { exact: true }).waitFor()
  assert.match(page.url(), /q=/)
  await page.reload()
  await page.getByText('Всего 1', { exact: true }).waitFor()
  await page.getByRole('row', { name: /Учительский чат/ }).dblclick()
  const editor = page.getByRole('dialog', { name: 'Настройки чата Сферум' })
  await addFault(site, { method: '*', times: 50, effect: { kind: 'offline' } })
  await editor.getByRole('textbox', { name: 'Название' }).fill('Другое название')
  await editor.getByRole('button', { name: 'Сохранить' }).click()
  await editor.getByText(/VK Мессенджер не отв/).waitFor()
  await clearFaults(site)
  assert.ok((await messengerState(site)).chats.every((chat) => chat.title !== 'Другое название'))
  await page.reload()
  await editor.getByRole('textbox', { name: 'Название' }).waitFor()
  assert.equal(await editor.getByRole('textbox', { name: 'Название' }).inputValue(), 'Учительский чат')
  await page.keyboard.press('Escape')
  await editor.waitFor({ state: 'hidden' })
})

test('the registry is worked by keyboard alone, and «Редактировать» says why it waits', async () => {
  const page = await site.visit()
  await signIn(site, page, 'admin')
  await openRegistry(page)
  await page.getByText('Всего 30').waitFor()
  const edit = page.getByRole('button', { name: 'Редактировать' })
  assert.equal(await edit.getAttribute('aria-disabled'), 'true')
  await page.keyboard.press('/')
  await page.keyboard.type('10А')
  await page.getByText('Всего 2', { exact: true }).waitFor()
  await page.getByRole('row', { name: /10А - Чат класса/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Настройки чата Сферум' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Настройки чата Сферум' }).waitFor({ state: 'hidden' })
  await pressCreate(page)
  await page
    .getByText(/менять нечего/i)
    .first()
    .waitFor()
  assert.equal(await page.getByRole('button', { name: 'Да', exact: true }).count(), 0)
})

test('unlinking says which chats it means, and takes the person out of them', async () => {
  const page = await site.visit()
  await signIn(site, page, 'pupil')
  await page.goto(`${site.house.url}/?systems=open`)
  const systems = page.getByRole('dialog')
  await systems.getByRole('button', { name: '✖ Отвязать от Сферум' }).click()
  await systems.getByText(/5А - Чат класса/).waitFor()
  await systems.getByRole('button', { name: 'Отвязать', exact: true }).click()
  await systems.getByRole('button', { name: 'Связать учетную запись со Сферум' }).waitFor()
  const account = Number(profileOf('pupil'))
  for (let look = 0; look < 100; look++) {
    if ((await messengerState(site)).chats.every((chat) => chat.members.every((member) => member.id !== account))) return
    await page.waitForTimeout(100)
  }
  assert.fail('The pupil is still in a chat.')
})
