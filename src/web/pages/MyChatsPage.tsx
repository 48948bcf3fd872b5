import './pages.css'
import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconClock } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { MyChat, MyChats } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { assertNever } from '#lib/assert-never.ts'
import { call } from '../api/client.ts'
import { myChatsQuery } from '../api/queries.ts'
import { useLinkSferum } from '../forms/use-link-sferum.ts'
import { explain } from '../text/errors.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { chats, form } from '../text/plurals.ts'
import { Empty, Failed, Notice } from '../ui/states.tsx'
import { useTitle } from '../ui/use-title.ts'

/** A person's own chats in each linked system. */
export function MyChatsPage() {
  useTitle('Мои чаты')
  const mine = useQuery(myChatsQuery)
  useLookAfterComingBack(mine.data)
  return (
    <>
      <h1>Мои чаты</h1>
      <p className="lead">Чаты школы, в которых вы состоите или можете состоять.</p>
      {mine.isPending && (
        <div className="card" role="status" aria-label="Загружаем чаты">
          {[0, 1, 2].map((place) => (
            <Skeleton key={place} height={52} m="md" width="auto" />
          ))}
        </div>
      )}
      {mine.isError && !mine.data && <Failed error={mine.error} onRetry={() => void mine.refetch()} />}
      {mine.data?.systems.length === 0 && (
        <div className="card">
          <Empty>Школа ещё не подключила ни одного мессенджера.</Empty>
        </div>
      )}
      {mine.data?.systems.map((system) => (
        <section key={system.system} className="card" aria-labelledby={`system-${system.system}`}>
          <h2 id={`system-${system.system}`} className="system-name">
            Сферум
          </h2>
          {!system.linked && <NotLinked waiting={system.chats.filter((chat) => chat.state === 'waiting').length} />}
          {system.chats.length === 0 ? (
            system.linked && <Empty>Чатов пока нет: они появятся здесь, когда школа их создаст.</Empty>
          ) : (
            <ul className="my-chats">
              {system.chats.map((chat) => (
                <ChatRow key={chat.id} chat={chat} />
              ))}
            </ul>
          )}
        </section>
      ))}
    </>
  )
}

function NotLinked({ waiting }: { waiting: number }) {
  const link = useLinkSferum()
  return (
    <div className="not-linked">
      <p>
        {waiting > 0
          ? `Вас ${form(waiting, 'ждёт', 'ждут', 'ждут')} ${chats(waiting)} школы. Свяжите учебный профиль VK, и вы появитесь в них за несколько секунд.`
          : 'Свяжите учебный профиль VK, и вы появитесь в чатах своей школы: без связки школа не может вас в них добавить.'}
      </p>
      <Button onClick={() => link.mutate()} loading={link.isPending || link.isSuccess}>
        Связать учетную запись со Сферум
      </Button>
      {link.isError && <Notice tone="failed">{explain(link.error)}</Notice>}
    </div>
  )
}

function ChatRow({ chat }: { chat: MyChat }) {
  const about = [chatKindNames[chat.kind], chat.className, chat.subject, chat.organisation].filter(Boolean).join(' · ')
  const action = chat.state === 'member' ? 'Открыть' : 'Войти в чат'
  const { tone, words } = stateOf(chat)
  const Icon = icons[tone]
  return (
    <li>
      <div>
        <strong>{chat.title}</strong>
        <div className="quiet small">{about}</div>
        <div className="my-chat-state small">
          <Icon size={16} className={`tone-${tone}`} aria-hidden />
          {words}
        </div>
      </div>
      {chat.link && (
        <Button
          component="a"
          href={chat.link}
          target="_blank"
          rel="noreferrer"
          variant={chat.state === 'member' ? 'default' : 'filled'}
          aria-label={`${action}: ${chat.title} (в новой вкладке)`}
        >
          {action}
        </Button>
      )}
    </li>
  )
}

const icons = { done: IconCircleCheck, held: IconClock, failed: IconAlertTriangle, quiet: IconCircleDashed } as const

/** What the state means for the person, and what to do. */
function stateOf({ state, kind, link, failure }: MyChat): { tone: keyof typeof icons; words: string } {
  switch (state) {
    case 'member':
      return { tone: 'done', words: 'Вы в чате.' }
    case 'invited':
      return { tone: 'held', words: 'Вас пригласили: войдите в чат по ссылке.' }
    case 'waiting':
      return { tone: 'held', words: 'Чат ждёт, пока вы свяжете профиль.' }
    case 'planned':
      return {
        tone: 'quiet',
        words:
          kind === 'CLASS' || kind === 'SUBJECT'
            ? 'Вас добавят при ближайшей синхронизации, когда в чате будет взрослый школы. Делать ничего не нужно.'
            : 'Вас добавят при ближайшей синхронизации. Делать ничего не нужно.',
      }
    case 'left':
      return { tone: 'quiet', words: link ? 'Вы вышли из этого чата. Вернуться можно по ссылке.' : 'Вы вышли из этого чата.' }
    case 'failed': {
      const cause = failure ? messengerErrors[failure.kind].cause : 'Мессенджер не разрешил добавить вас.'
      const todo = link
        ? 'Войдите в чат по ссылке.'
        : 'Попробуем снова при следующей синхронизации; если не получится, сообщите администратору школы.'
      return { tone: 'failed', words: `Не удалось вас добавить. ${cause} ${todo}` }
    }
    case 'removed':
      return { tone: 'quiet', words: 'Вас убрали из этого чата: по реестру школы он больше не ваш.' }
    default:
      return assertNever(state)
  }
}

/** Somebody who went to the messenger to come into a chat comes back to this tab: ask whether they are in. */
function useLookAfterComingBack(mine: MyChats | undefined): void {
  const queryClient = useQueryClient()
  const { mutate } = useMutation({
    mutationFn: () => call<MyChats>('refreshMyChats'),
    onSuccess: (chats) => queryClient.setQueryData(myChatsQuery.queryKey, chats),
  })
  const open = mine?.systems.some((system) => system.chats.some((chat) => chat.link !== null && chat.state !== 'member')) ?? false
  useEffect(() => {
    if (!open) return
    const look = () => document.visibilityState === 'visible' && mutate()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [open, mutate])
}
