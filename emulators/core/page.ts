import type { MiddlewareHandler } from 'hono'
import { html } from 'hono/html'

export type Html = ReturnType<typeof html>

/** One shell for all pages. The banner is the first thing seen and read: nobody may take the emulator for the vendor. */
export function page(options: { title: string; banner: string; body: Html }): Html {
  return html`<!doctype html>
    <html lang="ru">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${options.title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/_emulator/style.css" />
      </head>
      <body>
        <aside class="banner" aria-label="Эмулятор">${options.banner}</aside>
        ${options.body}
      </body>
    </html>`
}

export const initials = (text: string) =>
  text
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => [...word][0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase()

export function avatar(id: number, name: string): Html {
  return html`<span class="avatar tint${Math.abs(id) % 6}" aria-hidden="true">${initials(name)}</span>`
}

const plurals = new Intl.PluralRules('ru')

export function counted(n: number, one: string, few: string, many: string): string {
  const form = plurals.select(n)
  return `${n.toLocaleString('ru')}\u00a0${form === 'one' ? one : form === 'few' ? few : many}`
}

export const membersCounted = (n: number) => counted(n, 'участник', 'участника', 'участников')

/** No page runs a script or loads anything from elsewhere. No `form-action`: it would forbid the redirect back to the client. */
export const pageHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  if (c.res.headers.get('Content-Type')?.startsWith('text/html'))
    c.header(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    )
}
