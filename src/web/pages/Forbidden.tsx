import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTitle } from '../ui/use-title.ts'

export function Forbidden() {
  useTitle('Нет доступа')
  return (
    <div className="state">
      <h1>Раздел доступен администратору школы</h1>
      <p className="quiet">Если вам нужен этот раздел, обратитесь к администратору вашей школы.</p>
      <Button component={Link} to="/">
        На главную
      </Button>
    </div>
  )
}
