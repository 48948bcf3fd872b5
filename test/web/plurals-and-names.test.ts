import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fullName, initials } from '../../src/web/text/names.ts'
import { chats, count, number, people } from '../../src/web/text/plurals.ts'
import { contains, inRussianOrder } from '../../src/web/text/search.ts'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test('a number takes the right form of its noun', () => {
  assert.deepEqual([0, 1, 2, 5, 11, 21, 22, 111].map(chats).map(plain), [
    '0 чатов',
    '1 чат',
    '2 чата',
    '5 чатов',
    '11 чатов',
    '21 чат',
    '22 чата',
    '111 чатов',
  ])
  assert.equal(plain(people(612)), '612 человек')
  assert.equal(plain(people(402)), '402 человека')
})

test('a number does not part from its noun at the end of a line, nor from itself', () => {
  assert.match(count(30, 'чат', 'чата', 'чатов'), /^30\u00a0чатов$/)
  assert.doesNotMatch(number(1_234_567), / /)
})

test('a person without a patronymic has no gap where it would be', () => {
  assert.equal(fullName({ surname: 'Ли', givenName: 'Вера', patronymic: '' }), 'Ли Вера')
  assert.equal(initials({ surname: 'крюкова', givenName: 'Валентина' }), 'КВ')
})

test('10А stands after 9А, and ё beside е', () => {
  assert.deepEqual(['10А', '9Б', '9А', '1А'].toSorted(inRussianOrder), ['1А', '9А', '9Б', '10А'])
  assert.deepEqual(['Жуков', 'Ёлкин', 'Егоров'].toSorted(inRussianOrder), ['Егоров', 'Ёлкин', 'Жуков'])
})

test('a search minds neither case, nor ё, nor the order of words', () => {
  assert.ok(contains('Гимназия № 5 «Берёзка»', 'березка гимназия'))
  assert.ok(contains('Демо школа', ''))
  assert.ok(!contains('Демо школа', 'лицей'))
})
