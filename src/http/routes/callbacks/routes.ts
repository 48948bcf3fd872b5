import { endpoints } from '#contract/endpoints.ts'
import { enqueueChatLook } from '#jobs/enqueue.ts'
import { noteEvent } from '#sync/events.ts'
import { honoPath } from '../../access.ts'
import type { App, Rooms } from '../../env.ts'
import { answerProblem } from '../../errors.ts'

/** VK's Callback API wants exactly these words; anything else makes it send the event again. */
const received = 'ok'

export function callbackRoutes(app: App, { db, engine, log }: Rooms): void {
  app.post(honoPath(endpoints.receiveSferumEvent.path), async (c) => {
    const read = engine?.messenger.readEvent
    if (!engine || !read) return answerProblem(c, 'not-found')
    const incoming = read(await c.req.json().catch(() => undefined))
    switch (incoming.kind) {
      case 'refused':
        return answerProblem(c, 'forbidden')
      case 'confirm':
        return c.text(incoming.answer)
      case 'ignored':
        return c.text(received)
      case 'event': {
        const chat = await noteEvent(engine, incoming.event)
        if (chat) await enqueueChatLook(db, chat)
        else log.debug({ what: incoming.event.what }, 'an event about a chat that no registry knows')
        return c.text(received)
      }
    }
  })
}
