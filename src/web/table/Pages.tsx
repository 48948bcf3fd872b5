import { Button, Group, Select } from '@mantine/core'
import type { ChatPage } from '#contract/chats.ts'
import { pageSizes } from '../pages/registry-search.ts'
import { number } from '../text/plurals.ts'

type Props = { page: ChatPage; onPage: (page: number) => void; onSize: (size: (typeof pageSizes)[number]) => void }

/** «Страница 1 из 2», with the way to the others. */
export function Pages({ page: { page, pages, size }, onPage, onSize }: Props) {
  return (
    <Group justify="space-between" mt="md" gap="md">
      <Group gap="xs" component="nav" aria-label="Страницы реестра">
        <Button variant="default" onClick={() => onPage(page - 1)} disabled={page <= 1}>
          Назад
        </Button>
        <span aria-current="page" aria-live="polite">
          Страница {number(page)} из {number(pages)}
        </span>
        <Button variant="default" onClick={() => onPage(page + 1)} disabled={page >= pages}>
          Вперёд
        </Button>
      </Group>
      <Group gap="xs">
        <span className="quiet" id="page-size">
          Строк на странице
        </span>
        <Select
          aria-labelledby="page-size"
          w={84}
          allowDeselect={false}
          data={pageSizes.map(String)}
          value={String(size)}
          onChange={(value) => onSize(pageSizes.find((allowed) => String(allowed) === value) ?? 20)}
        />
      </Group>
    </Group>
  )
}
