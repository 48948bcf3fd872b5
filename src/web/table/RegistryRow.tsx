import { ActionIcon, Checkbox, Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconBrandAndroid,
  IconBrandApple,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconPencil,
  IconWorld,
} from '@tabler/icons-react'
import type { KeyboardEvent, MouseEvent } from 'react'
import type { ChatRow } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { moment } from '../text/dates.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { number } from '../text/plurals.ts'
import { chatStates } from '../text/reasons.ts'

type Props = {
  row: ChatRow
  selected: boolean
  /** The checkbox: this row as well. */
  onToggle: () => void
  /** A click: this row only. */
  onChoose: () => void
  onOpen: () => void
}

const controls = 'a, button, input, label'

/** One chat; a click selects it, a double click or Enter opens it. On a phone it is a card. */
export function RegistryRow({ row, selected, onToggle, onChoose, onOpen }: Props) {
  const onRow = (act: () => void) => (event: MouseEvent | KeyboardEvent) => {
    if (!(event.target instanceof Element && event.target.closest(controls))) act()
  }
  return (
    <tr
      aria-selected={selected}
      tabIndex={0}
      onClick={onRow(onChoose)}
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
      <td className="title">
        <span title={row.title}>{row.title}</span>
        <ActionIcon variant="subtle" size={36} className="open-card" onClick={onOpen} aria-label={`Настройки чата «${row.title}»`}>
          <IconPencil size={19} aria-hidden />
        </ActionIcon>
      </td>
      <td data-label="Тип">
        <span className="kind">
          {row.kind} <small>{chatKindNames[row.kind]}</small>
        </span>
      </td>
      <td data-label="Организация" className="organisation" title={row.organisation}>
        <span>{row.organisation}</span>
      </td>
      <td data-label={row.className ? 'Класс' : undefined} className="nowrap">
        {row.className && (
          <span className="kind">
            {row.subgroup ?? 'Весь класс'} <small>{row.className}</small>
          </span>
        )}
      </td>
      <td data-label={row.subject ? 'Предмет' : undefined} className="subject">
        {row.subject}
      </td>
      <td data-label="ОС">
        <Platforms row={row} />
      </td>
      <td data-label="Связали" className="numbers">
        {number(row.linked)} из {number(row.total)}
        <span className="coverage" aria-hidden>
          <span style={{ width: `${row.total > 0 ? (row.linked / row.total) * 100 : 0}%` }} />
        </span>
      </td>
      <td data-label="Состояние" className="state-cell">
        <State row={row} />
      </td>
      <td data-label="Синхронизирован" className="synced quiet small">
        {row.syncedAt ? moment(row.syncedAt) : 'ещё не было'}
      </td>
    </tr>
  )
}

const stateIcons = { done: IconCircleCheck, held: IconClock, failed: IconAlertTriangle, quiet: IconCircleDashed } as const

function State({ row: { state, failure } }: { row: ChatRow }) {
  const { name, tone } = chatStates[state]
  const Icon = stateIcons[tone]
  const words = (
    <>
      <Icon size={17} aria-hidden />
      {name}
    </>
  )
  if (!failure) return <span className={`chat-state tone-${tone}`}>{words}</span>
  const why = `${messengerErrors[failure.kind].cause} ${messengerErrors[failure.kind].remedy}`
  return (
    <Tooltip multiline w={280} label={why} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className={`chat-state tone-${tone}`} aria-description={why}>
        {words}
      </button>
    </Tooltip>
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
          <Tooltip key={key} label={label} events={{ hover: true, focus: true, touch: true }}>
            {link ? (
              <ActionIcon
                component="a"
                href={link}
                target="_blank"
                rel="noreferrer"
                variant="subtle"
                size={28}
                aria-label={`${label}: ${row.title}`}
              >
                {icon}
              </ActionIcon>
            ) : (
              <ActionIcon variant="subtle" size={28} data-disabled aria-disabled aria-label={label}>
                {icon}
              </ActionIcon>
            )}
          </Tooltip>
        )
      })}
    </span>
  )
}
