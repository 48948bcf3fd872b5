import { Checkbox, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Plan, PlanChat, PlanPerson } from '#contract/plans.ts'
import { planChatQuery } from '../api/queries.ts'
import { fullName } from '../text/names.ts'
import { number } from '../text/plurals.ts'
import { hold, reason } from '../text/reasons.ts'
import { Failed } from '../ui/states.tsx'

type Props = { org: string; plan: Plan; approved: ReadonlySet<string>; onApprove: (key: string, on: boolean) => void }

const shownAtFirst = 60

/** Chat by chat; each unfolds to its people with a reason for each. */
export function PlanChats({ org, plan, approved, onApprove }: Props) {
  const [all, setAll] = useState(false)
  if (plan.chats.length === 0) return null
  const shown = all ? plan.chats : plan.chats.slice(0, shownAtFirst)
  return (
    <section className="plan-list" aria-label="Изменения по чатам" tabIndex={-1}>
      {shown.map((chat) => (
        <ChatOfPlan
          key={chat.key}
          org={org}
          plan={plan.id}
          chat={chat}
          approved={approved.has(chat.key)}
          onApprove={(on) => onApprove(chat.key, on)}
        />
      ))}
      {shown.length < plan.chats.length && (
        <button type="button" className="more" onClick={() => setAll(true)}>
          Показать остальные {number(plan.chats.length - shown.length)}
        </button>
      )}
    </section>
  )
}

type ChatProps = { org: string; plan: string; chat: PlanChat; approved: boolean; onApprove: (on: boolean) => void }

function ChatOfPlan({ org, plan, chat, approved, onApprove }: ChatProps) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{chat.title}</strong> <span className="quiet">{describe(chat)}</span>
        {chat.held.length > 0 && <span className="tone-held"> · задержано</span>}
      </summary>
      {chat.renameFrom !== null && <p className="plan-note">Сейчас в мессенджере: «{chat.renameFrom}»</p>}
      {chat.held.map((held) => (
        <div key={held.reason} className="held">
          <p>{hold(held.reason, held.count, held.of)}</p>
          {held.approvable && (
            <Checkbox checked={approved} onChange={(event) => onApprove(event.currentTarget.checked)} label="Разрешить эти удаления" />
          )}
        </div>
      ))}
      {open && <PeopleOfPlan org={org} plan={plan} chat={chat.key} />}
    </details>
  )
}

function describe(chat: PlanChat): string {
  return [
    chat.create && 'будет создан',
    chat.renameFrom !== null && 'будет переименован',
    chat.add > 0 && `добавить ${number(chat.add)}`,
    chat.invite > 0 && `пригласить ${number(chat.invite)}`,
    chat.remove > 0 && `убрать ${number(chat.remove)}`,
    chat.waiting > 0 && `не связали ${number(chat.waiting)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

const changes: Record<PlanPerson['change'], { title: string; tone: string }> = {
  add: { title: 'Добавить', tone: 'tone-done' },
  invite: { title: 'Пригласить по ссылке', tone: 'tone-done' },
  remove: { title: 'Убрать', tone: 'tone-failed' },
  'held-add': { title: 'Подождут взрослого', tone: 'tone-held' },
  'held-remove': { title: 'Удаление задержано', tone: 'tone-held' },
  waiting: { title: 'Ещё не связали профиль', tone: 'tone-quiet' },
}
const order = ['add', 'invite', 'remove', 'held-add', 'held-remove', 'waiting'] as const

function PeopleOfPlan({ org, plan, chat }: { org: string; plan: string; chat: string }) {
  const people = useQuery(planChatQuery(org, plan, chat))
  if (people.isError) return <Failed error={people.error} onRetry={() => void people.refetch()} />
  if (!people.data) return <Skeleton height={60} m="sm" />
  const groups = order
    .map((change) => ({ change, rows: people.data.people.filter((person) => person.change === change) }))
    .filter((group) => group.rows.length > 0)
  if (groups.length === 0) return <p className="plan-note quiet">Участников нет.</p>
  return groups.map(({ change, rows }) => (
    <div key={change}>
      <p className={`plan-group ${changes[change].tone}`}>
        {changes[change].title}: {number(rows.length)}
      </p>
      <ul className="plan-people">
        {rows.map((person) => (
          <li key={person.personId}>
            {fullName(person)} <span className="quiet">— {reason(person.reason, person.of)}</span>
          </li>
        ))}
      </ul>
    </div>
  ))
}
