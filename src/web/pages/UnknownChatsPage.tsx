import { useParams } from '@tanstack/react-router'
import { SferumFrame } from '../ui/SferumFrame.tsx'

export function UnknownChatsPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/unknown' })
  return (
    <SferumFrame org={org} title="Чаты вне реестра" lead="Чаты подключённой учётной записи, которых реестр не знает.">
      {null}
    </SferumFrame>
  )
}
