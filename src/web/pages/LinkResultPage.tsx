import './pages.css'
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { type LinkOutcome, linkOutcomes } from '#contract/link-outcomes.ts'
import { sessionQuery } from '../api/queries.ts'
import { useLinkSferum } from '../forms/use-link-sferum.ts'
import { explain } from '../text/errors.ts'
import { SandboxBadge } from '../ui/SandboxBadge.tsx'
import { Notice } from '../ui/states.tsx'
import { useTitle } from '../ui/use-title.ts'

type Words = { title: string; what: string; again: boolean }

/** How an attempt to link ended: what happened, whether anything was changed, what to do. */
const outcomes: Record<LinkOutcome, Words> = {
  linked: { title: 'Профиль связан', what: 'Профиль Сферум связан с вашей учётной записью.', again: false },
  'already-linked-to-you': {
    title: 'Этот профиль уже связан с вами',
    what: 'Вы выбрали профиль, который уже связан с вашей учётной записью. Ничего не изменилось, и делать ничего не нужно.',
    again: false,
  },
  refused: {
    title: 'Вы не дали согласия',
    what: 'VK ID сообщил, что вы отказались связать профиль. Ничего не изменено. Без связки школа не сможет добавить вас в чаты.',
    again: true,
  },
  expired: {
    title: 'Время вышло',
    what: 'С начала связки прошло больше десяти минут. Ничего не изменено. Начните заново.',
    again: true,
  },
  replayed: {
    title: 'Эта ссылка уже использована',
    what: 'Страница возврата из VK ID открыта второй раз. Ничего не изменено. Посмотрите во «Внешних системах», связан ли профиль.',
    again: true,
  },
  'other-browser': {
    title: 'Связка начата в другом браузере',
    what: 'Вернуться из VK ID нужно в том же браузере и под той же учётной записью, где вы начали. Ничего не изменено. Войдите и начните заново.',
    again: true,
  },
  taken: {
    title: 'Этот профиль уже связан с другим человеком',
    what: 'Один профиль VK может принадлежать только одному человеку. Ничего не изменено. Выберите свой учебный профиль; если этот профиль ваш, сообщите администратору школы.',
    again: true,
  },
  'you-have-another-link': {
    title: 'У вас уже связан другой профиль',
    what: 'Ничего не изменено. Чтобы связать новый профиль, сначала отвяжите прежний во «Внешних системах».',
    again: false,
  },
  'vendor-down': {
    title: 'VK ID не отвечает',
    what: 'Мы не смогли узнать у VK номер вашего профиля. Ничего не изменено. Попробуйте через несколько минут.',
    again: true,
  },
  'vendor-refused': {
    title: 'VK ID не подтвердил вход',
    what: 'VK отклонил запрос системы. Ничего не изменено. Попробуйте ещё раз; если повторится, сообщите администратору школы.',
    again: true,
  },
  'bad-state': {
    title: 'Не удалось узнать, кто вы',
    what: 'Адрес возврата из VK ID не относится ни к одной начатой связке. Ничего не изменено. Начните заново.',
    again: true,
  },
}

export function LinkResultPage() {
  const { outcome } = useSearch({ from: '/links/result' })
  const known = linkOutcomes.find((name) => name === outcome) ?? 'bad-state'
  const { title, what, again } = outcomes[known]
  useTitle(title)
  // Without a session there is nobody to link: the way is through the sign-in.
  const { data: session } = useQuery(sessionQuery)
  const signedIn = session?.signedIn ?? false
  const link = useLinkSferum()
  return (
    <main className="sign-in">
      <div className="card sign-in-card">
        <SandboxBadge />
        <h1>{title}</h1>
        <p>{what}</p>
        {link.isError && <Notice tone="failed">{explain(link.error)}</Notice>}
        <Group mt="md">
          {again && signedIn && (
            <Button onClick={() => link.mutate()} loading={link.isPending || link.isSuccess}>
              Попробовать ещё раз
            </Button>
          )}
          <Button component="a" href="/?systems=open" variant={again && signedIn ? 'default' : 'filled'}>
            {signedIn ? 'К внешним системам' : 'Войти'}
          </Button>
          {signedIn && (
            <Button component="a" href="/" variant="subtle">
              На главную
            </Button>
          )}
        </Group>
      </div>
    </main>
  )
}
