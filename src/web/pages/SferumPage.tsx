import '../table/registry.css'
import '../table/trust.css'
import { Button, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPencil, IconRefresh } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'
import { chatsQuery } from '../api/queries.ts'
import { ChatEditor } from '../forms/ChatEditor.tsx'
import { PlanWindow } from '../forms/PlanWindow.tsx'
import { Pages } from '../table/Pages.tsx'
import { RegistryFilters } from '../table/RegistryFilters.tsx'
import { RegistryTable } from '../table/RegistryTable.tsx'
import { number } from '../text/plurals.ts'
import { MessengerHealth } from '../ui/MessengerHealth.tsx'
import { RunPanel } from '../ui/RunPanel.tsx'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { useRun } from '../ui/use-run.ts'
import { type RegistrySearch, toQuery } from './registry-search.ts'

/** «Интеграция со Сферум (VK Мессенджер)»: the registry of one school. */
export function SferumPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum' })
  return (
    <SferumFrame
      org={org}
      title="Интеграция со Сферум (VK Мессенджер)"
      lead="Чаты школы в мессенджере: кто в них состоит и кто ещё не связал профиль."
    >
      <Registry key={org} org={org} />
    </SferumFrame>
  )
}

function Registry({ org }: { org: string }) {
  const search = useSearch({ from: '/inside/organisations/$org/sferum' })
  const navigate = useNavigate({ from: '/organisations/$org/sferum' })
  const queryClient = useQueryClient()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [planning, plan] = useDisclosure(false)
  const chats = useQuery(chatsQuery(org, toQuery(search)))
  const refresh = useCallback(() => void queryClient.invalidateQueries({ queryKey: ['chats', org] }), [queryClient, org])
  const watched = useRun(org, refresh)

  const change = useCallback(
    (next: Partial<RegistrySearch>, replace = false) => {
      setSelected(new Set())
      // Another page begins at its top; a filter changes the page under the hand that holds it.
      return void navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace, resetScroll: 'page' in next })
    },
    [navigate],
  )
  const open = useCallback(
    (chat: string | undefined) => void navigate({ search: (old) => ({ ...old, chat }), resetScroll: false }),
    [navigate],
  )
  const pages = chats.data?.pages ?? 0
  // Chats went away while somebody stood on the last page, or the address is an old one.
  const beyond = chats.data !== undefined && !chats.isPlaceholderData && (search.page ?? 1) > Math.max(pages, 1)
  useEffect(() => {
    if (beyond) change({ page: pages > 1 ? pages : undefined }, true)
  }, [beyond, pages, change])
  const [only] = selected.size === 1 ? selected : []

  return (
    <>
      <div className="toolbar">
        <Button leftSection={<IconRefresh size={18} aria-hidden />} onClick={plan.open}>
          Создать/обновить чаты для организации
        </Button>
        <EditButton disabled={only === undefined} chosen={selected.size} onClick={() => open(only)} />
      </div>
      <MessengerHealth org={org} />
      {!planning && <RunPanel org={org} watched={watched} />}
      <RegistryFilters org={org} search={search} onChange={change} />
      <div className="totals">
        <span aria-live="polite">{chats.data ? `Всего ${number(chats.data.total)}` : 'Загружаем чаты…'}</span>
        {selected.size > 0 && (
          <>
            <span className="quiet">Выбрано {number(selected.size)}</span>
            <Button variant="subtle" size="compact-sm" onClick={() => setSelected(new Set())}>
              Снять выбор
            </Button>
          </>
        )}
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
      {chats.data && chats.data.total > 0 && (
        <Pages
          page={chats.data}
          onPage={(page) => change({ page: page === 1 ? undefined : page })}
          onSize={(size) => change({ size: size === 20 ? undefined : size })}
        />
      )}
      <PlanWindow org={org} opened={planning} onClose={plan.close} watched={watched} />
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
