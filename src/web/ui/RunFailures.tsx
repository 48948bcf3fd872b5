import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run, RunFailure } from '#contract/plans.ts'
import { runFailuresQuery } from '../api/queries.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { count } from '../text/plurals.ts'
import { failedSteps } from '../text/reasons.ts'
import { More } from './More.tsx'
import { Failed } from './states.tsx'
import { useMore } from './use-more.ts'

/** What failed, as it happens: who, in which chat, why, what to do. */
export function RunFailures({ org, run }: { org: string; run: Run }) {
  const failures = useQuery(runFailuresQuery(org, run.id, run.steps.failed))
  const [open, setOpen] = useState(run.steps.failed <= 3)
  const { rows, ...rest } = useMore(failures.data?.rows ?? [], 50)
  return (
    <details className="run-details" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{count(run.steps.failed, 'действие не удалось', 'действия не удались', 'действий не удалось')}: кто и почему</summary>
      {failures.isError && <Failed error={failures.error} onRetry={() => void failures.refetch()} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard. */}
      <section className="run-failures" tabIndex={0} aria-label="Что не удалось">
        <ul>
          {rows.map((row) => (
            <FailureRow key={row.seq} row={row} />
          ))}
        </ul>
        <More {...rest} />
      </section>
    </details>
  )
}

function FailureRow({ row }: { row: RunFailure }) {
  const { cause, remedy } = messengerErrors[row.kind]
  return (
    <li>
      <span>
        <strong>{row.person ? fullName(row.person) : `«${row.chatTitle}»`}</strong>: {failedSteps[row.step]}
        {row.person && ` (чат «${row.chatTitle}»)`}
      </span>
      <span className="quiet">
        {cause} {remedy} {row.vendorCode && `Код VK: ${row.vendorCode}.`}
      </span>
    </li>
  )
}
