import { Button, Checkbox, Skeleton, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ChatPage, ChatQuery } from '#contract/chats.ts'
import type { RegistrySearch } from '../pages/registry-search.ts'
import { explain } from '../text/errors.ts'
import { Empty, Failed, Notice } from '../ui/states.tsx'
import { RegistryRow } from './RegistryRow.tsx'

type Sort = ChatQuery['sort']
type Props = {
  chats: UseQueryResult<ChatPage>
  search: RegistrySearch
  selected: ReadonlySet<string>
  onSelect: (selected: ReadonlySet<string>) => void
  onSort: (sort: Sort) => void
  onOpen: (chat: string) => void
  onReset: () => void
  onCreate: () => void
}

const columns: { name: string; sort?: 'title' | 'kind' | 'class' | 'synced'; numeric?: boolean }[] = [
  { name: 'Название', sort: 'title' },
  { name: 'Тип', sort: 'kind' },
  { name: 'Организация' },
  { name: 'Класс', sort: 'class' },
  { name: 'Предмет' },
  { name: 'ОС' },
  { name: 'Связали', numeric: true },
  { name: 'Состояние' },
  { name: 'Синхронизирован', sort: 'synced' },
]

export function RegistryTable({ chats, search, selected, onSelect, onSort, onOpen, onReset, onCreate }: Props) {
  if (chats.isError && !chats.data) return <Failed error={chats.error} onRetry={() => void chats.refetch()} />
  const rows = chats.data?.rows
  if (rows?.length === 0) {
    return <div className="card">{isFiltered(search) ? <NothingFound onReset={onReset} /> : <NoChats onCreate={onCreate} />}</div>
  }
  const all = rows !== undefined && rows.length > 0 && rows.every((row) => selected.has(row.id))
  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect(next)
  }
  const choose = (id: string) => onSelect(selected.size === 1 && selected.has(id) ? new Set() : new Set([id]))
  return (
    <>
      {chats.isError && <Notice tone="failed">{explain(chats.error)} Показано то, что загрузилось раньше.</Notice>}
      <div className="card grid-scroll">
        <table className="registry" aria-label="Реестр чатов" aria-busy={chats.isFetching}>
          <thead>
            <tr>
              <th scope="col">
                <Checkbox
                  aria-label="Выбрать все чаты на странице"
                  checked={all}
                  indeterminate={selected.size > 0 && !all}
                  onChange={() => onSelect(all ? new Set() : new Set(rows?.map((row) => row.id)))}
                />
              </th>
              {columns.map((column) => (
                <Header key={column.name} {...column} current={search.sort ?? 'title'} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows
              ? rows.map((row) => (
                  <RegistryRow
                    key={row.id}
                    row={row}
                    selected={selected.has(row.id)}
                    onToggle={() => toggle(row.id)}
                    onChoose={() => choose(row.id)}
                    onOpen={() => onOpen(row.id)}
                  />
                ))
              : Array.from({ length: search.size ?? 20 }, (_, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have nothing else
                  <tr key={index}>
                    <td colSpan={columns.length + 1}>
                      <Skeleton height={18} width={`${64 + ((index * 7) % 30)}%`} />
                    </td>
                  </tr>
                ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

const isFiltered = ({ q, kind, state, class: schoolClass }: RegistrySearch): boolean => Boolean(q || kind || state || schoolClass)

function Header({ name, sort, numeric, current, onSort }: (typeof columns)[number] & { current: Sort; onSort: (sort: Sort) => void }) {
  const className = numeric ? 'numbers' : undefined
  if (!sort) {
    return (
      <th scope="col" className={className}>
        {name}
      </th>
    )
  }
  const up = current === sort
  const down = current === `-${sort}`
  const Arrow = up ? IconArrowUp : down ? IconArrowDown : IconArrowsSort
  return (
    <th scope="col" aria-sort={up ? 'ascending' : down ? 'descending' : 'none'} className={className}>
      <UnstyledButton className="sort" onClick={() => onSort(up ? `-${sort}` : sort)}>
        {name}
        <Arrow size={15} className={up || down ? undefined : 'sort-idle'} aria-hidden />
      </UnstyledButton>
    </th>
  )
}

function NoChats({ onCreate }: { onCreate: () => void }) {
  return (
    <Empty action={<Button onClick={onCreate}>Создать чаты</Button>}>
      Чатов ещё нет. Система создаст их по реестру школы, а перед этим покажет, что именно изменится.
    </Empty>
  )
}

function NothingFound({ onReset }: { onReset: () => void }) {
  return (
    <Empty
      action={
        <Button variant="default" onClick={onReset}>
          Сбросить отбор
        </Button>
      }
    >
      Под этот отбор не подходит ни один чат.
    </Empty>
  )
}
