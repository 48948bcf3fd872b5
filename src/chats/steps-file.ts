import { stringify } from 'csv-stringify/sync'
import writeXlsxFile, { type SheetData } from 'write-excel-file/node'
import type { MemberRole, MessengerErrorKind, StepKind } from '#contract/kinds.ts'
import type { RunStep, StepState } from '#contract/runs.ts'

const columns = ['№', 'Чат', 'Действие', 'Кто', 'Роль', 'Итог', 'Причина отказа', 'Код мессенджера', 'Когда'] as const

const kindNames: Record<StepKind, string> = {
  'create-chat': 'Создать чат',
  'rename-chat': 'Переименовать чат',
  'add-member': 'Добавить',
  'invite-member': 'Пригласить',
  'remove-member': 'Исключить',
  'remove-stranger': 'Убрать постороннего',
  'send-notice': 'Написать объявление',
}
const stateNames: Record<StepState, string> = {
  planned: 'Ещё не выполнено',
  sent: 'Выполняется',
  done: 'Сделано',
  failed: 'Не удалось',
  skipped: 'Пропущено',
}
const roleNames: Record<MemberRole, string> = { TEACHER: 'Учитель', STUDENT: 'Ученик', PARENT: 'Родитель', ADMIN: 'Администрация' }
const causes: Record<MessengerErrorKind, string> = {
  'rate-limited': 'Мессенджер просит подождать',
  unavailable: 'Мессенджер не ответил',
  'auth-expired': 'Доступ к мессенджеру истёк',
  forbidden: 'Мессенджер не разрешает',
  'not-found': 'Мессенджер не нашёл чат или человека',
  rejected: 'Мессенджер отказал',
}

const cellsOf = (step: RunStep): string[] => [
  String(step.seq),
  step.chatTitle,
  kindNames[step.kind],
  step.person ? [step.person.surname, step.person.givenName, step.person.patronymic].filter(Boolean).join(' ') : (step.detail ?? ''),
  step.role ? roleNames[step.role] : '',
  stateNames[step.state],
  step.failure ? causes[step.failure.kind] : '',
  step.failure?.vendorCode ?? '',
  step.finishedAt ?? '',
]

/** The steps of a run as a spreadsheet. */
export async function writeStepsXlsx(steps: readonly RunStep[]): Promise<Buffer> {
  const data: SheetData = [
    columns.map((value) => ({ value, fontWeight: 'bold' as const })),
    ...steps.map((step) => cellsOf(step).map((value) => ({ value, type: String }))),
  ]
  const widths = [6, 44, 22, 40, 16, 18, 36, 16, 26]
  return writeXlsxFile(data, { sheet: 'Синхронизация', columns: widths.map((width) => ({ width })) }).toBuffer()
}

/** The same as CSV that a Russian Excel opens by itself: UTF-8 with BOM, semicolons, lines ended by CR LF. */
export const writeStepsCsv = (steps: readonly RunStep[]): string =>
  // A cell that begins like a formula would be carried out by the spreadsheet that opens it.
  stringify([[...columns], ...steps.map(cellsOf)], { bom: true, delimiter: ';', record_delimiter: 'windows', escape_formulas: true })
