import type { ChatState, HoldReason, MemberRole, MemberState, ReasonCode, StepKind } from '#contract/kinds.ts'
import { number } from './plurals.ts'

/** Why the plan wants it, with the register's fact: «ученик 1А». */
export function reason(code: ReasonCode, of: string | null): string {
  const fact = of ? ` ${of}` : ''
  switch (code) {
    case 'pupil-of-class':
      return `ученик${fact}`
    case 'class-teacher':
      return `классный руководитель${fact}`
    case 'guardian-of-pupil':
      return `родитель ученика${fact}`
    case 'staff':
      return 'сотрудник школы'
    case 'pupil-of-subgroup':
      return `ученик подгруппы${of ? `: ${of}` : ''}`
    case 'subject-teacher':
      return `ведёт предмет${of ? `: ${of}` : ''}`
    case 'no-longer-belongs':
      return 'больше не относится к этому чату'
    case 'unlinked':
      return 'отвязал профиль'
    case 'administration':
      return 'администрация школы'
    case 'added-by-hand':
      return `добавлен вручную${of ? `: ${of}` : ''}`
    case 'excluded-by-hand':
      return `исключён вручную${of ? `: ${of}` : ''}`
    case 'undo':
      return 'отмена запуска'
    case 'merged':
      return 'чат объединён с другим'
  }
}

/** What the guard says about what it holds, with its numbers. */
export function hold(reason: HoldReason, count: number, of: number): string {
  switch (reason) {
    case 'too-many-removals':
      return `Из чата ушло бы ${number(count)} из ${number(of)}: больше, чем разрешает тормоз.`
    case 'last-adult':
      return 'Ушёл бы последний взрослый школы, а ученики остались бы одни.'
    case 'no-linked-adult':
      return `Учеников: ${number(count)}. Они подождут: ни один взрослый школы в этом чате ещё не связал профиль.`
    case 'chat-to-zero':
      return `Из чата ушли бы все: ${number(count)} из ${number(of)}.`
    case 'mass-unlinking':
      return `Связи пропали сразу у многих: ${number(count)} из ${number(of)} человек в чатах. Похоже на сбой, а не на решение людей.`
    case 'school-too-many':
      return `По всей школе ушло бы ${number(count)} из ${number(of)}: больше, чем разрешает тормоз.`
    case 'week-chat':
      return `За семь дней из чата ушло бы ${number(count)} из ${number(of)}: больше, чем разрешает тормоз.`
    case 'week-school':
      return `За семь дней из чатов школы ушло бы ${number(count)} из ${number(of)}: больше, чем разрешает тормоз.`
    case 'source-incomplete':
      return 'Последняя загрузка реестра прошла не полностью: по ней никого не исключаем.'
    case 'rejected':
      return 'Администратор решил никого не исключать.'
    case 'too-many-strangers':
      return `Посторонних в чате ${number(count)} из ${number(of)}: слишком много, чтобы убирать без решения.`
  }
}

export const roleNames: Record<MemberRole, string> = {
  TEACHER: 'Учитель',
  STUDENT: 'Ученик',
  PARENT: 'Родитель',
  ADMIN: 'Администрация',
}

export const memberStates: Record<MemberState, string> = {
  waiting: 'ждёт связки',
  planned: 'будет добавлен',
  invited: 'приглашён',
  member: 'в чате',
  left: 'вышел сам',
  removed: 'убран',
  failed: 'не удалось добавить',
}

export const chatStates: Record<ChatState, { name: string; tone: 'done' | 'held' | 'failed' | 'quiet' }> = {
  planned: { name: 'ещё не создан', tone: 'quiet' },
  creating: { name: 'создаётся', tone: 'held' },
  live: { name: 'работает', tone: 'done' },
  failed: { name: 'не создан', tone: 'failed' },
  gone: { name: 'удалён в мессенджере', tone: 'failed' },
  archived: { name: 'в архиве', tone: 'quiet' },
}

export const stepNames: Record<StepKind, string> = {
  'create-chat': 'создаём чат',
  'rename-chat': 'переименовываем чат',
  'add-member': 'добавляем участников в чат',
  'invite-member': 'приглашаем участников в чат',
  'remove-member': 'убираем участников из чата',
  'remove-stranger': 'убираем посторонних из чата',
  'send-notice': 'пишем объявление в чат',
}

export const failedSteps: Record<StepKind, string> = {
  'create-chat': 'чат не создан',
  'rename-chat': 'чат не переименован',
  'add-member': 'не добавлен',
  'invite-member': 'не приглашён',
  'remove-member': 'не убран',
  'remove-stranger': 'посторонний не убран',
  'send-notice': 'объявление не отправлено',
}
