import { Button, Switch } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ChatDetails } from '#contract/chats.ts'
import type { Run } from '#contract/plans.ts'
import { call } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { Notice } from '../ui/states.tsx'

/** Whether we keep this chat in step, and a way to do it now. */
export function ChatCare({ org, chat }: { org: string; chat: ChatDetails }) {
  const queryClient = useQueryClient()
  const params = { org, chat: chat.id }
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['chats', org] })
  const manage = useMutation({ mutationFn: (managed: boolean) => call('manageChat', { params, body: { managed } }), onSettled: refresh })
  const sync = useMutation({ mutationFn: () => call<Run>('syncChat', { params }), onSuccess: refresh })
  return (
    <section className="chat-care" aria-label="Ведение чата">
      <Switch
        label="Вести этот чат"
        description={
          chat.managed
            ? 'Система сверяет название и состав с реестром школы.'
            : 'Чат остаётся в мессенджере как есть: система на него не смотрит и ничего в нём не меняет.'
        }
        checked={chat.managed}
        disabled={manage.isPending || chat.state === 'archived'}
        onChange={(event) => manage.mutate(event.currentTarget.checked)}
      />
      <Button
        variant="default"
        leftSection={<IconRefresh size={18} aria-hidden />}
        disabled={!chat.managed || chat.state === 'archived'}
        loading={sync.isPending}
        onClick={() => sync.mutate()}
      >
        Синхронизировать чат
      </Button>
      {manage.isError && <Notice tone="failed">{explain(manage.error)}</Notice>}
      {sync.data && (
        <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: sync.data.id }}>
          Чат сверяется с реестром: смотреть в журнале
        </Link>
      )}
      {sync.isError && <Notice tone="failed">{explain(sync.error)}</Notice>}
    </section>
  )
}
