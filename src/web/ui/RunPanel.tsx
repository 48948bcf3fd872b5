import { Progress, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Run, RunFailure } from '#contract/plans.ts'
import { runFailuresQuery } from '../api/queries.ts'
import { moment, timeLeft } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { count, number } from '../text/plurals.ts'
import { failedSteps, stepNames } from '../text/reasons.ts'
import { isUnderWay, useRun } from './use-run.ts'

type Props = { org: string; run: Run; onChange: () => void }

/** The run under way, live; after its end what came of it, until it is put away. */
export function RunPanel({ org, run: latest, onChange }: Props) {
  const { run, connected } = useRun(org, latest)
  const [dismissed, setDismissed] = useState<string | null>(null)
  const underWay = isUnderWay(run)
  useTell(run, onChange)
  if (dismissed === run.id || run.state === 'stale') return null
  return (
    <section className="card run" aria-label="Синхронизация">
      {underWay ? <UnderWay run={run} connected={connected} /> : <Ended run={run} onDismiss={() => setDismissed(run.id)} />}
      {run.steps.failed > 0 && <Failures org={org} run={run} />}
    </section>
  )
}

/** The registry changes while chats appear: refresh it now and then, and once more at the end. */
function useTell(run: Run, onChange: () => void): void {
  const seen = useRef({ id: run.id, state: run.state, told: 0 })
  useEffect(() => {
    const last = seen.current
    const ended = last.id === run.id && last.state !== run.state && !isUnderWay(run)
    const due = isUnderWay(run) && Date.now() - last.told > 1500
    seen.current = { id: run.id, state: run.state, told: due ? Date.now() : last.told }
    if (ended || due) onChange()
  }, [run, onChange])
}

function UnderWay({ run, connected }: { run: Run; connected: boolean }) {
  const { total, done, failed, skipped } = run.steps
  const finished = done + failed + skipped
  const share = total > 0 ? (finished / total) * 100 : 0
  return (
    <>
      <p className="letter" role="status">
        {run.state === 'queued' || total === 0
          ? 'Готовимся: сверяем реестр с мессенджером…'
          : `Выполнено ${number(finished)} из ${count(total, 'действия', 'действий', 'действий')}`}
        {run.secondsLeft !== null && total > 0 && <span className="quiet">, {timeLeft(run.secondsLeft)}</span>}
      </p>
      <Progress value={share} animated aria-label="Ход синхронизации" aria-valuetext={`${Math.round(share)} %`} size="lg" />
      <p className="quiet small run-now">
        {connected
          ? run.current && `Сейчас ${stepNames[run.current.step]} «${run.current.chatTitle}»`
          : 'Связь с сервером прервалась, восстанавливаем. Синхронизация продолжается.'}
        {!run.current && connected && 'Страницу можно закрыть: синхронизация продолжится.'}
      </p>
    </>
  )
}

function Ended({ run, onDismiss }: { run: Run; onDismiss: () => void }) {
  const good = run.state === 'done'
  const tone = good ? 'tone-done' : run.state === 'failed' ? 'tone-failed' : 'tone-held'
  return (
    <div className="run-ended" role="status">
      {good ? <IconCircleCheck size={22} className={tone} aria-hidden /> : <IconAlertTriangle size={22} className={tone} aria-hidden />}
      <p className={tone}>{summaryOf(run)}</p>
      <UnstyledButton onClick={onDismiss} aria-label="Убрать сообщение" className="dismiss">
        <IconX size={18} aria-hidden />
      </UnstyledButton>
    </div>
  )
}

function summaryOf(run: Run): string {
  const { total, done, failed, skipped } = run.steps
  const when = run.finishedAt ? `${moment(run.finishedAt)[0]?.toUpperCase()}${moment(run.finishedAt).slice(1)}` : 'Только что'
  if (run.state === 'done') return `${when}: синхронизация завершена, выполнено ${count(total, 'действие', 'действия', 'действий')}.`
  if (run.state === 'failed') {
    const words = run.failure ? messengerErrors[run.failure.kind] : messengerErrors.unavailable
    return `${when}: синхронизация прервана, выполнено ${number(done)} из ${number(total)}. ${words.cause} Запустите её ещё раз: сделанное не повторится.`
  }
  const rest = [failed > 0 && `не удалось ${number(failed)}`, skipped > 0 && `пропущено ${number(skipped)}`].filter(Boolean).join(', ')
  return `${when}: выполнено ${number(done)} из ${number(total)}, ${rest}. Остальное сделано.`
}

function Failures({ org, run }: { org: string; run: Run }) {
  const failures = useQuery(runFailuresQuery(org, run.id, run.steps.failed))
  return (
    <details className="run-details">
      <summary>{count(run.steps.failed, 'действие не удалось', 'действия не удались', 'действий не удалось')}: кто и почему</summary>
      <ul className="run-failures" aria-live="polite">
        {failures.data?.rows.map((row) => (
          <FailureRow key={row.seq} row={row} />
        ))}
      </ul>
    </details>
  )
}

function FailureRow({ row }: { row: RunFailure }) {
  const { cause, remedy } = messengerErrors[row.kind]
  return (
    <li>
      <strong>{row.person ? fullName(row.person) : `«${row.chatTitle}»`}</strong> — {failedSteps[row.step]}
      {row.person && ` («${row.chatTitle}»)`}. {cause} {remedy} {row.vendorCode && <span className="quiet">Код VK: {row.vendorCode}.</span>}
    </li>
  )
}
