import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function JournalRunPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/journal/$run' })
  return (
    <SferumFrame org={org} title="Запуск" lead="">
      {null}
    </SferumFrame>
  )
}
