import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function HeldPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/held' })
  return (
    <SferumFrame org={org} title="Удержано" lead="Исключения из чатов, которые ждут вашего решения.">
      {null}
    </SferumFrame>
  )
}
