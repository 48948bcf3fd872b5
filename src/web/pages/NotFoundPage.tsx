import { Button } from '@mantine/core'
import { SandboxBadge } from '../ui/SandboxBadge.tsx'
import { useTitle } from '../ui/use-title.ts'

export function NotFoundPage() {
  useTitle('Страница не найдена')
  return (
    <main className="state">
      <SandboxBadge />
      <h1>Такой страницы нет</h1>
      <p className="quiet">Возможно, ссылка устарела или в адресе опечатка.</p>
      <Button component="a" href="/">
        На главную
      </Button>
    </main>
  )
}
