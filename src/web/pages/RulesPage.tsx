import '../table/trust.css'
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { settingsQuery } from '../api/queries.ts'
import { RulesForm } from '../forms/RulesForm.tsx'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Failed } from '../ui/states.tsx'

/** «Правила чатов»: which chats a school wants, who belongs into them, and how careful the system is. */
export function RulesPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/rules' })
  return (
    <SferumFrame org={org} title="Правила чатов" lead="Какие чаты нужны школе, кто в них состоит и насколько осторожна система.">
      <Rules key={org} org={org} />
    </SferumFrame>
  )
}

function Rules({ org }: { org: string }) {
  const settings = useQuery(settingsQuery(org))
  const [saved, setSaved] = useState(false)
  if (settings.isError && !settings.data) return <Failed error={settings.error} onRetry={() => void settings.refetch()} />
  if (!settings.data) return <Skeleton height={520} />
  return <RulesForm key={JSON.stringify(settings.data.settings)} org={org} known={settings.data} saved={saved} onSaved={setSaved} />
}
