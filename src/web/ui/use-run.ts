import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Run } from '#contract/plans.ts'
import { addressOf } from '../api/client.ts'
import { currentRunQuery } from '../api/queries.ts'

export const isUnderWay = (run: Pick<Run, 'state'>): boolean => run.state === 'queued' || run.state === 'running'

export type WatchedRun = { run: Run | null; connected: boolean }

const longestPause = 10_000

/** The school's run, live while it is under way; `onProgress` is told now and then, and once more at its end. */
export function useRun(org: string, onProgress: () => void): WatchedRun {
  const queryClient = useQueryClient()
  const [connected, setConnected] = useState(true)
  const { data } = useQuery(currentRunQuery(org))
  const run = data?.run ?? null
  const followed = run && isUnderWay(run) ? run.id : null
  useEffect(() => {
    if (followed === null) return
    let told = 0
    return follow(addressOf('watchRun', { params: { org, run: followed } }), {
      onRun: (next) => {
        setConnected(true)
        queryClient.setQueryData(currentRunQuery(org).queryKey, { run: next })
        if (isUnderWay(next) && Date.now() - told < 1500) return isUnderWay(next)
        told = Date.now()
        onProgress()
        return isUnderWay(next)
      },
      onLost: () => {
        setConnected(false)
        void queryClient.invalidateQueries({ queryKey: currentRunQuery(org).queryKey })
      },
    })
  }, [org, followed, queryClient, onProgress])
  return { run, connected }
}

type Watcher = {
  /** Whether there is more to come. */
  onRun: (run: Run) => boolean
  onLost: () => void
}

/** Server-sent events that come back: the browser gives up for good when the server answers with an error, we do not. */
function follow(address: string, { onRun, onLost }: Watcher): () => void {
  let events: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = 500
  const open = () => {
    events = new EventSource(address)
    events.addEventListener('run', (event) => {
      pause = 500
      if (!onRun(JSON.parse(event.data) as Run)) events.close()
    })
    events.addEventListener('error', () => {
      events.close()
      onLost()
      timer = setTimeout(open, pause)
      pause = Math.min(pause * 2, longestPause)
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    events.close()
  }
}
