import type { Plan } from '#contract/plans.ts'
import { chats, count, form, number, people } from '../text/plurals.ts'

/** Reads like a letter: what will happen, and what will not. */
export function PlanLetter({ plan: { counts, empty } }: { plan: Plan }) {
  const done = [
    counts.create > 0 && `${form(counts.create, 'будет создан', 'будут созданы', 'будет создано')} ${chats(counts.create)}`,
    counts.rename > 0 && `${form(counts.rename, 'переименован', 'переименованы', 'переименовано')} ${chats(counts.rename)}`,
    counts.add > 0 && `добавлено в чаты ${count(counts.add, 'участник', 'участника', 'участников')}`,
    counts.invite > 0 && `приглашено ${count(counts.invite, 'участник', 'участника', 'участников')}`,
    counts.remove > 0 && `убрано ${count(counts.remove, 'участник', 'участника', 'участников')}`,
  ].filter((part) => part !== false)
  const letter = done.length > 0 ? `${capital(done.join(', '))}.` : null
  return (
    <div>
      {letter ? (
        <p className="letter">{letter}</p>
      ) : (
        <p className="letter">{empty ? 'Менять нечего: чаты соответствуют реестру школы.' : 'Сейчас выполнить нечего.'}</p>
      )}
      {counts.notLinked > 0 && (
        <p>
          {people(counts.notLinked)} ещё не {form(counts.notLinked, 'связал', 'связали', 'связали')} профиль: они появятся в чатах сами, как
          только сделают это.
        </p>
      )}
      {counts.held > 0 && (
        <p className="tone-held">
          {count(counts.held, 'действие задержано', 'действия задержаны', 'действий задержано')} до решения: причины ниже, в списке чатов.
        </p>
      )}
      {counts.strangers > 0 && (
        <p>
          {number(counts.strangers)}{' '}
          {form(counts.strangers, 'участник чатов не значится', 'участника чатов не значатся', 'участников чатов не значатся')} в реестре.
          Система их не трогает.
        </p>
      )}
      {counts.unreadable > 0 && (
        <p className="tone-held">
          {chats(counts.unreadable)} сейчас не {form(counts.unreadable, 'удалось', 'удалось', 'удалось')} прочитать в мессенджере: в{' '}
          {form(counts.unreadable, 'нём', 'них', 'них')} ничего не изменится.
        </p>
      )}
    </div>
  )
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
