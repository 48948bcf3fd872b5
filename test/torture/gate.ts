import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of a request: before, late and after are deaths of the process that sent it. */
export type Fate =
  | 'pass'
  /** The process dies, the messenger never hears of the request. */
  | 'before'
  /** The process dies with the request on its way: the messenger carries it out for nobody. */
  | 'late'
  /** The messenger carries it out, the process dies before it hears the answer. */
  | 'after'

export type Gate = AsyncDisposable & {
  url: string
  /** Decides about every request; `code` is the VKScript that it carries. */
  guard: (decide: (code: string) => Fate, kill: () => Promise<unknown>) => void
}

/** What the vendor's network takes at least: several requests are under way at once, as in life. */
const travelMs = 4

/** Stands between the product and the emulator and knows when a request has arrived and whether its answer has left. */
export async function openGate(target: string): Promise<Gate> {
  let decide: (code: string) => Fate = () => 'pass'
  let kill: () => Promise<unknown> = async () => {}
  const forward = async (path: string, type: string, body: string) => {
    const answer = await fetch(new URL(path, target), { method: 'POST', headers: { 'content-type': type }, body })
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() }
  }
  const server = createServer(async (request, response) => {
    try {
      const path = request.url ?? '/'
      const type = request.headers['content-type'] ?? ''
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
      const fate = decide(new URLSearchParams(body).get('code') ?? '')
      if (fate === 'before' || fate === 'late') {
        await kill()
        response.destroy()
        if (fate === 'late') await forward(path, type, body)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, travelMs))
      const answer = await forward(path, type, body)
      if (fate === 'after') {
        await kill()
        response.destroy()
        return
      }
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.text)
    } catch {
      // The process died while it was sending, or the emulator is closing.
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has one
  return {
    url: `http://127.0.0.1:${port}`,
    guard: (nextDecide, nextKill) => {
      decide = nextDecide
      kill = nextKill
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
