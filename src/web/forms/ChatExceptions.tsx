import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChatException } from '#contract/adopt.ts'
import { call } from '../api/client.ts'
import { exceptionsQuery, peopleQuery } from '../api/queries.ts'
import { day } from '../text/dates.ts'
import { explain } from '../text/errors.ts'
import { fullName } from '../text/names.ts'
import { Failed, Notice } from '../ui/states.tsx'

/** People whom an administrator put into this chat, or keeps out of it, by hand. */
export function ChatExceptions({ org, chat }: { org: string; chat: string }) {
  const [adding, add] = useDisclosure(false)
  const exceptions = useQuery(exceptionsQuery(org, chat))
  return (
    <section aria-labelledby="exceptions-of-chat">
      <h3 id="exceptions-of-chat">Исключения из правил</h3>
      {exceptions.isError && <Failed error={exceptions.error} onRetry={() => void exceptions.refetch()} />}
      {exceptions.data?.rows.length === 0 && !adding && <p className="quiet">Нет: состав определяют правила и реестр.</p>}
      <ul className="plan-people">
        {exceptions.data?.rows.map((row) => (
          <ExceptionRow key={row.id} org={org} chat={chat} row={row} />
        ))}
      </ul>
      {adding ? (
        <ExceptionForm org={org} chat={chat} onClose={add.close} />
      ) : (
        <Button variant="subtle" size="compact-sm" onClick={add.open}>
          Добавить или не допускать человека
        </Button>
      )}
    </section>
  )
}

function ExceptionRow({ org, chat, row }: { org: string; chat: string; row: ChatException }) {
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call('removeException', { params: { org, chat, exception: row.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['exceptions', org, chat] }),
  })
  return (
    <li className={row.over ? 'quiet' : ''}>
      {fullName(row.person)}: {row.effect === 'include' ? 'добавлен' : 'не допускается'} ({row.reason})
      {row.endsOn && `, ${row.over ? 'действовало' : 'действует'} по ${day(row.endsOn)}`}{' '}
      <Button variant="subtle" color="red" size="compact-sm" loading={remove.isPending} onClick={() => remove.mutate()}>
        Снять
      </Button>
      {remove.isError && <Notice tone="failed">{explain(remove.error)}</Notice>}
    </li>
  )
}

function ExceptionForm({ org, chat, onClose }: { org: string; chat: string; onClose: () => void }) {
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState('')
  const [q] = useDebouncedValue(typed.trim(), 250)
  const [personId, setPersonId] = useState<string | null>(null)
  const [effect, setEffect] = useState<'include' | 'exclude'>('include')
  const [reason, setReason] = useState('')
  const [endsOn, setEndsOn] = useState('')
  const people = useQuery(peopleQuery(org, q))
  const save = useMutation({
    mutationFn: () => call('saveException', { params: { org, chat }, body: { personId, effect, reason, endsOn: endsOn || null } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['exceptions', org, chat] })
      onClose()
    },
  })
  const ready = personId !== null && reason.trim().length >= 3
  return (
    <div className="card panel">
      <Select
        label="Человек"
        placeholder="Начните вводить фамилию"
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        filter={({ options }) => options}
        nothingFoundMessage={q.length < 2 ? 'Введите хотя бы две буквы' : people.isFetching ? 'Ищем…' : 'Никого не нашли'}
        data={(people.data?.rows ?? []).map((person) => ({ value: person.id, label: `${fullName(person)}, ${person.about}` }))}
        value={personId}
        onChange={setPersonId}
      />
      <Select
        label="Что сделать"
        allowDeselect={false}
        data={[
          { value: 'include', label: 'Добавить в чат' },
          { value: 'exclude', label: 'Не допускать в чат' },
        ]}
        value={effect}
        onChange={(value) => setEffect(value === 'exclude' ? 'exclude' : 'include')}
      />
      <TextInput label="Причина" required value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <TextInput
        type="date"
        label="Последний день (необязательно)"
        value={endsOn}
        onChange={(event) => setEndsOn(event.currentTarget.value)}
      />
      <p className="quiet small">Начнёт действовать со следующей синхронизации.</p>
      {save.isError && <Notice tone="failed">{explain(save.error)}</Notice>}
      <Group>
        <Button disabled={!ready} loading={save.isPending} onClick={() => save.mutate()}>
          Сохранить исключение
        </Button>
        <Button variant="default" onClick={onClose}>
          Не сохранять
        </Button>
      </Group>
    </div>
  )
}
