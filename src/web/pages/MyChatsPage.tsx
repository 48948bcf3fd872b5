import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { MyChat, MyChats } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { call } from '../api/client.ts'
import { myChatsQuery } from '../api/queries.ts'
import { useLinkSferum } from '../forms/use-link-sferum.ts'
import { explain } from '../text/errors.ts'
import { chats } from '../text/plurals.ts'
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
      {mine.isPending && <Skeleton height={180} radius="md" />}
      {mine.isError && <Failed error={mine.error} onRetry={() => void mine.refetch()} />}
      {mine.data?.systems.map((system) => (
        <section key={system.system} className="card" aria-labelledby={`system-${system.system}`}>
          <h2 id={`system-${system.system}`} className="system-name">
            Сферум
          </h2>
          {!system.linked && <NotLinked waiting={system.chats.length} />}
          {system.chats.length === 0 ? (
            <Empty>
              {system.linked ? 'Чатов пока нет: они появятся здесь, когда школа их создаст.' : 'Школа ещё не создала для вас чатов.'}
            </Empty>
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
          ? `Вас ждёт ${chats(waiting)} школы. Свяжите учебный профиль VK, и вы появитесь в них за несколько секунд.`
          : 'Свяжите учебный профиль VK, и школа сможет добавить вас в чаты.'}
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
  return (
    <li>
      <div>
        <strong>{chat.title}</strong>
        <div className="quiet small">{about}</div>
        <div className="small">{stateOf(chat)}</div>
      </div>
      {chat.link && (
        <Button
          component="a"
          href={chat.link}
          target="_blank"
          rel="noreferrer"
          variant={chat.state === 'member' ? 'default' : 'filled'}
          aria-label={`${chat.state === 'member' ? 'Открыть' : 'Войти в чат'}: ${chat.title}`}
        >
          {chat.state === 'member' ? 'Открыть' : 'Войти в чат'}
        </Button>
      )}
    </li>
  )
}

/** What the state means for the person, and what to do. */
function stateOf(chat: MyChat): string {
  switch (chat.state) {
    case 'member':
      return 'Вы в чате.'
    case 'invited':
      return 'Вас пригласили: войдите в чат по ссылке.'
    case 'waiting':
      return 'Ждёт, пока вы свяжете профиль.'
    case 'planned':
      return 'Вас добавят при ближайшей синхронизации. В чат учеников — когда в нём появится взрослый школы.'
    case 'left':
      return 'Вы вышли из этого чата. Можно вернуться по ссылке.'
    case 'failed':
      return chat.link ? 'Мессенджер не разрешил добавить вас. Войдите сами по ссылке.' : 'Мессенджер не разрешил добавить вас.'
    case 'removed':
      return 'Вас убрали из этого чата.'
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
