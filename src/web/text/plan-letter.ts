import type { PlanCounts } from '#contract/plans.ts'
import { chats, form, members, number, people } from './plurals.ts'

/** What the plan will do in one sentence: «Будет создано 30 чатов, добавлено 602 участника.»; null when it does nothing. */
export function planSentence({ create, rename, add, invite, remove }: PlanCounts): string | null {
  const parts = [
    { n: create, text: `${form(create, 'создан', 'создано', 'создано')} ${chats(create)}` },
    { n: rename, text: `${form(rename, 'переименован', 'переименовано', 'переименовано')} ${chats(rename)}` },
    { n: add, text: `${form(add, 'добавлен', 'добавлено', 'добавлено')} ${members(add)}` },
    { n: invite, text: `${form(invite, 'приглашён', 'приглашено', 'приглашено')} ${members(invite)}` },
    { n: remove, text: `${form(remove, 'убран', 'убрано', 'убрано')} ${members(remove)}` },
  ].filter((part) => part.n > 0)
  return parts.length > 0 ? `Будет ${parts.map((part) => part.text).join(', ')}.` : null
}

/** «214 человек ещё не связали профиль…» */
export function notLinkedSentence(notLinked: number): string {
  return `${people(notLinked)} ещё не ${form(notLinked, 'связал', 'связали', 'связали')} профиль: ${form(
    notLinked,
    'он появится в чатах, как только сделает это',
    'они появятся в чатах, как только сделают это',
    'они появятся в чатах, как только сделают это',
  )}.`
}

export function strangersSentence(strangers: number): string {
  const known = form(strangers, 'участник чатов не значится', 'участника чатов не значатся', 'участников чатов не значатся')
  return `${number(strangers)}\u00a0${known} в\u00a0реестре школы. Система ${form(strangers, 'его', 'их', 'их')} не трогает.`
}

export function unreadableSentence(unreadable: number): string {
  return `${chats(unreadable)} сейчас не удалось прочитать в мессенджере: в\u00a0${form(unreadable, 'нём', 'них', 'них')} ничего не изменится.`
}
