import '../table/trust.css'
import { Button, Group, Modal, Select, Skeleton, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { AdoptTarget, UnknownChat } from '#contract/adopt.ts'
import { call } from '../api/client.ts'
import { unknownChatsQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { members, number } from '../text/plurals.ts'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Empty, Failed, Notice } from '../ui/states.tsx'

/** «Чаты вне реестра»: chats of the connected account that the registry does not know. */
export function UnknownChatsPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/unknown' })
  return (
    <SferumFrame
      org={org}
      title="Чаты вне реестра"
      lead="Чаты служебной учётной записи, которые создала не система. Их можно принять или объединить."
    >
      <Unknown key={org} org={org} />
    </SferumFrame>
  )
}

function Unknown({ org }: { org: string }) {
  const unknown = useQuery(unknownChatsQuery(org))
  const [chosen, setChosen] = useState<UnknownChat | null>(null)
  if (unknown.isError && !unknown.data) return <Failed error={unknown.error} onRetry={() => void unknown.refetch()} />
  if (!unknown.data) {
    return (
      <>
        <p className="quiet" role="status">
          Смотрим, какие чаты есть у служебной учётной записи…
        </p>
        <Skeleton height={240} />
      </>
    )
  }
  return (
    <>
      <div className="card">
        {unknown.data.chats.length === 0 ? (
          <Empty>Все чаты служебной учётной записи, в которых есть люди вашей школы, уже в реестре.</Empty>
        ) : (
          <ul className="rows">
            {unknown.data.chats.map((chat) => (
              <li key={chat.number}>
                <div className="main">
                  <p>{chat.title}</p>
                  <p className="quiet small">
                    {members(chat.members)}, из вашей школы {number(chat.known)}
                    {chat.likely && `; похоже на «${chat.likely.title}»`}
                  </p>
                </div>
                <Button variant="default" onClick={() => setChosen(chat)}>
                  Принять или объединить
                </Button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Modal
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        size="lg"
        title="Что это за чат?"
        closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
      >
        {chosen && <Choice key={chosen.number} org={org} chat={chosen} targets={unknown.data.targets} onClose={() => setChosen(null)} />}
      </Modal>
    </>
  )
}

function Choice({ org, chat, targets, onClose }: { org: string; chat: UnknownChat; targets: AdoptTarget[]; onClose: () => void }) {
  const queryClient = useQueryClient()
  const [key, setKey] = useState(chat.likely?.key ?? null)
  const target = targets.find((one) => one.key === key) ?? null
  const refresh = () => Promise.all(['unknown', 'chats'].map((noun) => queryClient.invalidateQueries({ queryKey: [noun, org] })))
  const adopt = useMutation({
    mutationFn: () => call<{ chatId: string }>('adoptChat', { params: { org }, body: { number: chat.number, key } }),
    onSuccess: refresh,
  })
  const merge = useMutation({
    mutationFn: (into: string) => call<{ runId: string }>('mergeChat', { params: { org }, body: { number: chat.number, into } }),
    onSuccess: refresh,
  })
  if (adopt.data)
    return <Done onClose={onClose}>Чат принят. Кого добавить, покажет план: нажмите «Создать/обновить чаты для организации».</Done>
  if (merge.data) {
    return (
      <Done onClose={onClose}>
        <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: merge.data.runId }}>
          Чаты объединяются: смотреть в журнале
        </Link>
      </Done>
    )
  }
  return (
    <Stack>
      <p>
        В мессенджере: «{chat.title}», {members(chat.members)}.
      </p>
      <Select
        label="Чат школы"
        placeholder="Выберите чат"
        searchable
        nothingFoundMessage="Такого чата нет"
        data={targets.map((one) => ({ value: one.key, label: `${one.title}${one.live ? ' (уже есть)' : ''}` }))}
        value={key}
        onChange={setKey}
      />
      {target && !target.live && (
        <p>Чат станет чатом школы. Его название в мессенджере останется, люди останутся; кого добавить и кто посторонний, покажет план.</p>
      )}
      {target?.live && (
        <p>
          У класса уже есть чат «{target.title}». Он останется основным. Второй чат получит объявление и название «Архив: {chat.title}»;
          люди, которые есть в основном, покинут второй. Остальные останутся в нём. Ничего не удаляется, отменить объединение кнопкой
          нельзя.
        </p>
      )}
      {adopt.isError && <Notice tone="failed">{explain(adopt.error)}</Notice>}
      {merge.isError && <Notice tone="failed">{explain(merge.error)}</Notice>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Ничего не делать
        </Button>
        {target && !target.live && (
          <Button loading={adopt.isPending} onClick={() => adopt.mutate()}>
            Принять чат
          </Button>
        )}
        {target?.live && target.chatId !== null && (
          <Button loading={merge.isPending} onClick={() => merge.mutate(target.chatId ?? '')}>
            Объединить чаты
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function Done({ children, onClose }: { children: React.ReactNode; onClose: () => void }) {
  return (
    <Stack>
      <p role="status">{children}</p>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Закрыть
        </Button>
      </Group>
    </Stack>
  )
}
