import './run.css'
import { Button, Progress, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Run } from '#contract/plans.ts'
import { call } from '../api/client.ts'
import { moment, timeLeft } from '../text/dates.ts'
import { explain } from '../text/errors.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { count, number } from '../text/plurals.ts'
import { stepNames } from '../text/reasons.ts'
import { RunFailures } from './RunFailures.tsx'
import { isUnderWay, type WatchedRun } from './use-run.ts'

type Props = { org: string; watched: WatchedRun; inWindow?: boolean }

// Success a day old is no news; what failed stays until somebody puts it away.
const newsFor = 24 * 3600_000

/** The run under way, live; after its end what came of it, until it is put away. */
export function RunPanel({ org, watched: { run, connected }, inWindow = false }: Props) {
  const [putAway, setPutAway] = useLocalStorage({ key: 'run-put-away', defaultValue: '', getInitialValueInEffect: false })
  if (run === null || run.state === 'stale') return null
  const underWay = isUnderWay(run)
  const old = run.state === 'done' && run.finishedAt !== null && Date.now() - Date.parse(run.finishedAt) > newsFor
  if (!inWindow && !underWay && (old || putAway === run.id)) return null
  return (
    <section className={inWindow ? 'run-inside' : 'card run'} aria-label="Синхронизация">
      {underWay ? (
        <UnderWay run={run} connected={connected} />
      ) : (
        <Ended run={run} onPutAway={inWindow ? undefined : () => setPutAway(run.id)} />
      )}
      <RunLinks org={org} run={run} underWay={underWay} />
      {run.steps.failed > 0 && <RunFailures key={run.id} org={org} run={run} />}
    </section>
  )
}

/** Stop it, and the way to everything else that can be done with it. */
function RunLinks({ org, run, underWay }: { org: string; run: Run; underWay: boolean }) {
  const stop = useMutation({ mutationFn: () => call('stopRun', { params: { org, run: run.id } }) })
  return (
    <div className="run-links">
      {underWay && (
        <Button variant="light" color="red" size="compact-md" loading={stop.isPending || stop.isSuccess} onClick={() => stop.mutate()}>
          Остановить
        </Button>
      )}
      <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: run.id }}>
        Подробности в журнале
      </Link>
      {stop.isError && <span className="tone-failed">{explain(stop.error)}</span>}
    </div>
  )
}

function UnderWay({ run, connected }: { run: Run; connected: boolean }) {
  const { total, done, failed, skipped } = run.steps
  const finished = done + failed + skipped
  const share = total > 0 ? (finished / total) * 100 : 0
  const preparing = run.state === 'queued' || total === 0
  return (
    <>
      <p className="letter">
        {preparing
          ? 'Готовимся: сверяем реестр с мессенджером…'
          : `Выполнено ${number(finished)} из ${count(total, 'действия', 'действий', 'действий')}`}
        {run.secondsLeft !== null && !preparing && <span className="quiet">, {timeLeft(run.secondsLeft)}</span>}
      </p>
      {/* Not every number: a reader would never fall silent. */}
      <VisuallyHidden role="status">
        {preparing ? 'Синхронизация начинается' : `Синхронизация: выполнено ${Math.floor(share / 25) * 25} процентов`}
      </VisuallyHidden>
      <Progress value={share} animated aria-label="Ход синхронизации" size="lg" />
      <p className="quiet small run-now">
        {connected ? nowOf(run) : 'Связь с сервером прервалась, восстанавливаем. Синхронизация продолжается.'}
      </p>
      {!run.startedByMe && <p className="quiet small run-now">Синхронизацию запустил другой администратор.</p>}
    </>
  )
}

const nowOf = ({ current }: Run): string =>
  current ? `Сейчас ${stepNames[current.step]} «${current.chatTitle}»` : 'Страницу можно закрыть: синхронизация продолжится.'

function Ended({ run, onPutAway }: { run: Run; onPutAway: (() => void) | undefined }) {
  const good = run.state === 'done'
  const tone = good ? 'tone-done' : run.state === 'failed' ? 'tone-failed' : 'tone-held'
  const Icon = good ? IconCircleCheck : IconAlertTriangle
  return (
    <div className="run-ended" role="status">
      <Icon size={22} className={tone} aria-hidden />
      <p className={tone}>{summaryOf(run)}</p>
      {onPutAway && (
        <UnstyledButton onClick={onPutAway} aria-label="Убрать сообщение" className="dismiss">
          <IconX size={18} aria-hidden />
        </UnstyledButton>
      )}
    </div>
  )
}

function summaryOf(run: Run): string {
  const { total, done, failed, skipped } = run.steps
  const at = run.finishedAt ? moment(run.finishedAt) : 'только что'
  const when = `${at.slice(0, 1).toUpperCase()}${at.slice(1)}`
  if (run.state === 'done') return `${when}: синхронизация завершена, выполнено ${count(total, 'действие', 'действия', 'действий')}.`
  if (run.state === 'failed') {
    const words = run.failure ? messengerErrors[run.failure.kind] : messengerErrors.unavailable
    return `${when}: синхронизация прервана, выполнено ${number(done)} из ${number(total)}. ${words.cause} Запустите её ещё раз: сделанное не повторится.`
  }
  if (run.state === 'stopped')
    return `Синхронизация остановлена, выполнено ${number(done)} из ${number(total)}. Продолжить можно в журнале.`
  const rest = [failed > 0 && `не удалось ${number(failed)}`, skipped > 0 && `пропущено ${number(skipped)}`].filter(Boolean).join(', ')
  return `${when}: выполнено ${number(done)} из ${number(total)}, ${rest}. Остальное сделано.`
}
