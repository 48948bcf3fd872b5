import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { explain } from '../text/errors.ts'

/** One sentence and the next step. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <p className="quiet">{children}</p>
      {action}
    </div>
  )
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="state" role="alert">
      <p>{explain(error)}</p>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          Попробовать ещё раз
        </Button>
      )}
    </div>
  )
}

const icons = { done: IconCircleCheck, held: IconAlertTriangle, failed: IconAlertTriangle, quiet: IconInfoCircle } as const

/** A notice inside a form or a window; announced at once when it tells of a failure. */
export function Notice({ tone, children }: { tone: keyof typeof icons; children: ReactNode }) {
  const Icon = icons[tone]
  return (
    <div className={`notice tone-${tone}`} role={tone === 'failed' ? 'alert' : 'status'}>
      <Icon size={20} aria-hidden />
      <p>{children}</p>
    </div>
  )
}
