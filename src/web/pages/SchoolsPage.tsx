import { TextInput } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { meQuery } from '../api/queries.ts'
import { Empty } from '../ui/states.tsx'
import { useTitle } from '../ui/use-title.ts'
import { Forbidden } from './Forbidden.tsx'

const fold = (text: string) => text.toLowerCase().replaceAll('ё', 'е')

/** An operator of a region chooses the school. */
export function SchoolsPage() {
  useTitle('Школы')
  const { data: me } = useSuspenseQuery(meQuery)
  const [typed, setTyped] = useState('')
  const schools = me.organisations.filter((organisation) => organisation.kind === 'school')
  if (schools.length === 0) return <Forbidden />
  const found = schools.filter((school) => fold(school.name).includes(fold(typed.trim())))
  return (
    <>
      <h1>Сферум: выберите школу</h1>
      <p className="lead">У каждой школы свой реестр чатов.</p>
      <TextInput
        label="Поиск по названию"
        placeholder="Например, гимназия"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={420}
        mb="md"
      />
      <div className="card">
        {found.length === 0 ? (
          <Empty>Ни одна школа не подходит.</Empty>
        ) : (
          <ul className="my-chats">
            {found.map((school) => (
              <li key={school.id}>
                <Link to="/organisations/$org/sferum" params={{ org: school.id }}>
                  {school.name}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  )
}
