import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function DriftPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/drift' })
  return (
    <SferumFrame org={org} title="Расхождения" lead="Что люди изменили в мессенджере.">
      {null}
    </SferumFrame>
  )
}
