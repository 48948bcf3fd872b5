import { Button, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPencil, IconRefresh } from '@tabler/icons-react'
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { can } from '#contract/can.ts'
import { chatsQuery, currentRunQuery, meQuery } from '../api/queries.ts'
import { ChatEditor } from '../forms/ChatEditor.tsx'
import { PlanWindow } from '../forms/PlanWindow.tsx'
import { Pages } from '../table/Pages.tsx'
import { RegistryFilters } from '../table/RegistryFilters.tsx'
import { RegistryTable } from '../table/RegistryTable.tsx'
import { number } from '../text/plurals.ts'
import { RunPanel } from '../ui/RunPanel.tsx'
import { useTitle } from '../ui/use-title.ts'
import { Forbidden } from './Forbidden.tsx'
import { type RegistrySearch, toQuery } from './registry-search.ts'

/** «Интеграция со Сферум (VK Мессенджер)»: the registry of one school. */
export function SferumPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum' })
  const { data: me } = useSuspenseQuery(meQuery)
  const school = me.organisations.find((organisation) => organisation.id === org)
  return school && can.manageChats(school.roles) ? <Registry key={org} org={org} /> : <Forbidden />
}

function Registry({ org }: { org: string }) {
  useTitle('Сферум')
  const search = useSearch({ from: '/inside/organisations/$org/sferum' })
  const navigate = useNavigate({ from: '/organisations/$org/sferum' })
  const queryClient = useQueryClient()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [planning, plan] = useDisclosure(false)
  const chats = useQuery(chatsQuery(org, toQuery(search)))
  const current = useQuery(currentRunQuery(org))
  const run = current.data?.run ?? null
  const underWay = run?.state === 'queued' || run?.state === 'running'

  const change = useCallback(
    (next: Partial<RegistrySearch>, replace = false) => {
      setSelected(new Set())
      return void navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace })
    },
    [navigate],
  )
  const open = useCallback((chat: string | undefined) => void navigate({ search: (old) => ({ ...old, chat }) }), [navigate])
  const refresh = useCallback(() => void queryClient.invalidateQueries({ queryKey: ['chats', org] }), [queryClient, org])
  const [only] = selected.size === 1 ? selected : []

  return (
    <>
      <h1>Интеграция со Сферум (VK Мессенджер)</h1>
      <p className="lead">Чаты школы в мессенджере: кто в них состоит и кто ещё не связал профиль.</p>
      <div className="toolbar">
        <Button leftSection={<IconRefresh size={18} aria-hidden />} onClick={plan.open}>
          Создать/обновить чаты для организации
        </Button>
        <EditButton disabled={only === undefined} chosen={selected.size} onClick={() => open(only)} />
      </div>
      {run && <RunPanel org={org} run={run} onChange={refresh} />}
      <RegistryFilters org={org} search={search} onChange={change} />
      <div className="totals" aria-live="polite">
        <span>Всего {number(chats.data?.total ?? 0)}</span>
        {selected.size > 0 && <span className="quiet">Выбрано {number(selected.size)}</span>}
      </div>
      <RegistryTable
        chats={chats}
        search={search}
        selected={selected}
        onSelect={setSelected}
        onSort={(sort) => change({ sort: sort === 'title' ? undefined : sort })}
        onOpen={open}
        onReset={() => change({ q: undefined, kind: undefined, class: undefined, state: undefined })}
        onCreate={plan.open}
      />
      {chats.data && (
        <Pages page={chats.data} onPage={(page) => change({ page: page === 1 ? undefined : page })} onSize={(size) => change({ size })} />
      )}
      <PlanWindow org={org} opened={planning} onClose={plan.close} underWay={underWay ? run : null} />
      <ChatEditor org={org} chat={search.chat} onClose={() => open(undefined)} />
    </>
  )
}

function EditButton({ disabled, chosen, onClick }: { disabled: boolean; chosen: number; onClick: () => void }) {
  const why = chosen === 0 ? 'Выберите один чат в списке' : 'Выберите только один чат'
  return (
    <Tooltip label={why} disabled={!disabled} events={{ hover: true, focus: true, touch: true }}>
      <Button
        variant="default"
        leftSection={<IconPencil size={18} aria-hidden />}
        onClick={(event) => (disabled ? event.preventDefault() : onClick())}
        // Not `disabled`: a button that takes the focus can say why it does nothing.
        data-disabled={disabled || undefined}
        aria-disabled={disabled}
        aria-description={disabled ? why : undefined}
      >
        Редактировать
      </Button>
    </Tooltip>
  )
}
