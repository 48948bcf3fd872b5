import './pages.css'
import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { can } from '#contract/can.ts'
import { meQuery } from '../api/queries.ts'
import { contains } from '../text/search.ts'
import { More } from '../ui/More.tsx'
import { Empty } from '../ui/states.tsx'
import { useMore } from '../ui/use-more.ts'
import { useTitle } from '../ui/use-title.ts'
import { Forbidden } from './Forbidden.tsx'

/** An operator of a region chooses the school. */
export function SchoolsPage() {
  const { data: me } = useSuspenseQuery(meQuery)
  const schools = me.organisations.filter(({ kind, roles }) => kind === 'school' && can.manageChats(roles))
  return schools.length === 0 ? <Forbidden /> : <Schools schools={schools} />
}

function Schools({ schools }: { schools: { id: string; name: string }[] }) {
  useTitle('Выбор школы')
  const [typed, setTyped] = useState('')
  const found = schools.filter((school) => contains(school.name, typed))
  const { rows, ...rest } = useMore(found, 100)
  return (
    <>
      <h1>Сферум: выберите школу</h1>
      <p className="lead">У каждой школы свой реестр чатов.</p>
      <TextInput
        type="search"
        aria-label="Поиск по названию"
        placeholder="Поиск по названию"
        leftSection={<IconSearch size={18} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={420}
        mb="md"
      />
      <div className="card">
        {found.length === 0 ? (
          <Empty>Ни одна школа не подходит.</Empty>
        ) : (
          <ul className="schools">
            {rows.map((school) => (
              <li key={school.id}>
                <Link to="/organisations/$org/sferum" params={{ org: school.id }}>
                  {school.name}
                </Link>
              </li>
            ))}
          </ul>
        )}
        <More {...rest} />
      </div>
    </>
  )
}
