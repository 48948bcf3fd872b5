import { Button, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowBackUp, IconDownload, IconPlayerPlay, IconPlayerStop, IconRepeat } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Run } from '#contract/plans.ts'
import type { JournalRun, RunRefusal } from '#contract/runs.ts'
import { addressOf, call } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { runRefusals } from '../text/runs.ts'
import { Notice } from '../ui/states.tsx'
import { UndoWindow } from './UndoWindow.tsx'

type Can = Record<'stop' | 'resume' | 'retry' | 'undo', RunRefusal | null>

/** What can be done with a run; what cannot stands there with the reason. */
export function RunActions({ org, run, can }: { org: string; run: JournalRun; can: Can }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [undoing, undo] = useDisclosure(false)
  const params = { org, run: run.id }
  const refresh = () =>
    Promise.all([queryClient.invalidateQueries({ queryKey: ['journal', org] }), queryClient.invalidateQueries({ queryKey: ['runs', org] })])
  const act = useMutation({
    mutationFn: (name: 'stopRun' | 'resumeRun' | 'retryRun') => call<Run>(name, { params }),
    onSuccess: async (next) => {
      await refresh()
      if (next.id !== run.id) await navigate({ to: '/organisations/$org/sferum/journal/$run', params: { org, run: next.id } })
    },
    onError: () => void refresh(),
  })
  return (
    <>
      <div className="filter-row">
        {can.stop === null ? (
          <Button
            color="red"
            variant="light"
            leftSection={<IconPlayerStop size={18} aria-hidden />}
            loading={act.isPending}
            onClick={() => act.mutate('stopRun')}
          >
            Остановить
          </Button>
        ) : (
          <WithReason reason={can.resume}>
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={18} aria-hidden />}
              loading={act.isPending && act.variables === 'resumeRun'}
              onClick={() => act.mutate('resumeRun')}
            >
              Продолжить
            </Button>
          </WithReason>
        )}
        <WithReason reason={can.retry}>
          <Button
            variant="default"
            leftSection={<IconRepeat size={18} aria-hidden />}
            loading={act.isPending && act.variables === 'retryRun'}
            onClick={() => act.mutate('retryRun')}
          >
            Повторить неудавшиеся
          </Button>
        </WithReason>
        <WithReason reason={can.undo}>
          <Button variant="default" leftSection={<IconArrowBackUp size={18} aria-hidden />} onClick={undo.open}>
            Отменить запуск
          </Button>
        </WithReason>
        <Button
          component="a"
          href={addressOf('exportRunXlsx', { params })}
          download
          variant="subtle"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          XLSX
        </Button>
        <Button
          component="a"
          href={addressOf('exportRunCsv', { params })}
          download
          variant="subtle"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          CSV
        </Button>
      </div>
      {act.isError && <Notice tone="failed">{explain(act.error)}</Notice>}
      <UndoWindow org={org} run={run.id} opened={undoing} onClose={undo.close} />
    </>
  )
}

/** A forbidden button stays where it is; whoever asks is told why. */
function WithReason({ reason, children }: { reason: RunRefusal | null; children: ReactNode }) {
  if (reason === null) return children
  return (
    <Tooltip label={runRefusals[reason]} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a disabled button takes no focus, and its reason must be readable by keyboard. */}
      <span tabIndex={0} role="note" aria-label={runRefusals[reason]}>
        <fieldset disabled className="plain-fieldset">
          {children}
        </fieldset>
      </span>
    </Tooltip>
  )
}
