import { Button } from '@mantine/core'
import { type ReactNode, useId } from 'react'
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

/** A notice inside a form or a window; announced at once when it tells of a failure. */
export function Notice({ tone, children }: { tone: 'done' | 'held' | 'failed' | 'quiet'; children: ReactNode }) {
  const id = useId()
  return (
    <p id={id} className={`notice tone-${tone}`} role={tone === 'failed' ? 'alert' : 'status'}>
      {children}
    </p>
  )
}
