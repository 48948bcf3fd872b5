import { type ComboboxItem, type OptionsFilter, Select } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { contains } from '../text/search.ts'

const filter: OptionsFilter = ({ options, search }) => (options as ComboboxItem[]).filter(({ label }) => contains(label, search))

/** An operator of many schools goes from one to another. */
export function SchoolSelect({ schools, org }: { schools: { id: string; name: string }[]; org: string }) {
  const navigate = useNavigate()
  return (
    <Select
      label="Школа"
      searchable
      allowDeselect={false}
      limit={50}
      filter={filter}
      nothingFoundMessage="Такой школы нет"
      data={schools.map(({ id, name }) => ({ value: id, label: name }))}
      value={org}
      onChange={(value) => value && void navigate({ to: '/organisations/$org/sferum', params: { org: value } })}
      className="school-select"
    />
  )
}
