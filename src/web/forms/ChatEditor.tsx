import { Alert, Button, Group, Modal, Skeleton, Stack, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconInfoCircle } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { ChatDetails } from '#contract/chats.ts'
import { chatKindNames } from '#contract/kinds.ts'
import { call } from '../api/client.ts'
import { chatQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { Failed, Notice } from '../ui/states.tsx'
import { ChatMembers } from './ChatMembers.tsx'

type Props = { org: string; chat: string | undefined; onClose: () => void }

/** «Настройки чата Сферум»: rename a chat, see who has linked. */
export function ChatEditor({ org, chat, onClose }: Props) {
  const phone = useMediaQuery('(max-width: 767px)')
  const unsaved = useRef(false)
  const [asking, setAsking] = useState(false)
  const close = () => {
    if (unsaved.current && !asking) return setAsking(true)
    unsaved.current = false
    setAsking(false)
    onClose()
  }
  return (
    <Modal
      opened={chat !== undefined}
      onClose={close}
      size="xl"
      fullScreen={phone}
      title="Настройки чата Сферум"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      {asking && (
        <Alert color="yellow" mb="md" title="Название изменено, но не сохранено" role="alertdialog" aria-label="Название не сохранено">
          <Group>
            <Button size="sm" variant="default" onClick={() => setAsking(false)} data-autofocus>
              Вернуться
            </Button>
            <Button size="sm" color="red" onClick={close}>
              Закрыть без сохранения
            </Button>
          </Group>
        </Alert>
      )}
      {chat && <Editor key={chat} org={org} chat={chat} onClose={close} onDirty={(dirty) => (unsaved.current = dirty)} />}
    </Modal>
  )
}

type EditorProps = { org: string; chat: string; onClose: () => void; onDirty: (dirty: boolean) => void }

function Editor({ org, chat, onClose, onDirty }: EditorProps) {
  const details = useQuery(chatQuery(org, chat))
  if (details.isError) return <Failed error={details.error} onRetry={() => void details.refetch()} />
  if (!details.data) return <Skeleton height={320} />
  return (
    <Stack gap="xs">
      <TitleForm org={org} chat={details.data} onClose={onClose} onDirty={onDirty} />
    </Stack>
  )
}

function TitleForm({ org, chat, onClose, onDirty }: Omit<EditorProps, 'chat'> & { chat: ChatDetails }) {
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState(chat.title)
  const changed = typed.trim() !== chat.title
  const save = useMutation({
    mutationFn: () => call<ChatDetails>('renameChat', { params: { org, chat: chat.id }, body: { title: typed } }),
    onSuccess: async (renamed) => {
      setTyped(renamed.title)
      onDirty(false)
      queryClient.setQueryData(chatQuery(org, chat.id).queryKey, renamed)
      await queryClient.invalidateQueries({ queryKey: ['chats', org, 'page'] })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (changed) save.mutate()
      }}
    >
      <TextInput
        label="Название"
        value={typed}
        data-autofocus
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          onDirty(event.currentTarget.value.trim() !== chat.title)
          save.reset()
        }}
      />
      <Alert variant="light" mt="xs" icon={<IconInfoCircle aria-hidden />} color="blue">
        Изменённое наименование чата автоматически меняется и в VK Мессенджере
      </Alert>
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
      <ChatMembers org={org} chat={chat} />
      {save.isSuccess && <Notice tone="done">Название сохранено здесь и в VK Мессенджере.</Notice>}
      {save.isError && <Notice tone="failed">{explain(save.error)}</Notice>}
      <Group mt="md" className="editor-foot">
        <Button type="submit" loading={save.isPending} disabled={!changed || typed.trim() === ''}>
          Сохранить
        </Button>
        <Button variant="default" onClick={onClose}>
          Закрыть
        </Button>
      </Group>
    </form>
  )
}
