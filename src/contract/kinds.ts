/** The words of the registry that both sides speak; the Russian names are the instruction's. */
export const chatKinds = ['CLASS', 'PARENTS', 'TEACHER', 'SUBJECT'] as const
export type ChatKind = (typeof chatKinds)[number]

export const chatKindNames: Record<ChatKind, string> = {
  CLASS: 'Чат класса',
  PARENTS: 'Родительский чат',
  TEACHER: 'Учительский чат',
  SUBJECT: 'Предметный чат',
}

export const chatStates = ['planned', 'creating', 'live', 'failed', 'gone', 'archived'] as const
export type ChatState = (typeof chatStates)[number]

export const memberRoles = ['TEACHER', 'STUDENT', 'PARENT', 'ADMIN'] as const
export type MemberRole = (typeof memberRoles)[number]

export const memberStates = ['waiting', 'planned', 'invited', 'member', 'left', 'removed', 'failed'] as const
export type MemberState = (typeof memberStates)[number]

export const stepKinds = [
  'create-chat',
  'rename-chat',
  'add-member',
  'invite-member',
  'remove-member',
  'remove-stranger',
  'send-notice',
] as const
export type StepKind = (typeof stepKinds)[number]

/** The six ways in which a messenger says no. Vendor numbers stay in the adapters. */
export const messengerErrorKinds = ['rate-limited', 'unavailable', 'auth-expired', 'forbidden', 'not-found', 'rejected'] as const
export type MessengerErrorKind = (typeof messengerErrorKinds)[number]

export const runStates = ['queued', 'running', 'stopped', 'done', 'partly-failed', 'failed', 'stale'] as const
export type RunState = (typeof runStates)[number]

/** Why the engine wants (or no longer wants) a person in a chat: the rule's name; web/text turns it into a Russian sentence. */
export const reasonCodes = [
  'pupil-of-class', // «ученик 1А»
  'class-teacher', // «классный руководитель 1А»
  'guardian-of-pupil', // «родитель ученика 1А»
  'staff', // «сотрудник школы»
  'pupil-of-subgroup', // «ученик подгруппы»
  'subject-teacher', // «ведёт предмет»
  'no-longer-belongs', // «больше не относится к чату»
  'unlinked', // «отвязал профиль»
  'administration', // «администрация школы»
  'added-by-hand', // «добавлен вручную»; of: what the administrator wrote
  'excluded-by-hand', // «исключён вручную»; of: what the administrator wrote
  'undo', // «отмена запуска»
  'merged', // «чат объединён с другим»
] as const
export type ReasonCode = (typeof reasonCodes)[number]

/** Why the guard holds a removal or an addition. */
export const holdReasons = [
  'too-many-removals', // больше четверти чата
  'last-adult', // последний взрослый
  'no-linked-adult', // в чате учеников ещё нет взрослого школы со связанным профилем
  'chat-to-zero', // в чате не осталось бы никого
  'mass-unlinking', // связи пропали у слишком многих людей сразу
  'school-too-many', // по всей школе слишком много исключений за раз
  'week-chat', // из этого чата за 7 дней ушло бы слишком много людей
  'week-school', // из чатов школы за 7 дней ушло бы слишком много людей
  'source-incomplete', // реестр прочитан не полностью
  'rejected', // администратор решил не исключать
  'too-many-strangers', // посторонних слишком много, чтобы убирать их без решения
] as const
export type HoldReason = (typeof holdReasons)[number]

/** How a run came about. */
export const runCauses = ['button', 'schedule', 'link', 'retry', 'undo', 'single', 'drift', 'rules', 'brake', 'merge'] as const
export type RunCause = (typeof runCauses)[number]

/** What people changed in the messenger. */
export const driftKinds = ['renamed', 'left', 'kicked', 'stranger', 'chat-gone'] as const
export type DriftKind = (typeof driftKinds)[number]
