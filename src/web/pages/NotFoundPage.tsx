import { useTitle } from '../ui/use-title.ts'

export function NotFoundPage() {
  useTitle('Страница не найдена')
  return (
    <main className="state">
      <h1>Такой страницы нет</h1>
      <p className="quiet">Возможно, ссылка устарела или в адресе опечатка.</p>
      <a href="/">На главную</a>
    </main>
  )
}
