import { Button, Checkbox, Skeleton, TextInput, VisuallyHidden } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconDownload, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChatDetails, ChatMember } from '#contract/chats.ts'
import { addressOf } from '../api/client.ts'
import { membersQuery } from '../api/queries.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { number } from '../text/plurals.ts'
import { memberStates, roleNames } from '../text/reasons.ts'
import { More } from '../ui/More.tsx'
import { Empty, Failed } from '../ui/states.tsx'
import { useMore } from '../ui/use-more.ts'
import { WhyWindow, whyLabel } from './WhyWindow.tsx'

type Props = { org: string; chat: ChatDetails; onAsking: (asking: boolean) => void }

/** «Участники чата»: who has linked (✓) and who has not (✕). */
export function ChatMembers({ org, chat, onAsking }: Props) {
  const [typed, setTyped] = useState('')
  const [onlyNotLinked, setOnlyNotLinked] = useState(false)
  const [why, setWhyOf] = useState<string | null>(null)
  const setWhy = (person: string | null) => {
    setWhyOf(person)
    onAsking(person !== null)
  }
  const [q] = useDebouncedValue(typed.trim(), 250)
  const filter = { q: q || undefined, linked: onlyNotLinked ? ('no' as const) : undefined }
  const members = useQuery(membersQuery(org, chat.id, filter))
  return (
    <section aria-labelledby="members-of-chat">
      <h3 id="members-of-chat">Участники чата</h3>
      <p className="quiet">
        Связали {number(chat.counts.linked)} из {number(chat.counts.total)}
        {breakdown(chat.counts)}
      </p>
      <div className="members-tools">
        <TextInput
          type="search"
          aria-label="Поиск по имени"
          placeholder="Поиск по имени"
          leftSection={<IconSearch size={18} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          // The list is filtered already; Enter must not save the title.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
        <Checkbox label="не связали" checked={onlyNotLinked} onChange={(event) => setOnlyNotLinked(event.currentTarget.checked)} />
        <Button
          component="a"
          href={addressOf('exportMembers', { params: { org, chat: chat.id }, query: filter })}
          download
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          Выгрузить в XLSX
        </Button>
      </div>
      {members.isError && <Failed error={members.error} onRetry={() => void members.refetch()} />}
      {members.isPending && <Skeleton height={240} />}
      {members.data && (
        <MemberTable key={`${q}${onlyNotLinked}`} rows={members.data.rows} filtered={q !== '' || onlyNotLinked} onWhy={setWhy} />
      )}
      <WhyWindow org={org} chat={chat.id} person={why} onClose={() => setWhy(null)} />
    </section>
  )
}

/** Where those who belong here are now; the numbers add up to the total. */
function breakdown({ member, invited, planned, waiting, left, failed }: ChatDetails['counts']): string {
  const parts = [
    member > 0 && `в чате ${number(member)}`,
    invited > 0 && `приглашены ${number(invited)}`,
    planned > 0 && `будут добавлены ${number(planned)}`,
    waiting > 0 && `ждут связки ${number(waiting)}`,
    left > 0 && `вышли сами ${number(left)}`,
    failed > 0 && `не удалось добавить ${number(failed)}`,
  ].filter((part) => part !== false)
  return parts.length > 0 ? `: ${parts.join(', ')}` : ''
}

type TableProps = { rows: ChatMember[]; filtered: boolean; onWhy: (person: string) => void }

function MemberTable({ rows, filtered, onWhy }: TableProps) {
  const { rows: shown, ...rest } = useMore(rows, 100)
  if (rows.length === 0) {
    return <Empty>{filtered ? 'Никто не подходит под этот отбор.' : 'Участники появятся после первой синхронизации.'}</Empty>
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard.
    <section className="members" tabIndex={0} aria-label="Список участников">
      <table>
        <thead>
          <tr>
            <th scope="col">Фамилия, имя, отчество</th>
            <th scope="col">Роль</th>
            <th scope="col">Профиль</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((member) => (
            <tr key={member.personId}>
              <td>
                {fullName(member)}{' '}
                <Button variant="subtle" size="compact-xs" aria-label={whyLabel(member)} onClick={() => onWhy(member.personId)}>
                  Почему?
                </Button>
                {needsWords(member) && <div className="quiet small">{wordsOf(member)}</div>}
              </td>
              <td>
                <span className="kind">
                  {member.role}
                  <small>{roleNames[member.role]}</small>
                </span>
              </td>
              <td className={`mark ${member.linked ? 'tone-done' : 'tone-failed'}`}>
                <span aria-hidden>{member.linked ? '✓' : '✕'}</span>
                <VisuallyHidden>{member.linked ? 'связан' : 'не связан'}</VisuallyHidden>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More {...rest} />
    </section>
  )
}

/** ✓ and ✕ say it all for those who are in the chat or wait for a link. */
const needsWords = ({ state }: ChatMember): boolean => state !== 'member' && state !== 'waiting'

function wordsOf({ state, failure }: ChatMember): string {
  if (failure === null) return memberStates[state]
  const { cause, remedy } = messengerErrors[failure.kind]
  return `${memberStates[state]}: ${cause} ${remedy}${failure.vendorCode ? ` Код VK: ${failure.vendorCode}.` : ''}`
}
