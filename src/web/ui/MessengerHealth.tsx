import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { MessengerHealth as Health } from '#contract/runs.ts'
import { healthQuery } from '../api/queries.ts'
import { moment } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { Notice } from './states.tsx'

/** Nothing while all is well; else what is the matter, until when, and whether somebody has to do something. */
export function MessengerHealth({ org }: { org: string }) {
  const { data } = useQuery(healthQuery(org))
  if (!data) return null
  const sentences = sentencesOf(data)
  if (sentences.length === 0 && data.held === 0) return null
  return (
    <section className="card panel" aria-label="Состояние">
      {sentences.map(({ tone, words }) => (
        <Notice key={words} tone={tone}>
          {words}
        </Notice>
      ))}
      {data.held > 0 && (
        <Notice tone="held">
          Тормоз держит исключения из чатов: {data.held}.{' '}
          <Link to="/organisations/$org/sferum/held" params={{ org }}>
            Решить
          </Link>
        </Notice>
      )}
    </section>
  )
}

const sources = {
  partial: 'Последняя загрузка реестра прошла с отказами',
  broken: 'Последняя загрузка реестра не удалась',
  shrunk: 'В последней загрузке реестра людей заметно меньше, чем раньше',
} as const

function sentencesOf({ state, until, reason, pausedByUndo, source }: Health): { tone: 'held' | 'failed' | 'quiet'; words: string }[] {
  const code = reason?.vendorCode ? ` Код VK: ${reason.vendorCode}.` : ''
  const found: { tone: 'held' | 'failed' | 'quiet'; words: string }[] = []
  if (state === 'refused')
    found.push({ tone: 'failed', words: `${messengerErrors['auth-expired'].cause} ${messengerErrors['auth-expired'].remedy}${code}` })
  if (state === 'away') {
    const when = until ? ` Система сама проверит ${moment(until)}.` : ''
    found.push({
      tone: 'failed',
      words: `VK Мессенджер не отвечает.${when} Делать ничего не нужно: работа продолжится, когда он ответит.${code}`,
    })
  }
  if (state === 'waiting')
    found.push({ tone: 'held', words: `VK просит подождать${until ? ` до ${moment(until)}` : ''}. Система ждёт сама.` })
  if (state === 'slowed')
    found.push({ tone: 'quiet', words: 'VK просил помедленнее: несколько минут система работает не в полную скорость.' })
  if (source && source.state !== 'complete') {
    found.push({
      tone: 'held',
      words: `${sources[source.state]} (${moment(source.readAt)}). По ней никого не исключаем. Загрузите реестр целиком.`,
    })
  }
  if (pausedByUndo) {
    found.push({
      tone: 'quiet',
      words: 'После отмены запуска автоматические синхронизации остановлены. Они возобновятся, когда вы создадите или обновите чаты.',
    })
  }
  return found
}
