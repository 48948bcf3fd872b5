import '../table/trust.css'
import { SegmentedControl, Select, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { runStates as states } from '#contract/kinds.ts'
import type { JournalRun } from '#contract/runs.ts'
import { journalQuery } from '../api/queries.ts'
import { Pager } from '../table/Pager.tsx'
import { moment } from '../text/dates.ts'
import { fullName } from '../text/names.ts'
import { number } from '../text/plurals.ts'
import { causes, duration, planInShort, runStates } from '../text/runs.ts'
import { Outcome } from '../ui/Outcome.tsx'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Empty, Failed } from '../ui/states.tsx'
import type { JournalSearch } from './sferum-search.ts'

/** «Журнал синхронизаций»: every run of a school, newest first. */
export function JournalPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/journal' })
  return (
    <SferumFrame org={org} title="Журнал синхронизаций" lead="Каждый запуск: кто, когда, почему и чем закончился.">
      <Journal key={org} org={org} />
    </SferumFrame>
  )
}

function Journal({ org }: { org: string }) {
  const search = useSearch({ from: '/inside/organisations/$org/sferum/journal' })
  const navigate = useNavigate({ from: '/organisations/$org/sferum/journal' })
  const runs = useQuery(journalQuery(org, search))
  const change = (next: Partial<JournalSearch>) => void navigate({ search: (old) => ({ ...old, page: undefined, ...next }) })
  const filtered = search.state !== undefined || search.scope !== undefined
  return (
    <>
      <div className="filter-row">
        <SegmentedControl
          aria-label="Какие запуски"
          value={search.scope ?? 'all'}
          onChange={(scope) => change({ scope: scope === 'all' ? undefined : (scope as JournalSearch['scope']) })}
          data={[
            { value: 'all', label: 'Все' },
            { value: 'school', label: 'Вся школа' },
            { value: 'small', label: 'Люди и чаты' },
          ]}
        />
        <Select
          aria-label="Чем закончился"
          placeholder="Любой итог"
          clearable
          clearButtonProps={{ 'aria-label': 'Любой итог' }}
          data={states.map((state) => ({ value: state, label: runStates[state].name }))}
          value={search.state ?? null}
          onChange={(state) => change({ state: states.find((known) => known === state) })}
        />
        <span className="quiet" aria-live="polite">
          {runs.data ? `Всего ${number(runs.data.total)}` : ''}
        </span>
      </div>
      {runs.isError && !runs.data && <Failed error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isPending && <Skeleton height={420} />}
      {runs.data && (
        <div className="card">
          {runs.data.rows.length === 0 ? (
            <Empty>
              {filtered
                ? 'Под этот отбор не подходит ни один запуск.'
                : 'Запусков ещё не было. Они появятся, когда вы создадите чаты или кто-то свяжет профиль.'}
            </Empty>
          ) : (
            <ul className="rows">
              {runs.data.rows.map((run) => (
                <RunRow key={run.id} org={org} run={run} />
              ))}
            </ul>
          )}
        </div>
      )}
      {runs.data && (
        <Pager
          page={runs.data.page}
          pages={runs.data.pages}
          name="Страницы журнала"
          onPage={(page) => change({ page: page === 1 ? undefined : page })}
        />
      )}
    </>
  )
}

function RunRow({ org, run }: { org: string; run: JournalRun }) {
  const about = run.about === null ? '' : `: ${run.about}`
  return (
    <li>
      <div className="main">
        <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: run.id }} className="whole">
          {causes[run.cause]}
          {about}
        </Link>
        <p className="quiet small">
          {moment(run.requestedAt)}, {run.requestedBy ? fullName(run.requestedBy) : 'система'}
        </p>
      </div>
      <span className="figures">{planInShort(run.counts) || 'без изменений'}</span>
      <Outcome {...runStates[run.state]} />
      <span className="quiet small">
        {duration(run.seconds)}, запросов {number(run.requests)}
      </span>
    </li>
  )
}
