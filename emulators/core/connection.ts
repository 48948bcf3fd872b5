import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

export type Bindings = HttpBindings

/** The wire is cut: the client sees a reset connection and knows nothing of what was done. */
export function breakConnection(c: { env: HttpBindings }): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}
