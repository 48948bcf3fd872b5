import type { RunCause, RunState, StepKind } from '#contract/kinds.ts'
import type { JournalRun, RunRefusal, StepState } from '#contract/runs.ts'
import { chats, count, number } from './plurals.ts'

export const runStates: Record<RunState, { name: string; tone: 'done' | 'held' | 'failed' | 'quiet' }> = {
  queued: { name: 'в очереди', tone: 'quiet' },
  running: { name: 'выполняется', tone: 'quiet' },
  stopped: { name: 'остановлен', tone: 'held' },
  done: { name: 'всё удалось', tone: 'done' },
  'partly-failed': { name: 'не полностью', tone: 'held' },
  failed: { name: 'прерван', tone: 'failed' },
  stale: { name: 'план устарел', tone: 'quiet' },
}

export const causes: Record<RunCause, string> = {
  button: 'Создание и обновление чатов',
  schedule: 'По расписанию',
  link: 'Изменилась связка профиля',
  retry: 'Повтор неудавшихся',
  undo: 'Отмена запуска',
  single: 'Один чат или человек',
  drift: 'Исправление расхождения',
  rules: 'Изменились правила',
  brake: 'Одобренные исключения',
  merge: 'Объединение чатов',
}

export const stepStates: Record<StepState, { name: string; tone: 'done' | 'held' | 'failed' | 'quiet' }> = {
  planned: { name: 'ещё не выполнено', tone: 'quiet' },
  sent: { name: 'выполняется', tone: 'quiet' },
  done: { name: 'сделано', tone: 'done' },
  failed: { name: 'не удалось', tone: 'failed' },
  skipped: { name: 'пропущено', tone: 'held' },
}

/** What a step is about, as the beginning of a sentence. */
export const stepTitles: Record<StepKind, string> = {
  'create-chat': 'Создать чат',
  'rename-chat': 'Назвать чат',
  'add-member': 'Добавить',
  'invite-member': 'Пригласить',
  'remove-member': 'Убрать',
  'remove-stranger': 'Убрать постороннего',
  'send-notice': 'Написать объявление',
}

/** Why a button cannot be pressed now. */
export const runRefusals: Record<RunRefusal, string> = {
  'not-finished': 'Запуск ещё идёт.',
  finished: 'Запуск уже закончен.',
  'nothing-failed': 'В этом запуске повторять нечего.',
  'nothing-done': 'В этом запуске отменять нечего.',
  'newer-run': 'После него была другая синхронизация: его план уже устарел.',
  'run-under-way': 'Сейчас идёт другая синхронизация школы.',
}

/** «30 чатов, +612, −3»: what the plan said, in a few numbers. */
export function planInShort({ create = 0, rename = 0, add = 0, invite = 0, remove = 0 }: JournalRun['counts']): string {
  return [
    create > 0 && chats(create),
    rename > 0 && `${number(rename)}\u00a0названий`,
    add + invite > 0 && `+${number(add + invite)}`,
    remove > 0 && `−${number(remove)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** «Выполнено 640 из 652, не удалось 12.» */
export function outcome({ steps: { total, done, failed, skipped } }: Pick<JournalRun, 'steps'>): string {
  if (total === 0) return 'Действий не было.'
  const rest = [failed > 0 && `не удалось ${number(failed)}`, skipped > 0 && `пропущено ${number(skipped)}`].filter(Boolean)
  return `Выполнено ${number(done)} из ${count(total, 'действия', 'действий', 'действий')}${rest.length > 0 ? `, ${rest.join(', ')}` : ''}.`
}

/** «4 с», «2 мин 5 с». */
export function duration(seconds: number | null): string {
  if (seconds === null) return '—'
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole}\u00a0с` : `${Math.floor(whole / 60)}\u00a0мин ${whole % 60}\u00a0с`
}
