import type { MessengerErrorKind } from '#contract/kinds.ts'

/** The six ways a messenger says no: why, and what to do. */
export const messengerErrors: Record<MessengerErrorKind, { cause: string; remedy: string }> = {
  'rate-limited': { cause: 'Мессенджер просит подождать.', remedy: 'Повторим при следующей синхронизации.' },
  unavailable: { cause: 'Мессенджер не ответил.', remedy: 'Повторим при следующей синхронизации.' },
  'auth-expired': {
    cause: 'Доступ к мессенджеру больше не действует.',
    remedy: 'Администратору системы нужно заново подключить служебную учётную запись.',
  },
  forbidden: {
    cause: 'Мессенджер не разрешил: человек запретил добавлять себя в чаты, или у службы нет прав в этом чате.',
    remedy: 'Человек может войти по ссылке из «Моих чатов» или изменить настройки приватности.',
  },
  'not-found': { cause: 'Мессенджер не нашёл этот чат или человека.', remedy: 'Запустите синхронизацию ещё раз.' },
  rejected: {
    cause: 'Мессенджер отклонил запрос.',
    remedy: 'Проверьте, что профиль человека не удалён и в чате есть место.',
  },
}
