import { setTimeout as wait } from 'node:timers/promises'
import { chance } from '../core/chance.ts'
import type { Limits } from '../core/settings.ts'
import type { ServerRow, ServerStatus } from './callback-servers.ts'

export type Delivery = {
  /** The server as the table has it; replaced when its settings change. */
  server: ServerRow
  counts: () => { sent: number; failed: number; queued: number }
  push: (event: object) => void
  /** Undefined when there is nothing under way. */
  working: () => Promise<void> | undefined
  /** Gives up everything, at once. */
  stop: () => Promise<void>
}

export type DeliveryNeeds = {
  limits: Limits
  confirmation: () => string
  saveStatus: (status: ServerStatus) => void
  /** The server answered `remove` (dev.vk.com callback page): it wants to be forgotten. */
  remove: () => void
}

/** Long enough for other events of the same act to gather, so that there is something to shuffle. */
const gatheringMs = 30

/**
 * The events of one server: the confirmation first, then one after the other, each again until it is answered with «ok».
 * Pauses are real time, whatever the emulator's clock says: somebody else's program is waiting on the other side.
 */
export function openDelivery(first: ServerRow, { limits, confirmation, saveStatus, remove }: DeliveryNeeds): Delivery {
  const queue: object[] = []
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let busy = 0
  let sent = 0
  let failed = 0
  let draws = 0
  const draw = () => chance(limits.seed, delivery.server.group_id, draws++)
  const pause = (ms: number) => wait(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)

  const post = async (body: object, retry: number): Promise<string | undefined> => {
    try {
      const answer = await fetch(delivery.server.url, {
        method: 'POST',
        // No connection is kept: a closed emulator and a closed receiver leave nothing behind.
        headers: { 'content-type': 'application/json', connection: 'close', ...(retry > 0 && { 'x-retry-counter': String(retry) }) },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(limits.callbackTimeoutMs)]),
      })
      const text = await answer.text()
      return answer.status === 200 ? text : undefined
    } catch {
      return undefined
    }
  }

  const deliver = async (body: object, wanted: string): Promise<boolean> => {
    for (let retry = 0; retry < limits.callbackAttempts; retry++) {
      if (retry > 0) await pause(limits.callbackRetryMs * 2 ** (retry - 1))
      if (stopping.signal.aborted) return false
      const answer = await post(body, retry)
      if (stopping.signal.aborted) return false
      if (answer === wanted) return true
      if (answer === 'remove' && delivery.server.status === 'ok') {
        remove()
        return false
      }
    }
    return false
  }

  const setStatus = (status: ServerStatus) => {
    if (stopping.signal.aborted) return
    delivery.server = { ...delivery.server, status }
    saveStatus(status)
  }

  const confirm = async () => {
    setStatus('wait')
    const confirmed = await deliver({ type: 'confirmation', group_id: delivery.server.group_id }, confirmation())
    setStatus(confirmed ? 'ok' : 'failed')
  }

  const next = async () => {
    if (limits.callbackShuffle) await pause(gatheringMs)
    const place = limits.callbackShuffle ? Math.floor(draw() * queue.length) : 0
    const [event] = queue.splice(place, 1)
    if (event === undefined) return
    busy = 1
    if (delivery.server.status === 'ok' && (await deliver(event, 'ok'))) sent++
    else failed++
    busy = 0
  }

  const hasWork = () => !stopping.signal.aborted && (delivery.server.status === 'unconfigured' || queue.length > 0)
  const wake = () => {
    if (running !== undefined || !hasWork()) return
    running = work().finally(() => {
      running = undefined
      wake()
    })
  }
  const work = async () => {
    while (hasWork()) {
      if (delivery.server.status === 'unconfigured') await confirm()
      else await next()
    }
  }

  const delivery: Delivery = {
    // Whoever was being asked when the process ended is asked again.
    server: first.status === 'wait' ? { ...first, status: 'unconfigured' } : first,
    counts: () => ({ sent, failed, queued: queue.length + busy }),
    push: (event) => {
      queue.push(event)
      if (limits.callbackDuplicates > 0 && draw() < limits.callbackDuplicates) queue.push(event)
      wake()
    },
    working: () => running,
    stop: async () => {
      stopping.abort()
      queue.length = 0
      await running
    },
  }
  wake()
  return delivery
}
