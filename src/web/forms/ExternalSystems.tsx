import './forms.css'
import { Button, Group, Modal, Skeleton, Stack } from '@mantine/core'
import { useDidUpdate } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { LinkRow, LinkRows } from '#contract/links.ts'
import { call } from '../api/client.ts'
import { affectedChatsQuery, linksQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { count } from '../text/plurals.ts'
import { focusMenuButton } from '../ui/return-focus.ts'
import { Failed, Notice } from '../ui/states.tsx'
import { useLinkSferum } from './use-link-sferum.ts'

/** «Подключение к внешним системам», open while the URL says so: the way back from VK ID opens it too. */
export function ExternalSystems() {
  const { systems, linked } = useSearch({ from: '/inside' })
  const navigate = useNavigate()
  const close = () =>
    void navigate({
      to: '.',
      search: ({ systems: _, linked: __, ...search }: { systems?: 'open'; linked?: 'sferum' }) => search,
      replace: true,
    })
  return (
    <Modal
      opened={systems === 'open'}
      onClose={close}
      size="xl"
      returnFocus={false}
      onExitTransitionEnd={focusMenuButton}
      title="Подключение к внешним системам"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      <Systems justLinked={linked === 'sferum'} onClose={close} />
    </Modal>
  )
}

function Systems({ justLinked, onClose }: { justLinked: boolean; onClose: () => void }) {
  const links = useQuery(linksQuery)
  const [unlinking, setUnlinking] = useState<'no' | 'asking' | 'done'>('no')
  const away = useRef<HTMLButtonElement>(null)
  // The question is gone and its buttons with it.
  useDidUpdate(() => {
    if (unlinking !== 'asking') away.current?.focus()
  }, [unlinking])
  const sferum = links.data?.rows.find((row) => row.system === 'sferum')
  if (unlinking === 'asking') return <Unlink onKept={() => setUnlinking('no')} onDone={() => setUnlinking('done')} />
  return (
    <Stack>
      {justLinked && sferum?.state === 'linked' && (
        <Notice tone="done">Профиль Сферум связан. В течение нескольких секунд вы появитесь в своих чатах.</Notice>
      )}
      {unlinking === 'done' && sferum?.state === 'not-linked' && (
        <Notice tone="done">Профиль Сферум отвязан. Из чатов школы вас уберут в течение нескольких секунд.</Notice>
      )}
      {links.isError ? (
        <Failed error={links.error} onRetry={() => void links.refetch()} />
      ) : (
        <table className="systems">
          <thead>
            <tr>
              <th scope="col">№</th>
              <th scope="col">Система</th>
              <th scope="col">Идентификатор</th>
              <th scope="col">Действия</th>
            </tr>
          </thead>
          <tbody>
            {links.data?.rows.map((row) => <SystemRow key={row.system} row={row} onUnlink={() => setUnlinking('asking')} />) ?? (
              <tr>
                <td colSpan={4}>
                  <Skeleton height={24} mb={12} />
                  <Skeleton height={24} />
                </td>
              </tr>
            )}
          </tbody>
        </table>
      )}
      <Group justify="flex-end" className="window-foot">
        <Button variant="default" onClick={onClose} ref={away}>
          Закрыть
        </Button>
      </Group>
    </Stack>
  )
}

function SystemRow({ row, onUnlink }: { row: LinkRow; onUnlink: () => void }) {
  return (
    <tr>
      <td>{row.number}</td>
      <td>{row.title}</td>
      <td>
        {row.externalId ?? <span className="quiet">{row.state === 'not-configured' ? 'не настроено для организации' : 'не связан'}</span>}
      </td>
      <td>
        <SystemAction row={row} onUnlink={onUnlink} />
      </td>
    </tr>
  )
}

function SystemAction({ row, onUnlink }: { row: LinkRow; onUnlink: () => void }) {
  const link = useLinkSferum()
  switch (row.state) {
    case 'not-configured':
      return <span className="quiet">—</span>
    case 'linked':
      return (
        <Button variant="default" color="red" onClick={onUnlink}>
          ✖ Отвязать от Сферум
        </Button>
      )
    case 'not-linked':
      return (
        <>
          <Button onClick={() => link.mutate()} loading={link.isPending || link.isSuccess}>
            Связать учетную запись со Сферум
          </Button>
          {link.isError && <Notice tone="failed">{explain(link.error)}</Notice>}
        </>
      )
  }
}

function Unlink({ onKept, onDone }: { onKept: () => void; onDone: () => void }) {
  const queryClient = useQueryClient()
  const affected = useQuery(affectedChatsQuery)
  const unlink = useMutation({
    mutationFn: () => call<LinkRows>('unlinkSferum'),
    onSuccess: async (rows) => {
      queryClient.setQueryData(linksQuery.queryKey, rows)
      await queryClient.invalidateQueries({ queryKey: ['my-chats'] })
      onDone()
    },
  })
  const leaving = affected.data?.chats ?? []
  const safe = useRef<HTMLButtonElement>(null)
  useEffect(() => safe.current?.focus(), [])
  return (
    <Stack className="unlinking">
      <h3>Отвязать профиль от Сферум?</h3>
      {affected.isPending && <Skeleton height={48} />}
      {affected.isError && <Failed error={affected.error} onRetry={() => void affected.refetch()} />}
      {affected.data && (
        <div>
          {leaving.length === 0 ? (
            <p>Вы не состоите в чатах школы: в мессенджере ничего не изменится.</p>
          ) : (
            <>
              <p>Вас уберут из {count(leaving.length, 'чата', 'чатов', 'чатов')}:</p>
              <ul className="affected">
                {leaving.map(({ title }, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two chats may bear one title, and the list does not change.
                  <li key={place}>{title}</li>
                ))}
              </ul>
              <p className="quiet">
                Если вы последний взрослый школы в чате с учениками, вы останетесь в нём, пока не появится замена. Связать профиль снова
                можно в любое время.
              </p>
            </>
          )}
        </div>
      )}
      {unlink.isError && <Notice tone="failed">{explain(unlink.error)}</Notice>}
      <Group justify="flex-end" className="window-foot">
        <Button variant="default" onClick={onKept} ref={safe}>
          Не отвязывать
        </Button>
        <Button color="red" onClick={() => unlink.mutate()} loading={unlink.isPending} disabled={!affected.data}>
          Отвязать
        </Button>
      </Group>
    </Stack>
  )
}
