import { Select, Skeleton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { JournalRun, RunStep, StepState } from '#contract/runs.ts'
import { runStepsQuery } from '../api/queries.ts'
import type { StepsSearch } from '../pages/sferum-search.ts'
import { moment } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { number } from '../text/plurals.ts'
import { reason, roleNames } from '../text/reasons.ts'
import { stepStates, stepTitles } from '../text/runs.ts'
import { Outcome } from '../ui/Outcome.tsx'
import { Empty, Failed } from '../ui/states.tsx'
import { Pager } from './Pager.tsx'

const offered = ['failed', 'skipped', 'done', 'planned'] as const satisfies readonly StepState[]

/** The steps of a run, found by name, chat or outcome. */
export function StepTable({ org, run }: { org: string; run: JournalRun }) {
  const search = useSearch({ from: '/inside/organisations/$org/sferum/journal/$run' })
  const navigate = useNavigate({ from: '/organisations/$org/sferum/journal/$run' })
  const open = run.state === 'queued' || run.state === 'running'
  const steps = useQuery(runStepsQuery(org, run.id, search, open))
  const change = (next: Partial<StepsSearch>) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...next }), resetScroll: false, replace: true })
  const find = useDebouncedCallback((q: string) => change({ q: q.trim() || undefined }), 250)
  return (
    <section aria-labelledby="steps-of-run">
      <h2 id="steps-of-run">Действия</h2>
      <div className="filter-row">
        <TextInput
          type="search"
          aria-label="Поиск по имени или чату"
          placeholder="Имя или чат"
          leftSection={<IconSearch size={18} aria-hidden />}
          defaultValue={search.q ?? ''}
          onChange={(event) => find(event.currentTarget.value)}
        />
        <Select
          aria-label="Итог действия"
          placeholder="Любой итог"
          clearable
          clearButtonProps={{ 'aria-label': 'Любой итог' }}
          data={offered.map((state) => ({ value: state, label: stepStates[state].name }))}
          value={search.state ?? null}
          onChange={(state) => change({ state: offered.find((known) => known === state) })}
        />
        <span className="quiet" aria-live="polite">
          {steps.data ? `Всего ${number(steps.data.total)}` : ''}
        </span>
      </div>
      {steps.isError && !steps.data && <Failed error={steps.error} onRetry={() => void steps.refetch()} />}
      {steps.isPending && <Skeleton height={320} />}
      {steps.data && (
        <div className="card">
          {steps.data.rows.length === 0 ? (
            <Empty>{search.q || search.state ? 'Под этот отбор ничего не подходит.' : 'В этом запуске действий не было.'}</Empty>
          ) : (
            <ul className="rows">
              {steps.data.rows.map((step) => (
                <StepRow key={step.seq} step={step} />
              ))}
            </ul>
          )}
        </div>
      )}
      {steps.data && (
        <Pager
          page={steps.data.page}
          pages={steps.data.pages}
          name="Страницы действий"
          onPage={(page) => change({ page: page === 1 ? undefined : page })}
        />
      )}
    </section>
  )
}

function StepRow({ step }: { step: RunStep }) {
  const who = step.person ? fullName(step.person) : step.detail
  return (
    <li>
      <div className="main">
        <p>
          {stepTitles[step.kind]}
          {who && <strong> {step.person ? who : `«${who}»`}</strong>}
          {step.role && <span className="quiet"> ({roleNames[step.role].toLowerCase()})</span>}
        </p>
        <p className="quiet small">
          Чат «{step.chatTitle}»{step.reason && `: ${reason(step.reason.code, step.reason.of)}`}
          {step.approved && '; одобрено администратором'}
        </p>
        {step.failure && (
          <p className="small">
            {messengerErrors[step.failure.kind].cause} {messengerErrors[step.failure.kind].remedy}
            {step.failure.vendorCode && ` Код VK: ${step.failure.vendorCode}.`}
            {step.retryAt && ` Система сама спросит ещё раз ${moment(step.retryAt)}.`}
          </p>
        )}
        {step.state === 'skipped' && <p className="small">{skippedBecause(step)}</p>}
      </div>
      <Outcome {...stepStates[step.state]} />
      <span className="quiet small">{step.finishedAt ? moment(step.finishedAt) : ''}</span>
    </li>
  )
}

function skippedBecause({ kind, role }: RunStep): string {
  if (kind === 'remove-member')
    return 'Пропущено: ученики остались бы без взрослого школы, новый профиль ещё не в чате, или это больше не нужно.'
  if (role === 'STUDENT') return 'Пропущено: чат не создан, в нём ещё нет взрослого школы, или это больше не нужно.'
  return 'Пропущено: чат не создан, или это больше не нужно.'
}
