import { Button, Group, Loader, Modal, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Plan, Run } from '#contract/plans.ts'
import { ApiProblem, call } from '../api/client.ts'
import { currentRunQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { RunPanel } from '../ui/RunPanel.tsx'
import { Notice } from '../ui/states.tsx'
import { isUnderWay } from '../ui/use-run.ts'
import { PlanChats } from './PlanChats.tsx'
import { PlanLetter } from './PlanLetter.tsx'

type Props = { org: string; opened: boolean; onClose: () => void; underWay: Run | null }

/** The confirmation: what will happen, before «Да»; then the run. */
export function PlanWindow({ org, opened, onClose, underWay }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      title="Создать/обновить чаты для организации"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      <PlanContents org={org} onClose={onClose} underWay={underWay} />
    </Modal>
  )
}

function PlanContents({ org, onClose, underWay }: Omit<Props, 'opened'>) {
  const queryClient = useQueryClient()
  const [approved, setApproved] = useState<ReadonlySet<string>>(new Set())
  const [outdated, setOutdated] = useState(false)
  const [runId, setRunId] = useState<string | null>(underWay?.id ?? null)
  const plan = useMutation({ mutationFn: () => call<Plan>('makePlan', { params: { org } }) })
  const renew = () => {
    setOutdated(true)
    setApproved(new Set())
    setRunId(null)
    plan.mutate()
  }
  const start = useMutation({
    mutationFn: ({ id, fingerprint }: Plan) =>
      call<{ run: Run; joined: boolean }>('startRun', { params: { org }, body: { plan: id, fingerprint, approved: [...approved] } }),
    onSuccess: ({ run }) => {
      queryClient.setQueryData(currentRunQuery(org).queryKey, { run })
      setRunId(run.id)
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'plan-outdated') renew()
    },
  })
  const run = queryClient.getQueryData(currentRunQuery(org).queryKey)?.run ?? null
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plan is made once, when the window opens without a run.
  useEffect(() => {
    if (runId === null) plan.mutate()
  }, [])
  const stale = run !== null && run.id === runId && run.state === 'stale'
  // biome-ignore lint/correctness/useExhaustiveDependencies: renew is made anew at every render; the run's end is what counts.
  useEffect(() => {
    if (stale) renew()
  }, [stale])

  if (runId !== null && run?.id === runId && !stale) return <Running org={org} run={run} onClose={onClose} />
  if (plan.isPending || plan.isIdle) {
    return (
      <Group role="status" py="xl" justify="center">
        <Loader size="sm" />
        {outdated ? 'План устарел: составляем новый…' : 'Сверяем реестр школы с мессенджером…'}
      </Group>
    )
  }
  if (plan.isError) {
    return (
      <Stack>
        <Notice tone="failed">{explain(plan.error)}</Notice>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Закрыть
          </Button>
          <Button onClick={() => plan.mutate()}>Попробовать ещё раз</Button>
        </Group>
      </Stack>
    )
  }
  const released = plan.data.chats.some((chat) => approved.has(chat.key))
  const nothingToDo = plan.data.empty || (!hasSteps(plan.data) && !released)
  return (
    <Stack>
      {outdated && <Notice tone="held">План устарел: за это время что-то изменилось. Ниже новый план.</Notice>}
      <PlanLetter plan={plan.data} />
      <PlanChats
        org={org}
        plan={plan.data}
        approved={approved}
        onApprove={(key, on) => {
          const next = new Set(approved)
          if (on) next.add(key)
          else next.delete(key)
          setApproved(next)
        }}
      />
      {start.isError && <Notice tone="failed">{explain(start.error)}</Notice>}
      {nothingToDo ? (
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Закрыть
          </Button>
        </Group>
      ) : (
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Нет
          </Button>
          <Button onClick={() => start.mutate(plan.data)} loading={start.isPending} data-autofocus>
            Да
          </Button>
        </Group>
      )}
    </Stack>
  )
}

const hasSteps = ({ counts }: Plan): boolean => counts.create + counts.rename + counts.add + counts.invite + counts.remove > 0

function Running({ org, run, onClose }: { org: string; run: Run; onClose: () => void }) {
  const queryClient = useQueryClient()
  return (
    <Stack>
      <RunPanel org={org} run={run} onChange={() => void queryClient.invalidateQueries({ queryKey: ['chats', org] })} />
      <Group justify="flex-end">
        <Button onClick={onClose} variant={isUnderWay(run) ? 'default' : 'filled'}>
          Закрыть
        </Button>
      </Group>
    </Stack>
  )
}
