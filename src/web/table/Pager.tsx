import { Button } from '@mantine/core'
import { number } from '../text/plurals.ts'

/** «Страница 1 из 7», where there is more than one. */
export function Pager({ page, pages, name, onPage }: { page: number; pages: number; name: string; onPage: (page: number) => void }) {
  if (pages <= 1) return null
  return (
    <nav className="pager" aria-label={name}>
      <Button variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Назад
      </Button>
      <span aria-live="polite">
        Страница {number(page)} из {number(pages)}
      </span>
      <Button variant="default" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        Вперёд
      </Button>
    </nav>
  )
}
