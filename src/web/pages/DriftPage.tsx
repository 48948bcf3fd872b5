import '../table/trust.css'
import { Button, SegmentedControl, Select, Skeleton } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { DriftItem, Remedy } from '#contract/drift.ts'
import { driftKinds } from '#contract/kinds.ts'
import { call } from '../api/client.ts'
import { driftQuery } from '../api/queries.ts'
import { Pager } from '../table/Pager.tsx'
import { moment } from '../text/dates.ts'
import { driftEnds, driftKindNames, driftSentence, remedyNames } from '../text/drift.ts'
import { explain } from '../text/errors.ts'
import { chats, count, number } from '../text/plurals.ts'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Empty, Failed, Notice } from '../ui/states.tsx'
import type { DriftSearch } from './sferum-search.ts'

type Looked = { chats: number; unreadable: number; drift: number; held: number }

/** «Расхождения»: what people changed in the messenger, each with its remedy. */
export function DriftPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/drift' })
  return (
    <SferumFrame org={org} title="Расхождения" lead="Что люди изменили в мессенджере. Решите, вернуть как было или оставить.">
      <Inbox key={org} org={org} />
    </SferumFrame>
  )
}

function Inbox({ org }: { org: string }) {
  const search = useSearch({ from: '/inside/organisations/$org/sferum/drift' })
  const navigate = useNavigate({ from: '/organisations/$org/sferum/drift' })
  const queryClient = useQueryClient()
  const drift = useQuery(driftQuery(org, search))
  const change = (next: Partial<DriftSearch>) => void navigate({ search: (old) => ({ ...old, page: undefined, ...next }) })
  const refresh = () => Promise.all(['drift', 'health', 'chats'].map((noun) => queryClient.invalidateQueries({ queryKey: [noun, org] })))
  const look = useMutation({ mutationFn: () => call<Looked>('observeNow', { params: { org } }), onSuccess: refresh })
  const resolve = useMutation({
    mutationFn: ({ items, remedy }: { items: string[]; remedy: Remedy }) =>
      call<{ resolved: number; runId: string | null }>('resolveDrift', { params: { org }, body: { items, remedy } }),
    onSuccess: refresh,
  })
  const closed = search.state === 'closed'
  return (
    <>
      <div className="filter-row">
        <Button leftSection={<IconRefresh size={18} aria-hidden />} loading={look.isPending} onClick={() => look.mutate()}>
          Проверить сейчас
        </Button>
        <SegmentedControl
          aria-label="Какие расхождения"
          value={closed ? 'closed' : 'open'}
          onChange={(state) => change({ state: state === 'closed' ? 'closed' : undefined })}
          data={[
            { value: 'open', label: 'Открытые' },
            { value: 'closed', label: 'Решённые' },
          ]}
        />
        <Select
          aria-label="Вид расхождения"
          placeholder="Любой вид"
          clearable
          clearButtonProps={{ 'aria-label': 'Любой вид' }}
          data={driftKinds.map((kind) => ({ value: kind, label: `${driftKindNames[kind]}: ${number(drift.data?.byKind[kind] ?? 0)}` }))}
          value={search.kind ?? null}
          onChange={(kind) => change({ kind: driftKinds.find((known) => known === kind) })}
        />
      </div>
      <div aria-live="polite">
        {look.isPending && <p className="quiet">Смотрим на все чаты в мессенджере. Ничего не меняем.</p>}
        {look.data && (
          <p>
            Проверено: {chats(look.data.chats)}. Найдено {count(look.data.drift, 'расхождение', 'расхождения', 'расхождений')}
            {look.data.unreadable > 0 && `, не удалось прочитать: ${chats(look.data.unreadable)}`}.
          </p>
        )}
        {resolve.data?.runId && (
          <p>
            <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: resolve.data.runId }}>
              Исправляем: смотреть в журнале
            </Link>
          </p>
        )}
      </div>
      {look.isError && <Notice tone="failed">{explain(look.error)}</Notice>}
      {resolve.isError && <Notice tone="failed">{explain(resolve.error)}</Notice>}
      {drift.isError && !drift.data && <Failed error={drift.error} onRetry={() => void drift.refetch()} />}
      {drift.isPending && <Skeleton height={320} />}
      {drift.data && (
        <div className="card">
          {drift.data.rows.length === 0 ? (
            <Empty>{closed ? 'Решённых расхождений пока нет.' : 'Расхождений нет: в мессенджере всё так, как в реестре школы.'}</Empty>
          ) : (
            <ul className="rows">
              {drift.data.rows.map((item) => (
                <DriftRow
                  key={item.id}
                  item={item}
                  busy={resolve.isPending}
                  onResolve={(remedy) => resolve.mutate({ items: [item.id], remedy })}
                />
              ))}
            </ul>
          )}
        </div>
      )}
      {drift.data && drift.data.rows.length > 1 && !closed && search.kind && (
        <Bulk items={drift.data.rows} busy={resolve.isPending} onResolve={(remedy, items) => resolve.mutate({ items, remedy })} />
      )}
      {drift.data && (
        <Pager
          page={drift.data.page}
          pages={drift.data.pages}
          name="Страницы расхождений"
          onPage={(page) => change({ page: page === 1 ? undefined : page })}
        />
      )}
    </>
  )
}

function DriftRow({ item, busy, onResolve }: { item: DriftItem; busy: boolean; onResolve: (remedy: Remedy) => void }) {
  const names = remedyNames[item.kind]
  return (
    <li>
      <div className="main">
        <p>{driftSentence(item)}</p>
        <p className="quiet small">
          замечено {moment(item.foundAt)}
          {item.state !== 'open' && `; ${driftEnds[item.state]}${item.closedAt ? ` ${moment(item.closedAt)}` : ''}`}
        </p>
      </div>
      {item.state === 'open' && (
        <div className="side">
          <Button size="compact-md" variant="default" disabled={busy} onClick={() => onResolve('mend')}>
            {names.mend}
          </Button>
          <Button size="compact-md" variant="subtle" disabled={busy} onClick={() => onResolve('accept')}>
            {names.accept}
          </Button>
        </div>
      )}
    </li>
  )
}

/** All of one kind on this page at once. */
function Bulk({ items, busy, onResolve }: { items: DriftItem[]; busy: boolean; onResolve: (remedy: Remedy, items: string[]) => void }) {
  const [first] = items
  if (!first) return null
  const ids = items.map(({ id }) => id)
  const names = remedyNames[first.kind]
  return (
    <div className="filter-row">
      <span className="quiet">Все {number(items.length)} на странице:</span>
      <Button size="compact-md" variant="default" disabled={busy} onClick={() => onResolve('mend', ids)}>
        {names.mend}
      </Button>
      <Button size="compact-md" variant="subtle" disabled={busy} onClick={() => onResolve('accept', ids)}>
        {names.accept}
      </Button>
    </div>
  )
}
