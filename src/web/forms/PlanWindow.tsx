import './forms.css'
import { Button, Group, Loader, Modal, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Plan, Run } from '#contract/plans.ts'
import { ApiProblem, call } from '../api/client.ts'
import { currentRunQuery } from '../api/queries.ts'
import { explain } from '../text/errors.ts'
import { RunPanel } from '../ui/RunPanel.tsx'
import { Notice } from '../ui/states.tsx'
import { isUnderWay, type WatchedRun } from '../ui/use-run.ts'
import { PlanView } from './PlanView.tsx'

type Props = { org: string; opened: boolean; onClose: () => void; watched: WatchedRun }

/** The confirmation: what will happen, before «Да»; then the run. */
export function PlanWindow({ org, opened, onClose, watched }: Props) {
  const phone = useMediaQuery('(max-width: 767px)')
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      fullScreen={phone}
      title="Создать/обновить чаты для организации"
      closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
    >
      <PlanContents org={org} onClose={onClose} watched={watched} />
    </Modal>
  )
}

function PlanContents({ org, onClose, watched }: Omit<Props, 'opened'>) {
  const queryClient = useQueryClient()
  const { run } = watched
  const [outdated, setOutdated] = useState(false)
  // A run that is under way when the window opens is shown instead of a plan.
  const [runId, setRunId] = useState<string | null>(run !== null && isUnderWay(run) ? run.id : null)
  const plan = useMutation({ mutationFn: () => call<Plan>('makePlan', { params: { org } }) })
  const renew = () => {
    setOutdated(true)
    setRunId(null)
    start.reset()
    plan.mutate()
  }
  const start = useMutation({
    mutationFn: ({ plan: { id, fingerprint }, approved }: { plan: Plan; approved: string[] }) =>
      call<{ run: Run; joined: boolean }>('startRun', { params: { org }, body: { plan: id, fingerprint, approved } }),
    onSuccess: ({ run: started }) => {
      queryClient.setQueryData(currentRunQuery(org).queryKey, { run: started })
      setRunId(started.id)
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'plan-outdated') renew()
    },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plan is made once, when the window opens without a run.
  useEffect(() => {
    if (runId === null) plan.mutate()
  }, [])
  const stale = run !== null && run.id === runId && run.state === 'stale'
  // biome-ignore lint/correctness/useExhaustiveDependencies: renew is made anew at every render; the run's end is what counts.
  useEffect(() => {
    if (stale) renew()
  }, [stale])

  if (run !== null && run.id === runId && !stale) {
    return (
      <Stack>
        <RunPanel org={org} watched={watched} inWindow />
        <Group justify="flex-end" className="window-foot">
          <Button onClick={onClose} variant={isUnderWay(run) ? 'default' : 'filled'} data-autofocus>
            Закрыть
          </Button>
        </Group>
      </Stack>
    )
  }
  if (plan.isError) {
    return (
      <Stack>
        <Notice tone="failed">{explain(plan.error)}</Notice>
        <Group justify="flex-end" className="window-foot">
          <Button variant="default" onClick={onClose}>
            Закрыть
          </Button>
          <Button onClick={() => plan.mutate()}>Попробовать ещё раз</Button>
        </Group>
      </Stack>
    )
  }
  if (!plan.data) {
    return (
      <Group role="status" py="xl" justify="center">
        <Loader size="sm" aria-hidden />
        {outdated ? 'План устарел: составляем новый…' : 'Сравниваем журнал с мессенджером…'}
      </Group>
    )
  }
  return (
    <Stack>
      {outdated && <Notice tone="held">План устарел: за это время что-то изменилось. Ниже новый план.</Notice>}
      <PlanView
        key={plan.data.id}
        org={org}
        plan={plan.data}
        starting={start.isPending}
        failure={start.isError ? explain(start.error) : null}
        onYes={(approved) => start.mutate({ plan: plan.data, approved })}
        onNo={onClose}
      />
    </Stack>
  )
}
