import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldTitle, likeness } from '#chats/look-alikes.ts'

const ofClass = (className: string, kind: 'CLASS' | 'PARENTS' = 'CLASS') => ({
  className,
  kind,
  title: `Школа - ${className} - ${kind === 'CLASS' ? 'Чат класса' : 'Родительский чат'}`,
})
const subject = { className: '5А', kind: 'SUBJECT', title: 'Школа - 5А - Английский язык - группа 1', subject: 'Английский язык' } as const
const teachers = { className: null, kind: 'TEACHER', title: 'Учительский чат' } as const

test('case, Latin look-alikes, ё, quotes and spaces make no difference between titles', () => {
  for (const written of ['1А', '1а', '1A', '1a', '1 «А»', '1-а', ' 1 "A" ']) assert.equal(foldTitle(written), '1а', written)
  assert.equal(foldTitle('11 "B" класс'), '11в класс')
  assert.equal(foldTitle('Весёлый 3 к'), 'веселый 3к')
  assert.equal(foldTitle('МЫ — 5Б!!!'), 'мы 5б')
})

test('words that begin after a number are not taken for the class’s letter', () => {
  assert.equal(foldTitle('Школа 5 класс'), 'школа 5 класс')
  assert.equal(foldTitle('5 А класс'), '5а класс')
})

test('a title without letters or digits folds to nothing', () => {
  for (const empty of ['', '   ', '🙂', '—']) assert.equal(foldTitle(empty), '')
})

test('the same title is the surest likeness', () => {
  assert.equal(likeness('школа - 1a - чат класса', ofClass('1А')), 10)
  assert.ok(likeness('школа - 1a - чат класса', ofClass('1А')) > likeness('1А', ofClass('1А')))
})

test('a chat is like a class’s only when it names that very class', () => {
  assert.ok(likeness('1a класс', ofClass('1А')) > 0)
  for (const title of ['11А класс', '1Б класс', '10А', 'класс', '', '🙂']) assert.equal(likeness(title, ofClass('1А')), 0, title)
})

test('a word of family tells the parents’ chat from the pupils’', () => {
  for (const title of ['Родители 1А', 'Мамы и папы 1 «а»', 'Семья 1a']) {
    assert.ok(likeness(title, ofClass('1А', 'PARENTS')) > likeness(title, ofClass('1А')), title)
    assert.equal(likeness(title, ofClass('1А')), 0, 'pupils would be put among parents')
  }
  assert.ok(likeness('1А', ofClass('1А')) > likeness('1А', ofClass('1А', 'PARENTS')))
})

test('a subject’s chat has to name the class and a word of the subject', () => {
  assert.ok(likeness('5а английский', subject) > 0)
  assert.ok(likeness('5а английский', subject) > likeness('5а английский', ofClass('5А')))
  assert.equal(likeness('5а физика', subject), 0)
  assert.equal(likeness('английский', subject), 0)
})

test('the teachers’ chat is known by its words, whatever class is named', () => {
  for (const title of ['Педсовет', 'Наш коллектив', 'Учителя школы', 'УЧИТЕЛЬСКАЯ']) assert.ok(likeness(title, teachers) > 0, title)
  for (const title of ['1А', 'Родители 1А', 'Столовая']) assert.equal(likeness(title, teachers), 0, title)
})

test('the school’s name and the word «группа» do not make a class’s chat a subject’s', () => {
  for (const title of ['Школа 5А', 'Группа 5А']) assert.ok(likeness(title, ofClass('5А')) > likeness(title, subject), title)
})
