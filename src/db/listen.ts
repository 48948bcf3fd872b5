import pg from 'pg'

/** Who waits for what: one LISTEN connection shared by every watcher of this process. */
export type Listener = {
  /** Calls back with every payload of the channel until the returned function is called. */
  subscribe: (channel: string, onPayload: (payload: string) => void) => () => void
  close: () => Promise<void>
}

const reconnectAfterMs = 1_000

/**
 * Opens the connection and keeps it: after a break it comes back and tells every subscriber with an empty payload that
 * something may have been missed.
 */
export async function openListener(
  connectionString: string,
  channels: readonly string[],
  onError: (error: unknown) => void,
): Promise<Listener> {
  const subscribers = new Map<string, Set<(payload: string) => void>>(channels.map((channel) => [channel, new Set()]))
  let client: pg.Client | null = null
  let closed = false

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString, application_name: 'aiti-school-listen' })
    next.on('error', onError)
    next.on('end', () => {
      if (!closed) setTimeout(() => void reconnect(), reconnectAfterMs).unref()
    })
    next.on('notification', ({ channel, payload }) => {
      for (const tell of subscribers.get(channel) ?? []) tell(payload ?? '')
    })
    await next.connect()
    for (const channel of channels) await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    client = next
  }
  const reconnect = async (): Promise<void> => {
    try {
      await connect()
      for (const tellAll of subscribers.values()) for (const tell of tellAll) tell('')
    } catch (error) {
      onError(error)
      if (!closed) setTimeout(() => void reconnect(), reconnectAfterMs).unref()
    }
  }

  await connect()
  return {
    subscribe: (channel, onPayload) => {
      subscribers.get(channel)?.add(onPayload)
      return () => subscribers.get(channel)?.delete(onPayload)
    },
    close: async () => {
      closed = true
      await client?.end()
    },
  }
}
