import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { countAccounts } from '../vkid/accounts.ts'
import type { Emulator } from './emulator.ts'
import { counted, page } from './page.ts'

const style = ['./style.css', '../vk/messenger.css'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')

/** For a person who opens the bare address; and the one style sheet of all pages. */
export function landing(em: Emulator) {
  const app = new Hono()
  app.get('/_emulator/style.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'no-cache' }))
  app.get('/', (c) => {
    const chats = em.store.get<{ n: number }>('select count(*) as n from chats where deleted = 0')?.n ?? 0
    return c.html(
      page({
        title: 'Эмулятор VK · песочница',
        banner: 'Эмулятор · песочница: все люди выдуманы',
        body: html`<main class="sheet">
          <header>
            <span class="mark" data-sign="VK">Эмулятор VK</span>
            <h1>Здесь вместо настоящих VK ID и VK Мессенджера</h1>
            <p class="quiet">
              ${counted(countAccounts(em), 'учётная запись', 'учётные записи', 'учётных записей')},
              ${counted(chats, 'чат', 'чата', 'чатов')}.
            </p>
          </header>
          <ul class="doors">
            <li><a href="/messenger">VK Мессенджер<small>войти под любым человеком и увидеть его чаты</small></a></li>
            <li><a href="/vkid-about">VK ID<small>вход начинается в системе, которая связывает профиль</small></a></li>
            <li><a href="/_emulator/state">Состояние<small>все чаты и участники, JSON</small></a></li>
            <li><a href="/_emulator/calls">Вызовы<small>что и когда запрашивали, JSON</small></a></li>
            <li><a href="/_emulator/faults">Неисправности<small>что сейчас сломано нарочно, JSON</small></a></li>
            <li><a href="/_emulator/callback">События<small>кому и как доставляются события сообществ, JSON</small></a></li>
            <li><a href="/_emulator/settings">Настройки<small>пределы и спорные места, JSON</small></a></li>
          </ul>
        </main>`,
      }),
    )
  })
  return app
}
