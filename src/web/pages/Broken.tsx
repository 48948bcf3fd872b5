import { Button } from '@mantine/core'
import { ApiProblem } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { useTitle } from '../ui/use-title.ts'

/** The server is away, or something was thrown that no page expected. */
export function Broken({ error }: { error: unknown }) {
  const away = error instanceof ApiProblem && error.code === 'no-connection'
  const title = away ? 'Сервер недоступен' : 'Страница не открылась'
  useTitle(title)
  return (
    <main className="state">
      <div role="alert">
        <h1>{title}</h1>
        <p className="quiet">{explain(error)}</p>
      </div>
      <Button onClick={() => window.location.reload()}>Попробовать ещё раз</Button>
    </main>
  )
}
