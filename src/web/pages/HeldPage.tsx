import '../table/trust.css'
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { heldQuery } from '../api/queries.ts'
import { HeldCard } from '../forms/HeldCard.tsx'
import { More } from '../ui/More.tsx'
import { SferumFrame } from '../ui/SferumFrame.tsx'
import { Empty, Failed, Notice } from '../ui/states.tsx'
import { useMore } from '../ui/use-more.ts'

/** «Удержано»: removals that the brake stopped and that wait for a person's word. */
export function HeldPage() {
  const { org } = useParams({ from: '/inside/organisations/$org/sferum/held' })
  return (
    <SferumFrame org={org} title="Удержано" lead="Исключения из чатов, которые ждут вашего решения. Остальное выполняется как обычно.">
      <HeldChats key={org} org={org} />
    </SferumFrame>
  )
}

function HeldChats({ org }: { org: string }) {
  const held = useQuery(heldQuery(org))
  const { rows, ...rest } = useMore(held.data?.chats ?? [], 20)
  if (held.isError && !held.data) return <Failed error={held.error} onRetry={() => void held.refetch()} />
  if (!held.data) return <Skeleton height={320} />
  if (held.data.chats.length === 0) {
    return (
      <div className="card">
        <Empty
          action={
            <Link to="/organisations/$org/sferum/rules" params={{ org }}>
              Посмотреть пороги в «Правилах чатов»
            </Link>
          }
        >
          Тормоз ничего не держит. Если реестр захочет исключить слишком многих сразу, вопрос появится здесь.
        </Empty>
      </div>
    )
  }
  return (
    <>
      {held.data.twoApprovers && (
        <div className="card panel">
          <Notice tone="quiet">Школа требует согласия двух администраторов: первое одобрение ждёт второго человека.</Notice>
        </div>
      )}
      {rows.map((chat) => (
        <HeldCard key={`${chat.chatId} ${chat.hold}`} org={org} chat={chat} twoApprovers={held.data.twoApprovers} />
      ))}
      <More {...rest} />
    </>
  )
}
