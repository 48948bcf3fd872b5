import type { HoldReason } from '#contract/kinds.ts'
import type { Why } from '#contract/runs.ts'
import { day, moment } from './dates.ts'
import { fullName } from './names.ts'
import { reason } from './reasons.ts'

/** «Петров Иван в чате: ученик 1А.» */
export function whySentence({ person, chat, state, rule, next }: Why): string {
  const who = fullName(person)
  const because = rule ? `: ${reason(rule.code, rule.of)}` : ''
  const of = `чат «${chat.title}»`
  switch (state) {
    case 'member':
      if (next.what === 'remove' || next.what === 'held')
        return `${who} сейчас в чате «${chat.title}», но по реестру больше не относится к нему.`
      return `${who} состоит в чате «${chat.title}»${because}.`
    case 'waiting':
      return `${who} попадёт в ${of}, как только свяжет профиль${because}.`
    case 'planned':
      return `${who} будет добавлен в ${of} при ближайшей синхронизации${because}.`
    case 'invited':
      return `${who} приглашён в ${of}: ссылка ждёт в разделе «Мои чаты»${because}.`
    case 'left':
      return `${who} относится к чату «${chat.title}»${because}, но вышел из него. Насильно система никого не возвращает.`
    case 'failed':
      return `${who} относится к чату «${chat.title}»${because}, но добавить не удалось.`
    case 'removed':
      return `${who} убран из чата «${chat.title}»: по реестру больше не относится к нему.`
    case null:
      return rule ? `${who} относится к чату «${chat.title}»${because}.` : `${who} не относится к чату «${chat.title}».`
  }
}

const kinds: Record<Why['facts'][number]['kind'], string> = {
  enrolment: 'зачислен в класс',
  'class-teacher': 'классный руководитель',
  guardianship: 'родитель (представитель):',
  post: 'должность:',
  teaching: 'ведёт:',
  subgroup: 'подгруппа:',
  exception: 'решение администратора:',
}

/** «зачислен в класс 1А с 1 сентября 2026» */
export function factSentence({ kind, of, startsOn, endsOn, current }: Why['facts'][number]): string {
  const until = endsOn ? ` по ${day(endsOn)}` : ''
  return `${kinds[kind]} ${of}, с ${day(startsOn)}${until}${current ? '' : ' (сейчас не действует)'}`
}

const holds: Record<HoldReason, string> = {
  'too-many-removals': 'из чата ушло бы слишком много людей сразу',
  'last-adult': 'ученики остались бы без взрослого школы',
  'no-linked-adult': 'в чате ещё нет взрослого школы',
  'chat-to-zero': 'в чате не осталось бы никого',
  'mass-unlinking': 'связи пропали у слишком многих людей сразу',
  'school-too-many': 'по школе ушло бы слишком много людей сразу',
  'week-chat': 'за семь дней из чата ушло бы слишком много людей',
  'week-school': 'за семь дней по школе ушло бы слишком много людей',
  'source-incomplete': 'реестр загружен не полностью',
  rejected: 'администратор решил не исключать',
  'too-many-strangers': 'посторонних слишком много',
}

/** What the next synchronisation does with this person here. */
export function nextSentence({ next }: Why): string {
  switch (next.what) {
    case 'nothing':
      return 'Ничего: всё уже так, как должно быть.'
    case 'add':
      return 'При ближайшей синхронизации человек будет добавлен.'
    case 'invite':
      return 'При ближайшей синхронизации человек получит приглашение в «Моих чатах».'
    case 'remove':
      return 'При ближайшей синхронизации человек будет убран.'
    case 'held':
      return `Система ждёт: ${next.hold && next.hold in holds ? holds[next.hold as HoldReason] : 'нужно решение администратора'}.`
    case 'wait-for-link':
      return 'Через секунды после того, как человек свяжет профиль, он окажется в чате.'
    case 'respect-left':
      return 'Ничего: кто вышел, того система не возвращает. Вернуть можно в разделе «Расхождения».'
    case 'retry-later':
      return `Система спросит мессенджер ещё раз ${next.at ? moment(next.at) : 'через сутки'}. Раньше: «Повторить неудавшиеся» в журнале.`
    case 'create-chat-first':
      return 'Сначала будет создан сам чат, потом в него войдёт этот человек.'
  }
}
