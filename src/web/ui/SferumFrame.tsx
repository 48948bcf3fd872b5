import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { can } from '#contract/can.ts'
import { healthQuery, meQuery } from '../api/queries.ts'
import { Forbidden } from '../pages/Forbidden.tsx'
import { SchoolSelect } from '../pages/SchoolSelect.tsx'
import { number } from '../text/plurals.ts'
import { useTitle } from './use-title.ts'

type Props = { org: string; title: string; lead: string; children: ReactNode }

/** What every page about one school's chats has: its name, what it is for, and the way to the others. */
export function SferumFrame({ org, title, lead, children }: Props) {
  useTitle(title)
  const { data: me } = useSuspenseQuery(meQuery)
  const schools = me.organisations.filter(({ kind, roles }) => kind === 'school' && can.manageChats(roles))
  if (!schools.some((school) => school.id === org)) return <Forbidden />
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="lead">{lead}</p>
        </div>
        {schools.length > 1 && <SchoolSelect schools={schools} org={org} />}
      </div>
      <SferumTabs org={org} />
      {children}
    </>
  )
}

/** On a phone the tabs are wider than the page: the one that is open comes into sight. */
function showActive(tabs: HTMLElement | null): void {
  tabs?.querySelector('[data-status="active"]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
}

function SferumTabs({ org }: { org: string }) {
  const { data: health } = useQuery(healthQuery(org))
  const pages = [
    { to: '/organisations/$org/sferum', name: 'Чаты', waiting: 0 },
    { to: '/organisations/$org/sferum/held', name: 'Удержано', waiting: health?.held ?? 0 },
    { to: '/organisations/$org/sferum/drift', name: 'Расхождения', waiting: health?.drift ?? 0 },
    { to: '/organisations/$org/sferum/journal', name: 'Журнал синхронизаций', waiting: 0 },
    { to: '/organisations/$org/sferum/rules', name: 'Правила чатов', waiting: 0 },
    { to: '/organisations/$org/sferum/unknown', name: 'Чаты вне реестра', waiting: 0 },
  ] as const
  return (
    <nav className="tabs" aria-label="Разделы Сферума" ref={showActive}>
      {pages.map(({ to, name, waiting }) => (
        <Link key={to} to={to} params={{ org }} className="tab" activeOptions={{ exact: name === 'Чаты', includeSearch: false }}>
          {name}
          {waiting > 0 && <span className="tab-count">{number(waiting)}</span>}
        </Link>
      ))}
    </nav>
  )
}
