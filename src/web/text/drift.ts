import type { DriftItem } from '#contract/drift.ts'
import type { DriftKind } from '#contract/kinds.ts'
import { fullName } from './names.ts'

export const driftKindNames: Record<DriftKind, string> = {
  renamed: 'Переименовали',
  left: 'Больше не в чате',
  kicked: 'Исключили',
  stranger: 'Посторонний',
  'chat-gone': 'Чат удалён',
}

/** What people did, as one sentence. */
export function driftSentence({ kind, chatTitle, person, account, detail }: DriftItem): string {
  const who = person ? fullName(person) : 'Участник'
  switch (kind) {
    case 'renamed':
      return `В мессенджере чат «${chatTitle}» назвали «${detail ?? ''}».`
    case 'left':
      return detail === 'unseen'
        ? `${who}: больше не в чате «${chatTitle}» (вышел сам или исключён в мессенджере).`
        : `${who}: вышел из чата «${chatTitle}» сам.`
    case 'kicked':
      return `${who}: исключён из чата «${chatTitle}» кем-то в мессенджере.`
    case 'stranger':
      return person
        ? `${who} в чате «${chatTitle}», хотя по реестру к нему не относится.`
        : `В чате «${chatTitle}» посторонний: учётная запись VK ${account ?? ''}.`
    case 'chat-gone':
      return `Чат «${chatTitle}» удалён в мессенджере.`
  }
}

/** The two remedies by their honest names. */
export const remedyNames: Record<DriftKind, { mend: string; accept: string }> = {
  renamed: { mend: 'Вернуть название', accept: 'Оставить новое' },
  left: { mend: 'Вернуть в чат', accept: 'Оставить как есть' },
  kicked: { mend: 'Вернуть в чат', accept: 'Оставить как есть' },
  stranger: { mend: 'Убрать из чата', accept: 'Оставить' },
  'chat-gone': { mend: 'Создать заново', accept: 'Больше не вести' },
}

export const driftEnds: Record<DriftItem['state'], string> = {
  open: 'ждёт решения',
  accepted: 'оставлено как есть',
  mended: 'исправляем',
  over: 'больше не наблюдается',
}
