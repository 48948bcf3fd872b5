import '../table/trust.css'
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { JournalRun } from '#contract/runs.ts'
import { journalRunQuery } from '../api/queries.ts'
import { RunActions } from '../forms/RunActions.tsx'
import { StepTable } from '../table/StepTable.tsx'
import { moment } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { count, number } from '../text/plurals.ts'
import { causes, duration, outcome, runStates } from '../text/runs.ts'
import { Outcome } from '../ui/Outcome.tsx'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Failed } from '../ui/states.tsx'

/** One run of the journal: what came of it, what can be done with it, and every step. */
export function JournalRunPage() {
  const { org, run } = useParams({ from: '/inside/organisations/$org/sferum/journal/$run' })
  return (
    <SferumFrame org={org} title="Запуск синхронизации" lead="Что было сделано, что не удалось и почему.">
      <p>
        <Link to="/organisations/$org/sferum/journal" params={{ org }}>
          ← Журнал синхронизаций
        </Link>
      </p>
      <OneRun key={run} org={org} id={run} />
    </SferumFrame>
  )
}

function OneRun({ org, id }: { org: string; id: string }) {
  const journal = useQuery(journalRunQuery(org, id))
  if (journal.isError && !journal.data) return <Failed error={journal.error} onRetry={() => void journal.refetch()} />
  if (!journal.data) return <Skeleton height={240} />
  const { run, can } = journal.data
  return (
    <>
      <section className="card panel" aria-label="Итог">
        <h2>{causes[run.cause]}</h2>
        <Letter run={run} />
        <Timeline run={run} />
        <RunActions org={org} run={run} can={can} />
      </section>
      <StepTable org={org} run={run} />
    </>
  )
}

function Letter({ run }: { run: JournalRun }) {
  const who = run.requestedBy ? fullName(run.requestedBy) : 'система сама'
  return (
    <>
      <p role="status">
        <Outcome {...runStates[run.state]} />
      </p>
      <p>
        Начато {moment(run.requestedAt)}, {who}
        {run.about && `: ${run.about}`}. {outcome(run)}
        {run.stoppedBy && ` Остановлено: ${fullName(run.stoppedBy)}.`}
      </p>
      {run.failure && (
        <p className="tone-failed">
          {messengerErrors[run.failure.kind].cause} {messengerErrors[run.failure.kind].remedy}
          {run.failure.vendorCode && ` Код VK: ${run.failure.vendorCode}.`}
        </p>
      )}
      <p className="quiet small">
        Длительность {duration(run.seconds)}, {count(run.requests, 'запрос', 'запроса', 'запросов')} к VK, вызовов {number(run.calls)}.
      </p>
    </>
  )
}

function Timeline({ run: { steps } }: { run: JournalRun }) {
  if (steps.total === 0) return null
  const share = (part: number) => `${(part / steps.total) * 100}%`
  const left = steps.total - steps.done - steps.failed - steps.skipped
  return (
    <>
      <div className="timeline" aria-hidden>
        {(['done', 'skipped', 'failed'] as const).map((part) => (
          <i key={part} className={part} ref={(bar) => void bar?.style.setProperty('width', share(steps[part]))} />
        ))}
      </div>
      <p className="quiet small">
        сделано {number(steps.done)}, не удалось {number(steps.failed)}, пропущено {number(steps.skipped)}
        {left > 0 && `, осталось ${number(left)}`}
      </p>
    </>
  )
}
