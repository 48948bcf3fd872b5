import { Button } from '@mantine/core'
import { explain } from '../text/errors.ts'
import { useTitle } from '../ui/use-title.ts'

/** Something was thrown that no page expected, or the server is away. */
export function Broken({ error }: { error: unknown }) {
  useTitle('Ошибка')
  return (
    <main className="state" role="alert">
      <h1>Страница не открылась</h1>
      <p className="quiet">{explain(error)}</p>
      <Button onClick={() => window.location.reload()}>Открыть заново</Button>
    </main>
  )
}
