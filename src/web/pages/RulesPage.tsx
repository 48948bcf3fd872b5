import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function RulesPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/rules' })
  return (
    <SferumFrame org={org} title="Правила чатов" lead="Какие чаты нужны школе и кто в них состоит.">
      {null}
    </SferumFrame>
  )
}
