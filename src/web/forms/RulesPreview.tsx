import { notLinkedSentence, planSentence, strangersSentence } from '../text/plan-letter.ts'
import { number } from '../text/plurals.ts'
import { hold } from '../text/reasons.ts'
import { More } from '../ui/More.tsx'
import { useMore } from '../ui/use-more.ts'
import type { Preview } from './RulesForm.tsx'

/** What the next synchronisation would do with these rules. */
export function RulesPreview({ preview: { counts, chats } }: { preview: Preview }) {
  const changing = chats.filter(
    (chat) => chat.create || chat.renameFrom !== null || chat.add + chat.invite + chat.remove + chat.held.length > 0,
  )
  const { rows, ...rest } = useMore(changing, 40)
  return (
    <section className="card" aria-label="Что изменится" role="status">
      <h2>Что изменится с этими правилами</h2>
      <div className="letter">
        <p>{planSentence(counts) ?? 'Ничего: чаты и так соответствуют этим правилам.'}</p>
        {counts.notLinked > 0 && <p>{notLinkedSentence(counts.notLinked)}</p>}
        {counts.strangers > 0 && <p>{strangersSentence(counts.strangers)}</p>}
      </div>
      <ul className="plan-people">
        {rows.map((chat) => (
          <li key={chat.key}>
            {chat.title}{' '}
            <span className="quiet">
              {[
                chat.create && 'будет создан',
                chat.renameFrom !== null && `сейчас «${chat.renameFrom}»`,
                chat.add + chat.invite > 0 && `+${number(chat.add + chat.invite)}`,
                chat.remove > 0 && `−${number(chat.remove)}`,
              ]
                .filter(Boolean)
                .join(', ')}
              {chat.held.map((held) => ` ${hold(held.reason, held.count, held.of)}`)}
            </span>
          </li>
        ))}
      </ul>
      <More {...rest} />
      <p className="quiet">Сохранение правил само ничего в мессенджере не меняет: изменения придут со следующей синхронизацией.</p>
    </section>
  )
}
