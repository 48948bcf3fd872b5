import { Button, Group } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Plan } from '#contract/plans.ts'
import { notLinkedSentence, planSentence, strangersSentence, unreadableSentence } from '../text/plan-letter.ts'
import { Notice } from '../ui/states.tsx'
import { PlanChats } from './PlanChats.tsx'
import { PlanHeld } from './PlanHeld.tsx'

type Props = {
  org: string
  plan: Plan
  starting: boolean
  failure: string | null
  onYes: (approved: string[]) => void
  onNo: () => void
}

/** A plan reads like a letter: what will happen and what will not, then chat by chat, then «Да» and «Нет». */
export function PlanView({ org, plan, starting, failure, onYes, onNo }: Props) {
  const { counts } = plan
  const [approved, setApproved] = useState<ReadonlySet<string>>(new Set())
  const first = useRef<HTMLButtonElement>(null)
  // The plan came after the window: its first answer takes the focus that the window kept for it.
  useEffect(() => first.current?.focus({ preventScroll: true }), [])
  const sentence = planSentence(counts)
  const held = plan.chats.filter((chat) => chat.held.length > 0)
  const possible = sentence !== null || approved.size > 0
  const approve = (key: string, on: boolean) => {
    const next = new Set(approved)
    if (on) next.add(key)
    else next.delete(key)
    setApproved(next)
  }
  return (
    <>
      <div className="letter">
        <p>{sentence ?? (plan.empty ? 'Менять нечего: чаты соответствуют реестру школы.' : 'Сейчас менять нечего.')}</p>
        {counts.notLinked > 0 && <p>{notLinkedSentence(counts.notLinked)}</p>}
        {counts.strangers > 0 && <p>{strangersSentence(counts.strangers)}</p>}
        {counts.unreadable > 0 && <p className="tone-held">{unreadableSentence(counts.unreadable)}</p>}
      </div>
      {held.length > 0 && <PlanHeld chats={held} approved={approved} onApprove={approve} />}
      <PlanChats org={org} plan={plan} />
      {failure && <Notice tone="failed">{failure}</Notice>}
      <Group justify="flex-end" className="window-foot">
        <Button ref={possible ? undefined : first} variant={possible ? 'default' : 'filled'} onClick={onNo}>
          {possible ? 'Нет' : 'Закрыть'}
        </Button>
        {possible && (
          <Button ref={first} onClick={() => onYes([...approved])} loading={starting}>
            Да
          </Button>
        )}
      </Group>
    </>
  )
}
