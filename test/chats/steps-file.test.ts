import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import readXlsx from 'read-excel-file/node'
import { writeStepsCsv, writeStepsXlsx } from '#chats/steps-file.ts'
import { stepKinds } from '#contract/kinds.ts'
import { type RunStep, stepStates } from '#contract/runs.ts'

const step: RunStep = {
  seq: 1,
  kind: 'add-member',
  state: 'done',
  chatId: '00000000-0000-4000-8000-000000000001',
  chatTitle: 'Школа - 1А - Чат класса',
  chatKind: 'CLASS',
  person: { id: '00000000-0000-4000-8000-000000000002', surname: 'Ёлкина', givenName: 'Алёна', patronymic: '' },
  role: 'STUDENT',
  reason: { code: 'pupil-of-class', of: '1А' },
  detail: null,
  failure: null,
  approved: false,
  finishedAt: '2026-09-01T08:00:00.000Z',
  retryAt: null,
}
const rowsOf = (steps: RunStep[]) => parse(writeStepsCsv(steps), { bom: true, delimiter: ';', record_delimiter: '\r\n' })
const sheetOf = async (steps: RunStep[]) => JSON.stringify(await readXlsx(await writeStepsXlsx(steps), { trim: false }))

test('a step is one row in plain Russian words', () => {
  const failed: RunStep = { ...step, seq: 2, state: 'failed', failure: { kind: 'forbidden', vendorCode: '981' }, finishedAt: null }
  assert.deepEqual(rowsOf([step, failed]).slice(1), [
    ['1', 'Школа - 1А - Чат класса', 'Добавить', 'Ёлкина Алёна', 'Ученик', 'Сделано', '', '', '2026-09-01T08:00:00.000Z'],
    ['2', 'Школа - 1А - Чат класса', 'Добавить', 'Ёлкина Алёна', 'Ученик', 'Не удалось', 'Мессенджер не разрешает', '981', ''],
  ])
})

test('a step about the chat itself says what was done to it instead of a person', () => {
  const renamed: RunStep = { ...step, kind: 'rename-chat', person: null, role: null, detail: 'Новое название' }
  assert.equal(rowsOf([renamed])[1]?.[3], 'Новое название')
})

test('every kind and every state of a step has a Russian word of its own', () => {
  const every = stepKinds.flatMap((kind) => stepStates.map((state): RunStep => ({ ...step, kind, state })))
  const rows = rowsOf(every).slice(1)
  assert.equal(new Set(rows.map((row) => row[2])).size, stepKinds.length)
  assert.equal(new Set(rows.map((row) => row[5])).size, stepStates.length)
  for (const row of rows) for (const word of [row[2], row[5]]) assert.match(word ?? '', /^[А-ЯЁ]/)
})

test('the CSV begins with a BOM, has semicolons, and ends its lines as Windows does', () => {
  const csv = writeStepsCsv([step])
  assert.ok(csv.startsWith('\uFEFF№;Чат;'))
  assert.ok(csv.endsWith('\r\n'))
  assert.equal(csv.split('\r\n').length, 3)
})

test('quotes, semicolons and line breaks inside a cell stay inside it', () => {
  for (const chatTitle of ['«5А»; "дружный"', 'две\nстроки', 'две\r\nстроки', '"', ';;'])
    assert.equal(rowsOf([{ ...step, chatTitle }])[1]?.[1], chatTitle)
})

test('a cell that begins like a formula is text in the CSV and in the XLSX', async () => {
  for (const begins of ['=1+1', '+7 900', '-2', '@SUM(A1)', '\t=1+1', '=cmd|"/c calc"!A0']) {
    const nasty: RunStep = { ...step, chatTitle: begins, person: { ...step.person!, surname: begins } }
    const [, row] = rowsOf([nasty])
    assert.equal(row?.[1], `'${begins}`)
    assert.equal(row?.[3], `'${begins} Алёна`)
    assert.ok((await sheetOf([nasty])).includes(JSON.stringify(`${begins} Алёна`)), begins)
  }
})

test('a run without steps is a sheet with its headings', async () => {
  assert.equal(rowsOf([]).length, 1)
  assert.ok((await sheetOf([])).includes('Причина отказа'))
})

test('a number that looks like one stays the text that it is', async () => {
  // Excel would round a vendor's long number, or read «1Е5» as a hundred thousand.
  const chatTitle = '1E5'
  assert.ok((await sheetOf([{ ...step, chatTitle }])).includes('"1E5"'))
})
