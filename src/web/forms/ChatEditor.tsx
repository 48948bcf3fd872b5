import './forms.css'
import { Modal, Skeleton, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ChatDetails } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { chatQuery } from '../api/queries.ts'
import { Failed } from '../ui/states.tsx'
import { ChatCare } from './ChatCare.tsx'
import { ChatExceptions } from './ChatExceptions.tsx'
import { ChatMembers } from './ChatMembers.tsx'
import { TitleForm } from './TitleForm.tsx'

type Props = { org: string; chat: string | undefined; onClose: () => void }

/** «Настройки чата Сферум»: rename a chat, see who has linked. */
export function ChatEditor({ org, chat, onClose }: Props) {
  const phone = useMediaQuery('(max-width: 767px)')
  // The window fades away with its contents, not empty.
  const [last, setLast] = useState(chat)
  useEffect(() => {
    if (chat) setLast(chat)
  }, [chat])
  // «Почему?» opens over this window: Esc closes the upper one only.
  const [asking, setAsking] = useState(false)
  const shown = chat ?? last
  return (
    <Modal
      opened={chat !== undefined}
      onClose={onClose}
      closeOnEscape={!asking}
      size="xl"
      fullScreen={phone}
      title="Настройки чата Сферум"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      {shown && <Editor key={shown} org={org} chat={shown} onClose={onClose} onAsking={setAsking} />}
    </Modal>
  )
}

type EditorProps = { org: string; chat: string; onClose: () => void; onAsking: (asking: boolean) => void }

function Editor({ org, chat, onClose, onAsking }: EditorProps) {
  const details = useQuery(chatQuery(org, chat))
  if (details.isError && !details.data) return <Failed error={details.error} onRetry={() => void details.refetch()} />
  if (!details.data) {
    return (
      <Stack>
        <Skeleton height={64} />
        <Skeleton height={52} />
        <Skeleton height={150} />
        <Skeleton height={260} />
      </Stack>
    )
  }
  return (
    <TitleForm org={org} chat={details.data} onClose={onClose}>
      <Facts chat={details.data} />
      <ChatCare org={org} chat={details.data} />
      <ChatMembers org={org} chat={details.data} onAsking={onAsking} />
      <ChatExceptions org={org} chat={details.data.id} />
    </TitleForm>
  )
}

function Facts({ chat }: { chat: ChatDetails }) {
  return (
    <dl className="facts">
      <dt>Идентификатор чата</dt>
      <dd>{chat.externalId ?? 'появится, когда чат будет создан'}</dd>
      <dt>Тип чата</dt>
      <dd>{chatKindNames[chat.kind]}</dd>
      <dt>Организация</dt>
      <dd>{chat.organisation}</dd>
      <dt>Класс</dt>
      <dd>{chat.className ? `${chat.className}, ${chat.subgroup ?? 'Весь класс'}` : '—'}</dd>
      <dt>Предмет</dt>
      <dd>{chat.subject ?? '—'}</dd>
    </dl>
  )
}
