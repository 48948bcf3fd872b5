import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { stopTestServer } from '../support/database.ts'
import { chooseProfile, close, consent, openSystems, systemsOf } from './pages.ts'
import {
  addFault,
  assertAccessible,
  chatsInMessenger,
  clearFaults,
  eventually,
  type Login,
  openSite,
  personOf,
  phone,
  type Site,
  synchronise,
} from './site.ts'

let site: Site
before(async () => {
  site = await openSite()
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await stopTestServer()
})

const linkButton = 'Связать учетную запись со Сферум'
const unlinkButton = '✖ Отвязать от Сферум'

async function goToVkId(t: TestContext, login: Login, viewport?: typeof phone): Promise<Page> {
  const page = await site.newPage(t, { login, ...(viewport && { viewport }) })
  const systems = await openSystems(page)
  await systems.getByRole('button', { name: linkButton }).click()
  await page.getByRole('heading', { name: 'Выберите учётную запись' }).waitFor()
  return page
}

/** The page tells it in words and offers to try again; the person is as unlinked as before. */
async function assertNothingLinked(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { name: title, level: 1 }).waitFor()
  await page.getByText(/Ничего не изменено/).waitFor()
  await page.getByRole('button', { name: 'Попробовать ещё раз' }).waitFor()
  await assertAccessible(page)
  await page.getByRole('link', { name: 'К внешним системам' }).click()
  await systemsOf(page).getByRole('button', { name: linkButton }).waitFor()
}

test('Who refuses the consent reads so, and nothing is linked', async (t) => {
  const page = await goToVkId(t, 'admin', phone)
  await chooseProfile(page, personOf('admin').vkUserId)
  await page.getByRole('button', { name: 'Отказаться' }).click()
  await assertNothingLinked(page, 'Вы не дали согласия')
})

test('A personal profile is turned away by VK ID before the consent', async (t) => {
  const page = await goToVkId(t, 'admin')
  await page.getByRole('searchbox').fill(String(personOf('admin').vkUserId))
  await page.getByRole('button', { name: 'Найти' }).click()
  await page.getByRole('radio', { name: /Личный профиль/ }).check()
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByRole('heading', { name: 'Нужен учебный профиль' }).waitFor()
  await assertAccessible(page)
  await page.getByRole('link', { name: 'Вернуться к выбору' }).click()
  await page.getByRole('heading', { name: 'Выберите учётную запись' }).waitFor()
})

test('A profile that belongs to somebody else is not taken from them', async (t) => {
  const page = await goToVkId(t, 'parent')
  await consent(page, personOf('teacher').vkUserId)
  await assertNothingLinked(page, 'Этот профиль уже связан с другим человеком')
  const teacher = await site.newPage(t, { login: 'teacher' })
  const systems = await openSystems(teacher)
  await systems.getByText(String(personOf('teacher').vkUserId)).waitFor()
})

test('When VK ID is down the page says so, and the next attempt works', async (t) => {
  const page = await goToVkId(t, 'parent')
  await chooseProfile(page, personOf('parent').vkUserId)
  await addFault(site, { method: 'oauth2/auth', times: 10, effect: { kind: 'offline' } })
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByRole('heading', { name: 'VK ID не отвечает' }).waitFor()
  await page.getByText(/Ничего не изменено/).waitFor()
  await assertAccessible(page)
  await clearFaults(site)
  await page.getByRole('button', { name: 'Попробовать ещё раз' }).click()
  await consent(page, personOf('parent').vkUserId)
  const systems = systemsOf(page)
  await systems.getByText('Профиль Сферум связан.').waitFor()
  await systems.getByRole('button', { name: unlinkButton }).click()
  await systems.getByText('Вы не состоите в чатах школы: в мессенджере ничего не изменится.').waitFor()
  await systems.getByRole('button', { name: 'Отвязать', exact: true }).click()
  await systems.getByText('Профиль Сферум отвязан.').waitFor()
})

test('The way back opened in another browser links nobody, and the first browser cannot use it any more', async (t) => {
  const page = await goToVkId(t, 'admin')
  const back = await addressOfReturn(page, personOf('admin').vkUserId)

  const stranger = await site.newPage(t)
  await stranger.goto(back)
  await stranger.getByRole('heading', { name: 'Связка начата в другом браузере' }).waitFor()
  await stranger.getByRole('link', { name: 'Войти' }).waitFor()
  await assertAccessible(stranger)

  await page.goto(back)
  await assertNothingLinked(page, 'Эта ссылка уже использована')
})

test('The way back opened by another person in their own session links neither', async (t) => {
  const page = await goToVkId(t, 'admin')
  const back = await addressOfReturn(page, personOf('admin').vkUserId)
  const other = await site.newPage(t, { login: 'parent' })
  await other.goto(back)
  await assertNothingLinked(other, 'Связка начата в другом браузере')
})

test('The address of the return works once', async (t) => {
  const page = await goToVkId(t, 'admin')
  const seen: string[] = []
  page.on('request', (request) => request.url().includes('/links/sferum/callback') && seen.push(request.url()))
  await consent(page, personOf('admin').vkUserId)
  await systemsOf(page).getByText('Профиль Сферум связан.').waitFor()
  const [back = ''] = seen
  await page.goto(back)
  await page.getByRole('heading', { name: 'Эта ссылка уже использована' }).waitFor()
  await page.goto('about:blank')
  await page.goto(`${site.house.url}/links/sferum/callback?code=x&state=${'y'.repeat(43)}&device_id=z`)
  await page.getByRole('heading', { name: 'Не удалось узнать, кто вы' }).waitFor()
})

test('Linking puts a person into their chats within seconds, unlinking asks first and takes them out', async (t) => {
  await synchronise(site)
  const account = personOf('parent').vkUserId
  const inside = async () => (await chatsInMessenger(site)).filter(({ members }) => members.some(({ id }) => id === account)).length

  const page = await goToVkId(t, 'parent')
  await consent(page, account)
  const systems = systemsOf(page)
  await systems.getByText('Профиль Сферум связан. В течение нескольких секунд вы появитесь в своих чатах.').waitFor()
  await close(systems)
  await eventually(async () => (await inside()) >= 2, 'the parent of two children is in two chats')
  await page.getByText('Вы в чате.').nth(1).waitFor()

  await openSystems(page)
  await systems.getByRole('button', { name: unlinkButton }).click()
  await systems.getByRole('heading', { name: 'Отвязать профиль от Сферум?' }).waitFor()
  await systems.getByText(/^Вас уберут из \d+\sчатов:/).waitFor()
  await systems.getByRole('listitem').filter({ hasText: '5А - Родительский чат' }).waitFor()
  await assertAccessible(page)
  await systems.getByRole('button', { name: 'Не отвязывать' }).click()
  await systems.getByRole('button', { name: unlinkButton }).click()
  assert.ok((await inside()) >= 2)
  await systems.getByRole('button', { name: 'Отвязать', exact: true }).click()
  await systems.getByText('Профиль Сферум отвязан.').waitFor()
  await systems.getByRole('button', { name: linkButton }).waitFor()
  await eventually(async () => (await inside()) === 0, 'the parent is in no chat')
  await close(systems)
  await page.getByText('Чат ждёт, пока вы свяжете профиль.').first().waitFor()
})

/** Where VK ID sends the browser back to, without going there. */
async function addressOfReturn(page: Page, profile: number): Promise<string> {
  await chooseProfile(page, profile)
  const form = await page.locator('form[action^="/authorize/consent"]').getAttribute('action')
  const answer = await fetch(new URL(form ?? '', site.messenger), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user_id: String(profile), decision: 'continue' }),
  })
  assert.equal(answer.status, 302)
  return answer.headers.get('location') ?? ''
}
