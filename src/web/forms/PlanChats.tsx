import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Plan, PlanChat, PlanPerson } from '#contract/plans.ts'
import { planChatQuery } from '../api/queries.ts'
import { fullName } from '../text/names.ts'
import { number } from '../text/plurals.ts'
import { reason } from '../text/reasons.ts'
import { inRussianOrder } from '../text/search.ts'
import { More } from '../ui/More.tsx'
import { Failed } from '../ui/states.tsx'
import { useMore } from '../ui/use-more.ts'

/** Chat by chat; each unfolds to its people with a reason for each. */
export function PlanChats({ org, plan }: { org: string; plan: Plan }) {
  const sorted = useMemo(() => plan.chats.toSorted((a, b) => inRussianOrder(a.title, b.title)), [plan])
  const { rows, ...rest } = useMore(sorted, 60)
  if (plan.chats.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard.
    <section className="plan-list" aria-label="Изменения по чатам" tabIndex={0}>
      {rows.map((chat) => (
        <ChatOfPlan key={chat.key} org={org} plan={plan.id} chat={chat} />
      ))}
      <More {...rest} />
    </section>
  )
}

function ChatOfPlan({ org, plan, chat }: { org: string; plan: string; chat: PlanChat }) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{chat.title}</strong> <span className="quiet">{describe(chat)}</span>
      </summary>
      {chat.renameFrom !== null && <p className="plan-note">Сейчас в мессенджере: «{chat.renameFrom}»</p>}
      {open && <PeopleOfPlan org={org} plan={plan} chat={chat.key} />}
    </details>
  )
}

function describe(chat: PlanChat): string {
  const held = chat.held.reduce((sum, { count }) => sum + count, 0)
  return [
    chat.create && 'будет создан',
    chat.renameFrom !== null && 'будет переименован',
    chat.add > 0 && `добавить ${number(chat.add)}`,
    chat.invite > 0 && `пригласить ${number(chat.invite)}`,
    chat.remove > 0 && `убрать ${number(chat.remove)}`,
    held > 0 && `задержано ${number(held)}`,
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
const order = ['remove', 'held-remove', 'held-add', 'add', 'invite', 'waiting'] as const

function PeopleOfPlan({ org, plan, chat }: { org: string; plan: string; chat: string }) {
  const people = useQuery(planChatQuery(org, plan, chat))
  if (people.isError) return <Failed error={people.error} onRetry={() => void people.refetch()} />
  if (!people.data) return <Skeleton height={60} m="sm" />
  const groups = order
    .map((change) => ({ change, rows: people.data.people.filter((person) => person.change === change) }))
    .filter((group) => group.rows.length > 0)
  if (groups.length === 0) return <p className="plan-note quiet">Состав чата не меняется.</p>
  return groups.map(({ change, rows }) => <PeopleOfChange key={change} change={change} people={rows} />)
}

function PeopleOfChange({ change, people }: { change: PlanPerson['change']; people: PlanPerson[] }) {
  const { rows, ...rest } = useMore(people, 100)
  const { title, tone } = changes[change]
  return (
    <>
      <p className={`plan-group ${tone}`}>
        {title}: {number(people.length)}
      </p>
      <ul className="plan-people">
        {rows.map((person) => (
          <li key={person.personId}>
            {fullName(person)} <span className="quiet">— {reason(person.reason, person.of)}</span>
          </li>
        ))}
      </ul>
      <More {...rest} />
    </>
  )
}
