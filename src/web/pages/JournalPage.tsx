import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function JournalPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/journal' })
  return (
    <SferumFrame org={org} title="Журнал синхронизаций" lead="Каждый запуск: кто, когда, почему и чем закончился.">
      {null}
    </SferumFrame>
  )
}
