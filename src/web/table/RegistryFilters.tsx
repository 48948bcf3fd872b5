import { Button, Pill, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback, useWindowEvent } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { chatKindNames, chatKinds, chatStates as states } from '#contract/kinds.ts'
import { chatFiltersQuery } from '../api/queries.ts'
import type { RegistrySearch } from '../pages/registry-search.ts'
import { chatStates } from '../text/reasons.ts'

type Props = { org: string; search: RegistrySearch; onChange: (next: Partial<RegistrySearch>, replace?: boolean) => void }

/** Search and filters in one row, and what is on as chips that can be taken off. */
export function RegistryFilters({ org, search, onChange }: Props) {
  const { data } = useQuery(chatFiltersQuery(org))
  const classes = data?.classes ?? []
  const chips = [
    search.q && { name: `Название: «${search.q}»`, off: { q: undefined } },
    search.kind && { name: chatKindNames[search.kind], off: { kind: undefined } },
    search.class && { name: `Класс ${classes.find((row) => row.id === search.class)?.title ?? '…'}`, off: { class: undefined } },
    search.state && { name: `Чат ${chatStates[search.state].name}`, off: { state: undefined } },
  ].filter((chip) => typeof chip === 'object')
  return (
    <>
      <div className="filters">
        <Search typed={search.q ?? ''} onChange={(q) => onChange({ q: q || undefined }, true)} />
        <Select
          aria-label="Тип чата"
          placeholder="Любой тип"
          clearable
          clearButtonProps={{ 'aria-label': 'Любой тип' }}
          data={chatKinds.map((kind) => ({ value: kind, label: chatKindNames[kind] }))}
          value={search.kind ?? null}
          onChange={(value) => onChange({ kind: chatKinds.find((kind) => kind === value) })}
        />
        <Select
          aria-label="Класс"
          placeholder="Любой класс"
          clearable
          clearButtonProps={{ 'aria-label': 'Любой класс' }}
          searchable
          nothingFoundMessage="Нет такого класса"
          data={classes.map((row) => ({ value: row.id, label: row.title }))}
          value={search.class ?? null}
          onChange={(value) => onChange({ class: value ?? undefined })}
        />
        <Select
          aria-label="Состояние"
          className="filters-last"
          placeholder="Любое состояние"
          clearable
          clearButtonProps={{ 'aria-label': 'Любое состояние' }}
          data={states.map((state) => ({ value: state, label: chatStates[state].name }))}
          value={search.state ?? null}
          onChange={(value) => onChange({ state: states.find((state) => state === value) })}
        />
      </div>
      {chips.length > 0 && (
        <div className="chips">
          {chips.map((chip) => (
            <Pill
              key={chip.name}
              size="md"
              withRemoveButton
              onRemove={() => onChange(chip.off)}
              removeButtonProps={{ 'aria-label': `Убрать отбор «${chip.name}»`, tabIndex: 0, 'aria-hidden': false }}
            >
              {chip.name}
            </Pill>
          ))}
          {chips.length > 1 && (
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => onChange({ q: undefined, kind: undefined, class: undefined, state: undefined })}
            >
              Сбросить всё
            </Button>
          )}
        </div>
      )}
    </>
  )
}

function Search({ typed, onChange }: { typed: string; onChange: (q: string) => void }) {
  const [value, setValue] = useState(typed)
  const field = useRef<HTMLInputElement>(null)
  const tell = useDebouncedCallback(onChange, 250)
  // The URL changes from outside too: a chip taken off, «Назад».
  useEffect(() => setValue(typed), [typed])
  useWindowEvent('keydown', (event) => {
    if (!isSlash(event) || isTyping(event.target)) return
    event.preventDefault()
    field.current?.focus()
  })
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label="Поиск по названию"
      placeholder="Поиск по названию ( / )"
      leftSection={<IconSearch size={18} aria-hidden />}
      value={value}
      onChange={(event) => {
        setValue(event.currentTarget.value)
        tell(event.currentTarget.value.trim())
      }}
    />
  )
}

/** The key as it is written, or where it is: in the Russian layout «/» lives elsewhere. */
const isSlash = ({ key, code, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean =>
  !ctrlKey && !altKey && !metaKey && (key === '/' || code === 'Slash')

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"]') !== null
