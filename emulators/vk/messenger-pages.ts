import { html, raw } from 'hono/html'
import { avatar, type Html, membersCounted, page } from '../core/page.ts'
import type { Account } from '../vkid/accounts.ts'
import type { Line } from './chats.ts'
import type { ListItem } from './messenger.ts'
import type { Somebody } from './people.ts'

const banner = 'Эмулятор VK Мессенджера · песочница: люди выдуманы'
const mark = html`<span class="mark" data-sign="VK">VK Мессенджер</span>`
const kindNames = { edu: 'Учебный профиль', personal: 'Личный профиль' }

const sheet = (title: string, body: Html) =>
  page({ title: `${title} — VK Мессенджер`, banner, body: html`<main class="sheet">${body}</main>` })
const kindOf = (who: Somebody) => (who.profile ? kindNames[who.profile.kind] : 'Служебный профиль')

export function choosePage(options: {
  accounts: Account[]
  search: string
  next: string | undefined
  services: { id: number; name: string }[]
}): Html {
  const { accounts, search, next, services } = options
  const address = (id: number) => (next ? `${next}?as=${id}` : `/messenger/${id}`)
  return sheet(
    'Кто вы',
    html`<header>
        ${mark}
        <h1>Под кем войти?</h1>
        <p class="quiet">${next ? 'Вас пригласили в чат. Выберите профиль, которым в него вступить.' : 'Выберите профиль, чтобы увидеть его чаты.'}</p>
      </header>
      <form class="search" method="get" action="/messenger" role="search">
        ${next ? html`<input type="hidden" name="next" value="${next}" />` : ''}
        <label class="field" for="q">Фамилия, имя или номер профиля</label>
        <input type="search" id="q" name="q" value="${search}" autocomplete="off" />
        <button class="second">Найти</button>
      </form>
      ${accounts.length + services.length === 0 ? html`<p>По запросу «${search}» никого не нашли.</p>` : ''}
      <ul class="people">
        ${accounts.flatMap((account) =>
          account.profiles.map(
            (profile) => html`<li>
              <a href="${address(profile.user_id)}"
                >${avatar(profile.user_id, `${profile.given_name} ${profile.surname}`)}<span
                  ><b>${profile.surname} ${profile.given_name} ${profile.patronymic}</b
                  ><small>${kindNames[profile.kind]} · ID ${profile.user_id}${account.label ? ` · ${account.label}` : ''}</small></span
                ></a
              >
            </li>`,
          ),
        )}
        ${services.map(
          (user) =>
            html`<li>
              <a href="${address(user.id)}"
                >${avatar(user.id, user.name)}<span><b>${user.name}</b><small>Служебный профиль · ID ${user.id}</small></span></a
              >
            </li>`,
        )}
      </ul>`,
  )
}

type Frame = { me: Somebody; list: { chats: ListItem[]; dialogs: ListItem[] } }

function frame(options: Frame & { title: string; current?: string; main: Html; aside?: Html }): Html {
  const { me, list, title, current, main, aside } = options
  const item = (one: ListItem, note: string) =>
    html`<li>
      <a href="${one.address}" ${one.address === current ? raw('aria-current="page"') : ''}
        >${avatar(one.id, one.title)}<span><b>${one.title}</b><small>${note}</small></span></a
      >
    </li>`
  return page({
    title: `${title} — VK Мессенджер`,
    banner,
    body: html`<div class="messenger ${current ? (aside ? '' : 'two') : 'empty'}">
      <nav aria-label="Чаты">
        <div class="whoami">
          ${avatar(me.id, me.name)}
          <span><b>${me.name}</b><small>${kindOf(me)}</small></span>
          <a href="/messenger">Сменить</a>
        </div>
        <h2>Чаты${list.chats.length > 0 ? ` · ${list.chats.length}` : ''}</h2>
        ${
          list.chats.length === 0
            ? html`<p class="quiet">Пока ни одного чата. Он появится, когда вас добавят или когда вы вступите по ссылке.</p>`
            : html`<ul class="people">${list.chats.map((chat) => item(chat, membersCounted(Number(chat.note))))}</ul>`
        }
        ${
          list.dialogs.length === 0
            ? ''
            : html`<h2>Сообщения</h2>
                <ul class="people">${list.dialogs.map((dialog) => item(dialog, dialog.note))}</ul>`
        }
      </nav>
      ${main} ${aside ?? ''}
    </div>`,
  })
}

export function homePage({ me, list }: Frame): Html {
  return frame({ me, list, title: 'Чаты', main: html`<main class="nothing"><p>Выберите чат слева</p></main>` })
}

export type Member = Somebody & { isAdmin: boolean; isOwner: boolean }

export function chatPage(
  options: Frame & {
    number: number
    title: string
    state: 'in' | 'kicked' | 'left'
    members: Member[]
    lines: Line[]
    named: (id: number) => Somebody
    mayRename: boolean
    titleLength: number
  },
): Html {
  const { me, list, number, title, state, members, lines, named, mayRename, titleLength } = options
  const address = `/messenger/${me.id}/chats/${number}`
  const main = html`<main class="chat">
    <header>
      <a class="back" href="/messenger/${me.id}">← Все чаты</a>
      <h1>${title}</h1>
      <p class="quiet">${state === 'in' ? membersCounted(members.length) : state === 'left' ? 'Вы вышли из чата' : 'Вас убрали из чата'}</p>
    </header>
    <div class="history" role="region" aria-label="История" tabindex="0">
      <ol class="lines">
        ${lines.map((line) => lineItem(line, me, named))}
      </ol>
    </div>
    ${
      state === 'in'
        ? html`<form class="composer" method="post" action="${address}/post">
            <label class="hidden" for="text">Сообщение</label>
            <input type="text" id="text" name="text" placeholder="Сообщение" required maxlength="9000" autocomplete="off" />
            <button>Отправить</button>
          </form>`
        : html`<p class="warning">Писать в этот чат больше нельзя.</p>`
    }
  </main>`
  const aside =
    state === 'in'
      ? html`<aside aria-label="О чате">
          ${
            mayRename
              ? html`<form class="stack" method="post" action="${address}/rename">
                  <label class="field"
                    >Название чата<input type="text" name="text" value="${title}" required maxlength="${titleLength}" autocomplete="off"
                  /></label>
                  <button class="second">Переименовать</button>
                </form>`
              : html`<p class="quiet">Менять название могут только администраторы чата.</p>`
          }
          <h2>Участники · ${members.length}</h2>
          <ul class="people">
            ${members.map(
              (member) => html`<li>
                <span class="person"
                  >${avatar(member.id, member.name)}<span
                    ><b>${member.name}</b
                    ><small>${member.isOwner ? 'Создатель' : member.isAdmin ? 'Администратор' : kindOf(member)}</small></span
                  ></span
                >
              </li>`,
            )}
          </ul>
          <form method="post" action="${address}/leave"><button class="danger full">Выйти из чата</button></form>
        </aside>`
      : undefined
  return frame({ me, list, title, current: address, main, ...(aside ? { aside } : {}) })
}

export function dialogPage(options: Frame & { peer: Somebody; lines: { from_id: number; text: string; at: number }[] }): Html {
  const { me, peer, list, lines } = options
  const address = `/messenger/${me.id}/dialogs/${peer.id}`
  const main = html`<main class="chat">
    <header>
      <a class="back" href="/messenger/${me.id}">← Все чаты</a>
      <h1>${peer.name}</h1>
      <p class="quiet">${peer.id < 0 ? 'Сообщество' : kindOf(peer)}</p>
    </header>
    <div class="history" role="region" aria-label="История" tabindex="0">
      <ol class="lines">
        ${lines.map((line) => bubble(line, me, peer))}
      </ol>
    </div>
    <form class="composer" method="post" action="${address}">
      <label class="hidden" for="text">Сообщение</label>
      <input type="text" id="text" name="text" placeholder="Сообщение" required maxlength="9000" autocomplete="off" />
      <button>Отправить</button>
    </form>
  </main>`
  return frame({ me, list, title: peer.name, current: address, main })
}

export function joinPage(options: {
  me: Somebody
  title: string
  members: number
  isIn: boolean
  address: string
  chatAddress: string | undefined
}): Html {
  const { me, title, members, isIn, address, chatAddress } = options
  return sheet(
    'Приглашение в чат',
    html`<header>
        ${mark}
        <h1>${title}</h1>
        <p class="quiet">${membersCounted(members)}</p>
      </header>
      <div class="whoami">
        ${avatar(me.id, me.name)}
        <span><b>${me.name}</b><small>${kindOf(me)}</small></span>
        <a href="/messenger?next=${encodeURIComponent(address)}">Сменить</a>
      </div>
      ${
        isIn && chatAddress
          ? html`<p>Вы уже в этом чате.</p>
              <a class="button full" href="${chatAddress}">Открыть чат</a>`
          : html`<p>Вас приглашают в чат. Участники увидят ваше имя.</p>
              <form method="post" action="${address}">
                <input type="hidden" name="as" value="${me.id}" />
                <button class="full">Вступить в чат</button>
              </form>`
      }`,
  )
}

export function notFoundPage(problem: string): Html {
  return sheet(
    'Недоступно',
    html`<header>
        ${mark}
        <h1>Не открывается</h1>
      </header>
      <p>${problem}</p>
      <a class="button full" href="/messenger">К выбору профиля</a>`,
  )
}

// The vendor's clock is Moscow's for most schools; a fixed zone keeps screenshots the same everywhere.
const time = new Intl.DateTimeFormat('ru', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'Europe/Moscow',
})
const when = (at: number) => html`<time datetime="${new Date(at * 1000).toISOString()}">${time.format(at * 1000)}</time>`

function bubble(line: { from_id: number; text: string; at: number }, me: Somebody, author: Somebody): Html {
  const mine = line.from_id === me.id
  return html`<li class="bubble ${mine ? 'mine' : ''}">${mine ? '' : html`<b>${author.name}</b>`}${linked(line.text)}<small>${when(line.at)}</small></li>`
}

/** Invite links come as text; a person wants to press them. */
function linked(text: string): Html {
  const parts = text.split(/(https?:\/\/\S+)/)
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part))}`
}

function lineItem(line: Line, me: Somebody, named: (id: number) => Somebody): Html {
  if (line.kind === 'message') return bubble({ from_id: line.actor_id, text: line.text, at: line.at }, me, named(line.actor_id))
  const who = named(line.actor_id)
  const whom = line.subject_id === null ? undefined : named(line.subject_id)
  return html`<li class="service">${serviceText(line, who, whom)} · ${when(line.at)}</li>`
}

const verb = (who: Somebody, male: string, female: string, neutral: string) =>
  who.gender === 'male' ? male : who.gender === 'female' ? female : neutral

function serviceText(line: Line, who: Somebody, whom: Somebody | undefined): string {
  const name = who.name
  switch (line.kind) {
    case 'created':
      return `${name}: ${verb(who, 'создал', 'создала', 'создан')} чат «${line.text}»`
    case 'renamed':
      return `${name}: ${verb(who, 'изменил', 'изменила', 'изменено')} название чата на «${line.text}»`
    case 'added':
      return `${name}: ${verb(who, 'добавил', 'добавила', 'в чате теперь')} ${whom?.name ?? ''}`
    case 'joined':
      return `${name}: ${verb(who, 'вступил', 'вступила', 'вступление')} в чат по ссылке`
    case 'left':
      return `${name}: ${verb(who, 'вышел', 'вышла', 'выход')} из чата`
    case 'removed':
      return `${name}: ${verb(who, 'убрал', 'убрала', 'в чате больше нет')} ${whom?.name ?? ''}`
    case 'role':
      return `${whom?.name ?? ''}: ${line.text === 'admin' ? 'теперь администратор чата' : 'больше не администратор чата'}`
    case 'link':
      return `${name}: новая ссылка-приглашение`
    case 'message':
      return line.text
  }
}
