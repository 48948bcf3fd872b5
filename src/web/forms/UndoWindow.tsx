import './forms.css'
import { Button, Group, Loader, Modal, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Plan, Run } from '#contract/plans.ts'
import { call } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { number } from '../text/plurals.ts'
import { Notice } from '../ui/states.tsx'
import { PlanChats } from './PlanChats.tsx'

type Props = { org: string; run: string; opened: boolean; onClose: () => void }

/** «Отменить запуск»: the inverse plan, read before anything happens. */
export function UndoWindow({ org, run, opened, onClose }: Props) {
  const phone = useMediaQuery('(max-width: 767px)')
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      fullScreen={phone}
      title="Отменить запуск"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      <Contents org={org} run={run} onClose={onClose} />
    </Modal>
  )
}

function Contents({ org, run, onClose }: Omit<Props, 'opened'>) {
  const navigate = useNavigate()
  const plan = useMutation({ mutationFn: () => call<Plan>('planUndo', { params: { org, run } }) })
  const start = useMutation({
    mutationFn: ({ id, fingerprint }: Plan) => call<{ run: Run }>('startRun', { params: { org }, body: { plan: id, fingerprint } }),
    onSuccess: ({ run: started }) =>
      navigate({ to: '/organisations/$org/sferum/journal/$run', params: { org, run: started.id } }).then(onClose),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plan is made once, when the window opens.
  useEffect(() => plan.mutate(), [])
  if (plan.isError) return <Notice tone="failed">{explain(plan.error)}</Notice>
  if (!plan.data) {
    return (
      <Group role="status" py="xl" justify="center">
        <Loader size="sm" aria-hidden />
        Смотрим, что сейчас в мессенджере…
      </Group>
    )
  }
  const { counts, empty } = plan.data
  const back = counts.add + counts.invite
  const parts = [
    back > 0 && `вернуть ${number(back)}`,
    counts.remove > 0 && `убрать ${number(counts.remove)}`,
    counts.rename > 0 && `вернуть названий ${number(counts.rename)}`,
  ].filter(Boolean)
  return (
    <Stack>
      <div className="letter">
        <p>{empty ? 'Отменять нечего: в мессенджере уже всё как до запуска.' : `Чтобы отменить запуск, нужно ${parts.join(', ')}.`}</p>
        <p>
          Сначала исправьте реестр или правила: иначе следующая синхронизация сделает то же самое снова. После отмены автоматические
          синхронизации остановятся, пока вы сами не нажмёте «Создать/обновить чаты». Созданные чаты останутся: в них могли написать.
        </p>
      </div>
      <PlanChats org={org} plan={plan.data} />
      {start.isError && <Notice tone="failed">{explain(start.error)}</Notice>}
      <Group justify="flex-end" className="window-foot">
        <Button variant="default" onClick={onClose} data-autofocus>
          Оставить как есть
        </Button>
        {!empty && (
          <Button color="red" loading={start.isPending} onClick={() => start.mutate(plan.data)}>
            Отменить запуск: {parts.join(', ')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}
