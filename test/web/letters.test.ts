import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdReasons, messengerErrorKinds, reasonCodes } from '../../src/contract/kinds.ts'
import type { PlanCounts } from '../../src/contract/plans.ts'
import { ApiProblem } from '../../src/web/api/client.ts'
import { moment, timeLeft } from '../../src/web/text/dates.ts'
import { explain } from '../../src/web/text/errors.ts'
import { messengerErrors } from '../../src/web/text/messenger-errors.ts'
import { notLinkedSentence, planSentence, strangersSentence, unreadableSentence } from '../../src/web/text/plan-letter.ts'
import { hold, reason } from '../../src/web/text/reasons.ts'

const plain = (text: string | null) => text?.replaceAll(/\s/g, ' ')

const nothing: PlanCounts = {
  create: 0,
  rename: 0,
  add: 0,
  invite: 0,
  people: 0,
  remove: 0,
  notLinked: 0,
  waiting: 0,
  held: 0,
  strangers: 0,
  unreadable: 0,
  chats: 0,
}

test('a plan reads like a letter', () => {
  assert.equal(plain(planSentence({ ...nothing, create: 30, add: 602 })), 'Будет создано 30 чатов, добавлено 602 участника.')
  assert.equal(plain(planSentence({ ...nothing, rename: 1, remove: 21 })), 'Будет переименован 1 чат, убран 21 участник.')
  assert.equal(planSentence(nothing), null)
})

test('who is left out of the plan is told in the right number', () => {
  assert.match(plain(notLinkedSentence(214)) ?? '', /^214 человек ещё не связали профиль: они появятся/)
  assert.match(plain(notLinkedSentence(1)) ?? '', /^1 человек ещё не связал профиль: он появится/)
  assert.match(plain(strangersSentence(2)) ?? '', /^2 участника чатов не значатся в реестре школы\. Система их не трогает\.$/)
  assert.match(plain(unreadableSentence(1)) ?? '', /^1 чат сейчас не удалось прочитать в мессенджере: в нём ничего не изменится\.$/)
})

test('every reason and every hold has Russian words', () => {
  for (const code of reasonCodes) assert.match(reason(code, '1А'), /^[а-яё]/i)
  for (const code of holdReasons) assert.match(hold(code, 12, 25), /^[А-ЯЁ]/)
  assert.equal(reason('pupil-of-class', '1А'), 'ученик 1А')
  assert.equal(reason('class-teacher', '1А'), 'классный руководитель 1А')
  assert.equal(plain(hold('too-many-removals', 12, 25)), 'Из чата ушло бы 12 из 25: больше, чем разрешает тормоз.')
})

test('every messenger error says why and what to do', () => {
  for (const kind of messengerErrorKinds) {
    assert.match(messengerErrors[kind].cause, /\.$/)
    assert.match(messengerErrors[kind].remedy, /\.$/)
  }
})

test('a refusal says what happened and whether anything was changed', () => {
  assert.match(explain(new ApiProblem('no-connection')), /Нет связи с сервером/)
  assert.match(explain(new ApiProblem('bad-title', { reason: 'too-long', longest: 200 })), /длиннее 200 знаков.*Ничего не изменено/)
  assert.match(explain(new ApiProblem('messenger-refused', { kind: 'forbidden', vendorCode: '917' })), /Ничего не изменено.*Код VK: 917/)
  assert.match(explain(new ApiProblem('too-many-attempts', { seconds: 40 })), /40/)
  assert.match(explain(new TypeError('x is undefined')), /^Что-то пошло не так/)
})

test('a moment is told as people tell it', () => {
  const now = new Date(2026, 10, 23, 15, 0)
  const at = (...parts: [number, number, number, number, number]) => plain(moment(new Date(...parts).toISOString(), now))
  assert.equal(at(2026, 10, 23, 14, 5), 'сегодня в 14:05')
  assert.equal(at(2026, 10, 22, 23, 59), 'вчера в 23:59')
  assert.equal(at(2026, 10, 12, 9, 30), '12 ноября в 09:30')
  assert.match(at(2025, 10, 12, 9, 30) ?? '', /^12 ноября 2025.* в 09:30$/)
})

test('the time left is told in seconds, then in minutes', () => {
  assert.deepEqual([0.4, 4.2, 89, 231].map(timeLeft).map(plain), ['почти готово', 'ещё около 5 с', 'ещё около 89 с', 'ещё около 4 мин'])
})
