import { ActionIcon, Checkbox, Tooltip } from '@mantine/core'
import { IconBrandAndroid, IconBrandApple, IconWorld } from '@tabler/icons-react'
import type { KeyboardEvent, MouseEvent } from 'react'
import type { ChatRow } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { moment } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { number } from '../text/plurals.ts'
import { chatStates } from '../text/reasons.ts'

type Props = { row: ChatRow; selected: boolean; onToggle: () => void; onOpen: () => void }

const controls = 'a, button, input, label'

/** One chat; a click selects it, a double click or Enter opens it. On a phone it is a card. */
export function RegistryRow({ row, selected, onToggle, onOpen }: Props) {
  const state = chatStates[row.state]
  const onRow = (act: () => void) => (event: MouseEvent | KeyboardEvent) => {
    if (!(event.target instanceof Element && event.target.closest(controls))) act()
  }
  return (
    <tr
      aria-selected={selected}
      tabIndex={0}
      onClick={onRow(onToggle)}
      onDoubleClick={onRow(onOpen)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onRow(onOpen)(event)
        if (event.key === ' ' && event.target === event.currentTarget) {
          event.preventDefault()
          onToggle()
        }
      }}
    >
      <td className="pick">
        <Checkbox aria-label={`Выбрать чат «${row.title}»`} checked={selected} onChange={onToggle} />
      </td>
      <td className="title">{row.title}</td>
      <td data-label="Тип">
        <span className="kind">
          {row.kind}
          <small>{chatKindNames[row.kind]}</small>
        </span>
      </td>
      <td data-label="Организация">{row.organisation}</td>
      <td data-label={row.className ? 'Класс' : undefined} className="nowrap">
        {row.className && (
          <span className="kind">
            {row.subgroup ?? 'Весь класс'}
            <small>{row.className}</small>
          </span>
        )}
      </td>
      <td data-label={row.subject ? 'Предмет' : undefined}>{row.subject}</td>
      <td data-label="ОС">
        <Platforms row={row} />
      </td>
      <td data-label="Связали" className="numbers">
        {number(row.linked)} из {number(row.total)}
      </td>
      <td data-label="Состояние" className={`nowrap tone-${state.tone}`}>
        {row.failure ? (
          <Tooltip multiline w={280} label={`${messengerErrors[row.failure.kind].cause} ${messengerErrors[row.failure.kind].remedy}`}>
            <span>{state.name}</span>
          </Tooltip>
        ) : (
          state.name
        )}
      </td>
      <td data-label="Синхронизирован" className="nowrap quiet small">
        {row.syncedAt ? moment(row.syncedAt) : 'ещё не было'}
      </td>
    </tr>
  )
}

const platforms = [
  { name: 'в браузере', icon: IconWorld, key: 'web' },
  { name: 'на Android', icon: IconBrandAndroid, key: 'android' },
  { name: 'на iOS', icon: IconBrandApple, key: 'ios' },
] as const

/** «ОС»: where the chat can be opened. */
function Platforms({ row }: { row: ChatRow }) {
  return (
    <span className="platforms">
      {platforms.map(({ name, icon: Icon, key }) => {
        const link = row.links[key]
        const label = link ? `Открыть чат ${name}` : `Открыть чат ${name} нельзя: ссылки ещё нет`
        const icon = <Icon size={19} stroke={1.6} aria-hidden />
        return (
          <Tooltip key={key} label={label}>
            {link ? (
              <ActionIcon
                component="a"
                href={link}
                target="_blank"
                rel="noreferrer"
                variant="subtle"
                size={30}
                aria-label={`${label}: ${row.title}`}
              >
                {icon}
              </ActionIcon>
            ) : (
              <ActionIcon variant="subtle" size={30} data-disabled aria-disabled aria-label={label}>
                {icon}
              </ActionIcon>
            )}
          </Tooltip>
        )
      })}
    </span>
  )
}
