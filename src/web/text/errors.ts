import type { ErrorCode } from '#contract/errors.ts'
import { ApiProblem } from '../api/client.ts'
import { messengerErrors } from './messenger-errors.ts'

/** What happened, whether anything was changed, what to do. A code without words does not compile. */
const sentences: Record<ErrorCode | 'no-connection', string> = {
  'no-connection': 'Нет связи с сервером. Проверьте интернет и попробуйте ещё раз.',
  'bad-input': 'Сервер не понял введённое. Ничего не изменено. Проверьте поля и попробуйте ещё раз.',
  'not-signed-in': 'Вы вышли из системы. Войдите ещё раз.',
  'wrong-login-or-password': 'Логин или пароль не подходят. Проверьте раскладку и попробуйте ещё раз.',
  'wrong-password': 'Текущий пароль не подходит. Пароль не изменён.',
  'too-many-attempts': 'Слишком много попыток. Подождите минуту и попробуйте ещё раз.',
  forbidden: 'Раздел доступен администратору школы.',
  'not-found': 'Этого здесь нет: возможно, уже удалено.',
  'cross-site': 'Запрос пришёл с чужой страницы и отклонён. Откройте систему заново.',
  'too-large': 'Слишком много данных за один раз. Ничего не изменено.',
  'bad-title': 'Такое название не подходит. Ничего не изменено.',
  'plan-outdated': 'План устарел: за это время что-то изменилось. Посмотрите новый.',
  'run-under-way': 'Сейчас идёт другая синхронизация этой школы. Ничего не изменено. Дождитесь её окончания.',
  'run-not-possible': 'Сейчас с этим запуском так поступить нельзя. Ничего не изменено.',
  'same-approver': 'Вы уже одобрили это. Нужно согласие второго администратора.',
  'already-taken': 'Этот чат уже занят: обновите страницу и посмотрите, что изменилось.',
  'messenger-unavailable': 'VK Мессенджер не отвечает. Ничего не изменено. Попробуйте через несколько минут.',
  'messenger-refused': 'VK Мессенджер отказал. Ничего не изменено.',
  'messenger-busy': 'VK Мессенджер просит подождать. Ничего не изменено. Попробуйте через минуту.',
  'link-not-configured': 'Сферум ещё не подключён для организации. Обратитесь к администратору системы.',
  'not-linked': 'Профиль уже не связан.',
  unexpected: 'Что-то пошло не так на нашей стороне. Попробуйте ещё раз; если повторится, сообщите администратору системы.',
}

const badTitles: Record<string, (details: Record<string, unknown>) => string> = {
  empty: () => 'Название не может быть пустым. Ничего не изменено.',
  'too-long': ({ longest }) => `Название длиннее ${String(longest)} знаков, мессенджер такое не примет. Ничего не изменено.`,
  'forbidden-characters': () => 'В названии есть знаки, которые мессенджер не принимает. Ничего не изменено.',
}

/** One paragraph for a person, whatever was thrown. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiProblem)) return sentences.unexpected
  const { code, details } = error
  if (code === 'bad-title') return badTitles[String(details.reason)]?.(details) ?? sentences[code]
  if (code === 'messenger-refused') {
    const known = Object.entries(messengerErrors).find(([kind]) => kind === details.kind)
    const cause = known ? ` ${known[1].cause} ${known[1].remedy}` : ''
    return `${sentences[code]}${cause}${details.vendorCode ? ` Код VK: ${String(details.vendorCode)}.` : ''}`
  }
  if (code === 'messenger-unavailable' && details.certain === false) {
    return 'VK Мессенджер не ответил, и неизвестно, успел ли он выполнить запрос. В системе ничего не изменено; при следующей синхронизации всё сверится.'
  }
  if (code === 'too-many-attempts' && typeof details.seconds === 'number') {
    return `Слишком много попыток. Подождите ${details.seconds} с и попробуйте ещё раз.`
  }
  return sentences[code]
}
