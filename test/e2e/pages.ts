import type { Locator, Page } from 'playwright-core'
import { phone } from './site.ts'

// What a person does again and again, by the names that they see.

export const isPhone = (page: Page): boolean => page.viewportSize()?.width === phone.width

/** The left menu; on a phone it is behind the burger. */
export async function openMenu(page: Page): Promise<Locator> {
  if (isPhone(page)) await page.getByRole('button', { name: 'Открыть меню' }).click()
  return page.getByRole('navigation', { name: 'Главное меню' })
}

export async function openSystems(page: Page): Promise<Locator> {
  const menu = await openMenu(page)
  await menu.getByRole('button', { name: /: меню пользователя$/ }).click()
  await page.getByRole('menuitem', { name: 'Внешние системы' }).click()
  return systemsOf(page)
}
export const systemsOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Подключение к внешним системам' })

export async function openRegistry(page: Page): Promise<void> {
  const menu = await openMenu(page)
  await menu.getByRole('link', { name: 'Сферум', exact: true }).click()
  await page.getByRole('heading', { name: 'Интеграция со Сферум (VK Мессенджер)' }).waitFor()
}

const create = 'Создать/обновить чаты для организации'
export async function openPlan(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: create }).click()
  return planOf(page)
}
export const planOf = (page: Page): Locator => page.getByRole('dialog', { name: create })
export const editorOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Настройки чата Сферум' })
export const close = (window: Locator): Promise<void> => window.getByRole('button', { name: 'Закрыть', exact: true }).click()

/** The end of a run, as the window and the page tell it. */
export const runEnd = (where: Locator): Locator => where.getByText(/: синхронизация (завершена|прервана)|Остальное сделано/)

/** VK ID: finds the account, takes its «Учебный профиль», and stops at the page that asks for consent. */
export async function chooseProfile(page: Page, profile: number): Promise<void> {
  await page.getByRole('searchbox').fill(String(profile))
  await page.getByRole('button', { name: 'Найти' }).click()
  await page.getByRole('radio', { name: `Учебный профиль ID ${profile}` }).check()
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await page.getByText('можно связать свой учебный профиль').waitFor()
}

export async function consent(page: Page, profile: number): Promise<void> {
  await chooseProfile(page, profile)
  await page.getByRole('button', { name: 'Продолжить' }).click()
}
