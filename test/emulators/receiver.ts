import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type CallbackEvent = {
  type: string
  group_id: number
  event_id?: string
  v?: string
  secret?: string
  object?: { message: { peer_id: number; from_id: number; action: { type: string; member_id?: number; text?: string } } }
}

type Answer = { status: number; body: string }

/** Somebody's Callback API server: confirms with the code it was told, and answers events with what `answer` says. */
export async function openReceiver({
  confirmation = () => 'confirmed',
  answer = () => ({ status: 200, body: 'ok' }),
}: {
  confirmation?: () => string
  answer?: (event: CallbackEvent) => Answer | Promise<Answer>
} = {}) {
  const events: { event: CallbackEvent; retry: string | undefined }[] = []
  const confirmations: CallbackEvent[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const event = JSON.parse(text) as CallbackEvent
    if (event.type === 'confirmation') {
      confirmations.push(event)
      return void response.end(confirmation())
    }
    events.push({ event, retry: request.headers['x-retry-counter']?.toString() })
    const { status, body } = await answer(event)
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    events,
    confirmations,
    titles: () => events.map(({ event }) => event.object?.message.action.text),
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}
