import { Button, Checkbox, Group, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { HeldChat, HeldPerson } from '#contract/held.ts'
import { call } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { fullName } from '../text/names.ts'
import { people as peopleOf } from '../text/plurals.ts'
import { hold, reason, roleNames } from '../text/reasons.ts'
import { Notice } from '../ui/states.tsx'

type Props = { org: string; chat: HeldChat; twoApprovers: boolean }
type Decision = 'approve' | 'reject' | 'reconsider'
type Answer = { decided: number; awaitSecond: number; runId: string | null }

/** One chat's removals that the brake holds: why, who, and what to do about it. */
export function HeldCard({ org, chat, twoApprovers }: Props) {
  const queryClient = useQueryClient()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState(false)
  const decide = useMutation({
    mutationFn: ({ decision, people }: { decision: Decision; people: HeldPerson[] }) =>
      call<Answer>('decideHeld', {
        params: { org },
        body: { decision, people: people.map(({ personId }) => ({ chatId: chat.chatId, personId })) },
      }),
    onSuccess: () => {
      setAsking(false)
      setChosen(new Set())
      return Promise.all([
        queryClient.invalidateQueries({ queryKey: ['held', org] }),
        queryClient.invalidateQueries({ queryKey: ['health', org] }),
      ])
    },
  })
  const selected = chosen.size > 0 ? chat.people.filter((person) => chosen.has(person.personId)) : chat.people
  const mine = twoApprovers && selected.every((person) => person.firstApproval?.byMe)
  const toggle = (id: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(id)
    else next.delete(id)
    setChosen(next)
  }
  return (
    <section className="card held-card" aria-label={chat.title}>
      <header>
        <h2>{chat.title}</h2>
        <p className="tone-held">{hold(chat.hold, chat.count, chat.of)}</p>
      </header>
      <ul className="rows">
        {chat.people.map((person) => (
          <li key={person.personId}>
            <Checkbox
              aria-label={fullName(person)}
              checked={chosen.has(person.personId)}
              onChange={(event) => toggle(person.personId, event.currentTarget.checked)}
            />
            <div className="main">
              <p>{fullName(person)}</p>
              <p className="quiet small">
                {roleNames[person.role]}: {reason(person.reason, person.of)}
              </p>
            </div>
            <Decided person={person} onReconsider={() => decide.mutate({ decision: 'reconsider', people: [person] })} />
          </li>
        ))}
      </ul>
      <footer>
        {chat.approvable ? (
          <>
            <Button disabled={mine} onClick={() => setAsking(true)}>
              Одобрить исключение: {peopleOf(selected.length)}
            </Button>
            <Button variant="default" loading={decide.isPending} onClick={() => decide.mutate({ decision: 'reject', people: selected })}>
              Не исключать
            </Button>
            {mine && <span className="quiet">Вы уже одобрили. Нужно согласие второго администратора.</span>}
          </>
        ) : (
          <span>Одобрить нельзя: ученики остались бы одни. Пусть новый классный руководитель сначала свяжет профиль.</span>
        )}
        {decide.isError && <Notice tone="failed">{explain(decide.error)}</Notice>}
        {decide.data && <Result org={org} answer={decide.data} />}
      </footer>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title="Исключить из чата?"
        closeButtonProps={{ 'aria-label': 'Закрыть окно' }}
      >
        <p>
          Из чата «{chat.title}» будут исключены {peopleOf(selected.length)}: {selected.slice(0, 10).map(fullName).join(', ')}
          {selected.length > 10 && ` и ещё ${peopleOf(selected.length - 10)}`}.
        </p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            Оставить в чате
          </Button>
          <Button color="red" loading={decide.isPending} onClick={() => decide.mutate({ decision: 'approve', people: selected })}>
            {twoApprovers ? 'Одобрить' : 'Исключить'}
          </Button>
        </Group>
      </Modal>
    </section>
  )
}

function Decided({ person, onReconsider }: { person: HeldPerson; onReconsider: () => void }) {
  const words =
    person.decision === 'approved'
      ? 'одобрено, будет исключён'
      : person.decision === 'rejected'
        ? 'решено не исключать'
        : person.firstApproval
          ? 'одобрил один администратор'
          : null
  if (words === null) return null
  return (
    <span className="side">
      <span className={person.decision === 'approved' ? 'tone-held' : 'quiet'}>{words}</span>
      <Button variant="subtle" size="compact-sm" onClick={onReconsider}>
        Передумать
      </Button>
    </span>
  )
}

function Result({ org, answer }: { org: string; answer: Answer }) {
  if (answer.awaitSecond > 0)
    return <Notice tone="held">Одобрено вами: {peopleOf(answer.awaitSecond)}. Ждём второго администратора.</Notice>
  if (answer.runId === null) return null
  return (
    <Link to="/organisations/$org/sferum/journal/$run" params={{ org, run: answer.runId }}>
      Исключение выполняется: смотреть в журнале
    </Link>
  )
}
