import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { endpoints } from '#contract/endpoints.ts'
import { stopTestServer } from '../support/database.ts'
import { openMenu, openRegistry } from './pages.ts'
import { assertAccessible, fillSignIn, type Login, openSite, phone, type Site, signInByApi } from './site.ts'

let site: Site
let registry: string
let org: string
before(async () => {
  site = await openSite()
  org = (await signInByApi(site, 'admin')).org
  registry = `${site.house.url}/organisations/${org}/sferum`
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await stopTestServer()
})

const administration = Object.values(endpoints).filter(({ access }) => access === 'administrator')
const anyId = '00000000-0000-4000-8000-000000000000'

for (const login of ['pupil', 'parent', 'teacher'] as const satisfies Login[]) {
  test(`«Администрирование» is neither in the menu nor behind its addresses for ${login}`, async (t) => {
    const page = await site.newPage(t, { login, answers: [403], ...(login === 'parent' && { viewport: phone }) })
    const menu = await openMenu(page)
    await menu.getByRole('link', { name: 'Мои чаты' }).waitFor()
    assert.equal(await page.getByText('Администрирование').count(), 0)
    assert.equal(await page.getByRole('link', { name: 'Сферум', exact: true }).count(), 0)
    for (const address of [registry, `${site.house.url}/sferum`]) {
      await page.goto(address)
      await page.getByRole('heading', { name: 'Раздел доступен администратору школы' }).waitFor()
      await assertAccessible(page)
      assert.equal(await page.getByRole('button', { name: /Создать/ }).count(), 0)
    }

    const headers = { origin: site.house.url, 'content-type': 'application/json' }
    for (const { method, path } of administration) {
      const address = path.replace('{org}', org).replaceAll(/\{\w+\}/g, anyId)
      const answer = await page.request.fetch(site.house.url + address, { method, headers, ...(method !== 'get' && { data: '{}' }) })
      assert.equal(answer.status(), 403, `${method} ${path}`)
      assert.deepEqual(((await answer.json()) as { code: string }).code, 'forbidden')
    }
    await page.getByRole('link', { name: 'На главную' }).click()
    await page.getByRole('heading', { name: 'Мои чаты' }).waitFor()
  })
}

test('An administrator of another school does not see this one', async (t) => {
  const page = await site.newPage(t, { login: 'admin2', answers: [403] })
  await openRegistry(page)
  await page.getByText('Всего 0').waitFor()
  assert.equal(page.url().includes(org), false)
  await page.goto(registry)
  await page.getByRole('heading', { name: 'Раздел доступен администратору школы' }).waitFor()
  const answer = await page.request.get(`${site.house.url}/api/organisations/${org}/chats`)
  assert.equal(answer.status(), 403)
})

test('Who is signed out signs in and comes back to where they were going', async (t) => {
  const page = await site.newPage(t, { answers: [401] })
  await page.goto(`${registry}?q=10А&size=50`)
  await page.getByLabel('Логин').waitFor()
  assert.equal(new URL(page.url()).pathname, '/sign-in')
  await fillSignIn(page, 'admin')
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
  const { pathname, searchParams } = new URL(page.url())
  assert.equal(pathname, new URL(registry).pathname)
  assert.equal(searchParams.get('q'), '10А')
  assert.equal(searchParams.get('size'), '50')
})

test('A wrong password is told in words and lets nobody in', async (t) => {
  const page = await site.newPage(t, { answers: [401] })
  await page.goto(site.house.url)
  await page.getByRole('button', { name: 'Войти' }).click()
  await page.getByText('Введите логин').waitFor()
  await page.getByText('Введите пароль').waitFor()
  await page.getByLabel('Логин').fill('admin')
  await page.getByLabel('Пароль', { exact: true }).fill('not-the-password')
  await page.getByRole('button', { name: 'Войти' }).click()
  await page.getByRole('alert').getByText('Логин или пароль не подходят.').waitFor()
  await assertAccessible(page)
})

test('A session that ended elsewhere leads to the sign-in and back', async (t) => {
  const page = await site.newPage(t, { login: 'admin', answers: [401] })
  await page.context().clearCookies()
  const menu = await openMenu(page)
  await menu.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByLabel('Логин').waitFor()
  await fillSignIn(page, 'admin')
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
})

test('Who signs out is out: «Назад» shows nothing of theirs', async (t) => {
  const page = await site.newPage(t, { login: 'admin', answers: [401] })
  const menu = await openMenu(page)
  await menu.getByRole('button', { name: /: меню пользователя$/ }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await page.getByLabel('Логин').waitFor()
  await page.goBack()
  await page.getByLabel('Логин').waitFor()
  assert.equal(await page.getByRole('heading', { name: 'Мои чаты' }).count(), 0)
})

test('The operator of the region chooses the school and goes from one to another', async (t) => {
  const page = await site.newPage(t, { login: 'operator' })
  const menu = await openMenu(page)
  await menu.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByRole('heading', { name: 'Сферум: выберите школу' }).waitFor()
  await assertAccessible(page)
  await page.getByRole('searchbox', { name: 'Поиск по названию' }).fill('вторая')
  assert.equal(await page.getByRole('link', { name: 'Демо школа' }).count(), 0)
  await page.getByRole('link', { name: 'Вторая школа' }).click()
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
  await page.getByRole('combobox', { name: 'Школа' }).click()
  await page.getByRole('option', { name: 'Демо школа' }).click()
  await page.waitForURL((url) => url.pathname === new URL(registry).pathname)
})
