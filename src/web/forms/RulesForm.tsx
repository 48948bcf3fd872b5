import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useBlocker } from '@tanstack/react-router'
import { useState } from 'react'
import type { ChatSettings } from '#contract/chat-settings.ts'
import { chatKinds } from '#contract/kinds.ts'
import type { PlanChat, PlanCounts } from '#contract/plans.ts'
import { call } from '../api/client.ts'
import type { SettingsAnswer } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { titleError } from '../text/titles.ts'
import { Notice } from '../ui/states.tsx'
import { BrakeFields } from './BrakeFields.tsx'
import { DriftFields } from './DriftFields.tsx'
import { MemberFields } from './MemberFields.tsx'
import { RulesPreview } from './RulesPreview.tsx'
import { TitleFields } from './TitleFields.tsx'

export type Preview = { counts: PlanCounts; chats: PlanChat[] }
export type FieldsProps = { settings: ChatSettings; known: SettingsAnswer; onChange: (next: ChatSettings) => void }

type Props = { org: string; known: SettingsAnswer; saved: boolean; onSaved: (saved: boolean) => void }

/** One form; what it would change is shown before anything is saved. */
export function RulesForm({ org, known, saved, onSaved }: Props) {
  const queryClient = useQueryClient()
  const [settings, setSettings] = useState(known.settings)
  const changed = JSON.stringify(settings) !== JSON.stringify(known.settings)
  const wrong = chatKinds.some((kind) => settings.titles[kind] !== undefined && titleError(settings.titles[kind], known) !== null)
  const preview = useMutation({
    mutationFn: (next: ChatSettings) => call<Preview>('previewChatSettings', { params: { org }, body: next }),
  })
  const save = useMutation({
    mutationFn: () => call<{ settings: ChatSettings }>('saveChatSettings', { params: { org }, body: settings }),
    onSuccess: (answer) => {
      onSaved(true)
      queryClient.setQueryData(['settings', org], { ...known, settings: answer.settings })
      return queryClient.invalidateQueries({ queryKey: ['health', org] })
    },
  })
  const leaving = useBlocker({ shouldBlockFn: () => changed && !save.isSuccess, enableBeforeUnload: () => changed, withResolver: true })
  const change = (next: ChatSettings) => {
    setSettings(next)
    preview.reset()
    save.reset()
    onSaved(false)
  }
  const fields: FieldsProps = { settings, known, onChange: change }
  return (
    <form className="rules" onSubmit={(event) => event.preventDefault()} aria-label="Правила чатов">
      <MemberFields {...fields} />
      <TitleFields {...fields} />
      <BrakeFields {...fields} />
      <DriftFields {...fields} />
      {preview.data && <RulesPreview preview={preview.data} />}
      {preview.isError && <Notice tone="failed">{explain(preview.error)}</Notice>}
      {save.isError && <Notice tone="failed">{explain(save.error)} Введённое не потеряно.</Notice>}
      <div className="rules-foot">
        {preview.data ? (
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            Сохранить правила
          </Button>
        ) : (
          <Button disabled={!changed || wrong} loading={preview.isPending} onClick={() => preview.mutate(settings)}>
            Посмотреть, что изменится
          </Button>
        )}
        <Button variant="default" disabled={!changed} onClick={() => change(known.settings)}>
          Вернуть как было
        </Button>
        {preview.isPending && <span className="quiet">Сравниваем с мессенджером. Ничего не меняем.</span>}
        {wrong && <span className="tone-failed">Сначала исправьте названия.</span>}
        {saved && !changed && (
          <span role="status" className="tone-done">
            Правила сохранены.{' '}
            <Link to="/organisations/$org/sferum" params={{ org }}>
              Обновить чаты
            </Link>
          </span>
        )}
        {leaving.status === 'blocked' && (
          <span role="alertdialog" aria-label="Правила не сохранены">
            <span className="tone-held">Правила изменены, но не сохранены. </span>
            <Button variant="default" size="compact-md" onClick={leaving.reset}>
              Остаться
            </Button>{' '}
            <Button color="red" size="compact-md" onClick={leaving.proceed}>
              Уйти без сохранения
            </Button>
          </span>
        )}
      </div>
    </form>
  )
}
