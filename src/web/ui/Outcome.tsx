import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconClock } from '@tabler/icons-react'

const icons = { done: IconCircleCheck, held: IconAlertTriangle, failed: IconCircleX, quiet: IconClock } as const

/** A word with its colour and its picture: none of them says it alone. */
export function Outcome({ name, tone }: { name: string; tone: keyof typeof icons }) {
  const Icon = icons[tone]
  return (
    <span className={`outcome tone-${tone}`}>
      <Icon size={18} aria-hidden />
      {name}
    </span>
  )
}
