import { Button, Group, TextInput } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { ChatDetails } from '#contract/chats.ts'
import { call } from '../api/client.ts'
import { chatQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { Notice } from '../ui/states.tsx'

type Props = { org: string; chat: ChatDetails; onClose: () => void; children: ReactNode }

/** The one thing of a chat that can be changed, around what can only be read. */
export function TitleForm({ org, chat, onClose, children }: Props) {
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState(chat.title)
  const changed = typed.trim() !== chat.title
  const save = useMutation({
    mutationFn: () => call<ChatDetails>('renameChat', { params: { org, chat: chat.id }, body: { title: typed.trim() } }),
    onSuccess: async (renamed) => {
      setTyped(renamed.title)
      queryClient.setQueryData(chatQuery(org, chat.id).queryKey, renamed)
      await queryClient.invalidateQueries({ queryKey: ['chats', org, 'page'] })
    },
  })
  const field = useRef<HTMLInputElement>(null)
  // Not under a finger: the keyboard would cover half of what there is to read.
  const takesFocus = window.matchMedia('(pointer: fine)').matches
  // The chat came after the window. One that was at hand leaves it to the window, which remembers where the focus was.
  useEffect(() => {
    const opened = field.current?.closest('[role="dialog"]')?.contains(document.activeElement)
    if (takesFocus && opened) field.current?.focus({ preventScroll: true })
  }, [takesFocus])
  // Whatever leads away (the buttons, Esc, «Назад», the tab's cross) asks first.
  const leaving = useBlocker({ shouldBlockFn: () => changed, enableBeforeUnload: () => changed, withResolver: true })
  const cannot = changed && typed.trim() === '' ? 'Название не может быть пустым' : null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (changed && !cannot) save.mutate()
      }}
    >
      <TextInput
        label="Название"
        value={typed}
        error={cannot}
        ref={field}
        data-autofocus={takesFocus || undefined}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          save.reset()
        }}
      />
      <p className="hint">
        <IconInfoCircle size={18} aria-hidden />
        Изменённое наименование чата автоматически меняется и в VK Мессенджере
      </p>
      {children}
      <div className="window-foot">
        {save.isSuccess && <Notice tone="done">Название сохранено здесь и в VK Мессенджере.</Notice>}
        {save.isError && <Notice tone="failed">{explain(save.error)}</Notice>}
        {leaving.status === 'blocked' ? (
          <Unsaved onStay={leaving.reset} onLeave={leaving.proceed} />
        ) : (
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!changed || cannot !== null}>
              Сохранить
            </Button>
            <Button variant="default" onClick={onClose}>
              Закрыть
            </Button>
          </Group>
        )}
      </div>
    </form>
  )
}

function Unsaved({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const safe = useRef<HTMLButtonElement>(null)
  useEffect(() => safe.current?.focus(), [])
  return (
    <div role="alertdialog" aria-labelledby="unsaved-title" className="unsaved">
      <p id="unsaved-title" className="tone-held">
        Название изменено, но не сохранено.
      </p>
      <Group>
        <Button variant="default" ref={safe} onClick={onStay}>
          Вернуться
        </Button>
        <Button color="red" onClick={onLeave}>
          Закрыть без сохранения
        </Button>
      </Group>
    </div>
  )
}
