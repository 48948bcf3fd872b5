import { IconFlask } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { houseQuery } from '../api/queries.ts'

/** On every page while the emulators stand in for the vendor. */
export function SandboxBadge() {
  const { data } = useQuery(houseQuery)
  if (!data?.sandbox) return null
  return (
    <span className="sandbox-badge" title="Люди и чаты вымышлены, мессенджер ненастоящий">
      <IconFlask size={15} aria-hidden />
      <span className="folds">Песочница</span>
    </span>
  )
}
