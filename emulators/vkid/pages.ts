import { html } from 'hono/html'
import { avatar, counted, type Html, page } from '../core/page.ts'
import type { Profile } from '../vk/people.ts'
import type { Account } from './accounts.ts'
import type { Client } from './grants.ts'

const banner = 'Эмулятор VK ID · песочница: люди выдуманы, настоящие данные не вводите'
const kindNames = { edu: 'Учебный профиль', personal: 'Личный профиль' }
const nameOf = (profile: Profile) => `${profile.given_name} ${profile.surname}`

const shell = (title: string, body: Html) => page({ title: `${title} — VK ID`, banner, body: html`<main class="sheet">${body}</main>` })
const mark = html`<span class="mark" data-sign="ID">VK ID</span>`
const hiddenFields = (query: URLSearchParams) =>
  [...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

type Page = { client: Client; query: URLSearchParams }

export function chooserPage(options: Page & { accounts: Account[]; search: string; total: number; selected: string | undefined }): Html {
  const { client, query, accounts, search, total, selected } = options
  const newAddress = `/authorize/new?${query}${search ? `&q=${encodeURIComponent(search)}` : ''}`
  return shell(
    'Выбор учётной записи',
    html`<header>
        ${mark}
        <h1>Выберите учётную запись</h1>
        <p class="quiet">Вход в сервис «${client.name}»</p>
      </header>
      <form class="search" method="get" action="/authorize" role="search">
        ${hiddenFields(query)}
        <label class="field" for="q">Войти в другой аккаунт: фамилия, имя или номер</label>
        <input type="search" id="q" name="q" value="${search}" placeholder="Например, Иванова Мария" autocomplete="off" />
        <button class="second">Найти</button>
      </form>
      ${
        accounts.length === 0
          ? html`<div class="stack">
              <p>По запросу «${search}» никого не нашли.</p>
              <p class="row-actions"><a href="/authorize?${query}">Показать всех</a><a href="${newAddress}">Создать учётную запись</a></p>
            </div>`
          : html`<form class="stack" method="post" action="/authorize?${query}">
              <div class="accounts">${accounts.map((account) => accountCard(account, account.login === selected))}</div>
              ${
                search
                  ? html`<p class="quiet"><a href="/authorize?${query}">Сбросить поиск</a></p>`
                  : accounts.length < total
                    ? html`<p class="quiet">Показано ${accounts.length} из ${total.toLocaleString('ru')}. Остальных можно найти по фамилии.</p>`
                    : ''
              }
              <div class="sticky"><button class="full">Продолжить</button></div>
              <p class="row-actions"><a href="${newAddress}">Создать учётную запись</a><a href="/vkid-about">Узнать больше о VK ID</a></p>
            </form>`
      }`,
  )
}

function accountCard(account: Account, selected: boolean): Html {
  const first = account.profiles[0]
  return html`<fieldset class="account">
    <legend>
      ${first ? `${first.surname} ${first.given_name} ${first.patronymic}` : account.login}
      ${account.label ? html`<span class="tag">${account.label}</span>` : ''}
    </legend>
    ${account.profiles.map(
      (profile, i) => html`<label class="profile">
        ${avatar(profile.user_id, nameOf(profile))}
        <input type="radio" name="user_id" value="${profile.user_id}" required ${selected && i === 0 ? 'checked' : ''} />
        <span>${kindNames[profile.kind]}<small>ID ${profile.user_id}</small></span>
      </label>`,
    )}
  </fieldset>`
}

export function consentPage({ client, query, profile }: Page & { profile: Profile }): Html {
  return shell(
    'Подтверждение',
    html`<header>
        <h1 class="mark" data-sign="ID">VK ID</h1>
        <p class="lead">С сервисом «${client.name}» можно связать свой ${client.edu_only ? 'учебный ' : ''}профиль</p>
      </header>
      <div class="whoami">
        ${avatar(profile.user_id, nameOf(profile))}
        <span><b>${nameOf(profile)}</b><small>${kindNames[profile.kind]} · ID ${profile.user_id}</small></span>
      </div>
      <ul class="promises">
        <li>Вход в учебный профиль в VK Мессенджере по VK ID</li>
        <li>Общение в защищенном от посторонних лиц пространстве</li>
        <li>Регистрация ВКонтакте не нужна, а если аккаунт уже есть, его никто не увидит</li>
      </ul>
      <form class="stack about-me" method="post" action="/authorize/consent?${query}">
        <div class="head">
          <a href="/authorize?${query}" aria-label="Назад к выбору учётной записи">←</a>
          <h2>Информация о себе</h2>
        </div>
        <input type="hidden" name="user_id" value="${profile.user_id}" />
        <label class="field"
          >Отчество<input type="text" name="patronymic" value="${profile.patronymic}" maxlength="60" autocomplete="off"
        /></label>
        <fieldset class="field">
          <legend>Пол</legend>
          <span class="choices">
            <label><input type="radio" name="gender" value="male" ${profile.gender === 'male' ? 'checked' : ''} />Мужской</label>
            <label><input type="radio" name="gender" value="female" ${profile.gender === 'female' ? 'checked' : ''} />Женский</label>
          </span>
        </fieldset>
        <label class="field">Дата рождения<input type="date" name="birth_date" value="${profile.birth_date}" required /></label>
        <div class="stack">
          <button class="full" name="decision" value="continue">Продолжить</button>
          <button class="full second" name="decision" value="refuse" formnovalidate>Отказаться</button>
        </div>
        <p class="row-actions"><a href="/vkid-about">Узнать больше о VK ID</a></p>
      </form>`,
  )
}

export function wrongProfilePage({ client, query, profile }: Page & { profile: Profile }): Html {
  return shell(
    'Нужен учебный профиль',
    html`<header>
        ${mark}
        <h1>Нужен учебный профиль</h1>
      </header>
      <p>
        Вы выбрали личный профиль «${nameOf(profile)}». С сервисом «${client.name}» можно связать только учебный профиль. Ничего не
        изменилось: вернитесь и выберите «Учебный профиль».
      </p>
      <a class="button full" href="/authorize?${query}">Вернуться к выбору</a>`,
  )
}

export function newAccountPage(
  options: Page & {
    values: { surname: string; givenName: string; patronymic: string; gender?: string; birthDate?: string }
    incomplete?: boolean
  },
): Html {
  const { query, values, incomplete } = options
  return shell(
    'Новая учётная запись',
    html`<header>
        ${mark}
        <h1>Создать учётную запись</h1>
        <p class="quiet">Появятся два профиля: личный и учебный. Запись останется в песочнице.</p>
      </header>
      ${incomplete ? html`<p class="warning" role="alert">Заполните фамилию, имя и дату рождения.</p>` : ''}
      <form class="stack" method="post" action="/authorize/new?${query}">
        <label class="field">Фамилия<input type="text" name="surname" value="${values.surname}" required maxlength="60" autocomplete="off" /></label>
        <label class="field">Имя<input type="text" name="given_name" value="${values.givenName}" required maxlength="60" autocomplete="off" /></label>
        <label class="field">Отчество<input type="text" name="patronymic" value="${values.patronymic}" maxlength="60" autocomplete="off" /></label>
        <fieldset class="field">
          <legend>Пол</legend>
          <span class="choices">
            <label><input type="radio" name="gender" value="male" required ${values.gender === 'male' ? 'checked' : ''} />Мужской</label>
            <label><input type="radio" name="gender" value="female" required ${values.gender === 'female' ? 'checked' : ''} />Женский</label>
          </span>
        </fieldset>
        <label class="field">Дата рождения<input type="date" name="birth_date" value="${values.birthDate ?? ''}" required /></label>
        <button class="full">Создать и вернуться к выбору</button>
        <p class="row-actions"><a href="/authorize?${query}">Назад к выбору</a></p>
      </form>`,
  )
}

export function problemPage(problem: string): Html {
  return shell(
    'Ошибка',
    html`<header>
        ${mark}
        <h1>Войти не получилось</h1>
      </header>
      <p>${problem}</p>
      <p class="quiet">Вернитесь в систему, из которой вы пришли, и попробуйте ещё раз. Ничего не изменилось.</p>`,
  )
}

export function aboutPage(accounts: number): Html {
  return shell(
    'О VK ID',
    html`<header>
        ${mark}
        <h1>VK ID: эмулятор</h1>
      </header>
      <p>
        Это учебная замена страницы входа VK. Здесь ${counted(accounts, 'выдуманная учётная запись', 'выдуманные учётные записи', 'выдуманных учётных записей')};
        у каждой есть личный и учебный профиль с разными номерами, как в настоящей.
      </p>
      <p>
        Сервис получает только номер выбранного профиля, имя, пол и дату рождения. Управлять чатами от вашего имени он не может.
      </p>
      <p class="row-actions"><a href="/messenger">Открыть VK Мессенджер</a></p>`,
  )
}
