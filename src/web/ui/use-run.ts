import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Run } from '#contract/plans.ts'
import { addressOf } from '../api/client.ts'
import { currentRunQuery } from '../api/queries.ts'

export const isUnderWay = (run: Pick<Run, 'state'>): boolean => run.state === 'queued' || run.state === 'running'

/**
 * Follows a run live through server-sent events (the browser reconnects by itself) and keeps the cache of the current
 * run in step, so that every place on the page shows the same.
 */
export function useRun(org: string, run: Run): { run: Run; connected: boolean } {
  const queryClient = useQueryClient()
  const [connected, setConnected] = useState(true)
  const follow = isUnderWay(run)
  useEffect(() => {
    if (!follow) return
    const events = new EventSource(addressOf('watchRun', { params: { org, run: run.id } }))
    events.addEventListener('run', (event) => {
      const next = JSON.parse(event.data) as Run
      setConnected(true)
      queryClient.setQueryData(currentRunQuery(org).queryKey, { run: next })
      if (!isUnderWay(next)) events.close()
    })
    events.addEventListener('error', () => setConnected(false))
    return () => events.close()
  }, [org, run.id, follow, queryClient])
  return { run, connected }
}
