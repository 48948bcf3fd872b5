import { Checkbox } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import type { PlanChat } from '#contract/plans.ts'
import { chats as chatsOf } from '../text/plurals.ts'
import { hold } from '../text/reasons.ts'
import { More } from '../ui/More.tsx'
import { useMore } from '../ui/use-more.ts'

type Props = { chats: PlanChat[]; approved: ReadonlySet<string>; onApprove: (key: string, on: boolean) => void }

/** What the guard stopped, with its numbers, apart from what will be done; what may be let through has a checkbox. */
export function PlanHeld({ chats, approved, onApprove }: Props) {
  // What waits for a decision before what waits for somebody else.
  const sorted = chats.toSorted((a, b) => Number(isApprovable(b)) - Number(isApprovable(a)))
  const { rows, ...rest } = useMore(sorted, 20)
  return (
    <section className="held" aria-labelledby="held-steps">
      <h3 id="held-steps">
        <IconHandStop size={18} aria-hidden /> Задержано: {chatsOf(chats.length)}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard. */}
      <section className="held-list" tabIndex={0} aria-label="Задержанные изменения">
        <ul>
          {rows.map((chat) => (
            <li key={chat.key}>
              <div>
                <strong>{chat.title}</strong>
                {chat.held.map(({ reason, count, of }) => (
                  <div key={reason} className="small">
                    {hold(reason, count, of)}
                  </div>
                ))}
              </div>
              {isApprovable(chat) && (
                <Checkbox
                  label="Разрешить"
                  aria-label={`Разрешить: ${chat.title}`}
                  checked={approved.has(chat.key)}
                  onChange={(event) => onApprove(chat.key, event.currentTarget.checked)}
                />
              )}
            </li>
          ))}
        </ul>
        <More {...rest} />
      </section>
    </section>
  )
}

const isApprovable = ({ held }: PlanChat): boolean => held.some(({ approvable }) => approvable)
