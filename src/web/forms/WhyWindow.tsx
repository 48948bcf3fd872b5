import '../table/trust.css'
import { Button, Modal, Skeleton, Stack } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Why } from '#contract/runs.ts'
import { call } from '../api/client.ts'
import { whyQuery } from '../api/queries.ts'
import { moment } from '../text/dates.ts'
import { explain } from '../text/errors.ts'
import { messengerErrors } from '../text/messenger-errors.ts'
import { fullName } from '../text/names.ts'
import { memberStates, reason } from '../text/reasons.ts'
import { stepStates, stepTitles } from '../text/runs.ts'
import { factSentence, nextSentence, whySentence } from '../text/why.ts'
import { Failed, Notice } from '../ui/states.tsx'

type Props = { org: string; chat: string; person: string | null; onClose: () => void }

/** «Почему?»: everything that decides whether a person is in a chat. */
export function WhyWindow({ org, chat, person, onClose }: Props) {
  return (
    <Modal opened={person !== null} onClose={onClose} size="lg" title="Почему?" closeButtonProps={{ 'aria-label': 'Закрыть окно' }}>
      {person !== null && <Answer org={org} chat={chat} person={person} />}
    </Modal>
  )
}

function Answer({ org, chat, person }: { org: string; chat: string; person: string }) {
  const why = useQuery(whyQuery(org, chat, person))
  const sync = useMutation({
    mutationFn: () => call('syncOnePerson', { params: { org, person } }),
  })
  if (why.isError) return <Failed error={why.error} onRetry={() => void why.refetch()} />
  if (!why.data) return <Skeleton height={280} />
  return (
    <Stack>
      <p className="letter">{whySentence(why.data)}</p>
      <Details why={why.data} />
      {sync.isError && <Notice tone="failed">{explain(sync.error)}</Notice>}
      {sync.isSuccess && <Notice tone="done">Чаты этого человека приводятся в порядок. Итог будет в журнале.</Notice>}
      <div>
        <Button variant="default" loading={sync.isPending} onClick={() => sync.mutate()}>
          Синхронизировать этого человека
        </Button>
      </div>
    </Stack>
  )
}

function Details({ why }: { why: Why }) {
  return (
    <dl className="why">
      <dt>Правило</dt>
      <dd>{why.rule ? reason(why.rule.code, why.rule.of) : 'ни одно правило не относит этого человека к чату'}</dd>
      <dt>Реестр школы</dt>
      <dd>
        {why.facts.length === 0 ? (
          'записей, связанных с этим чатом, нет'
        ) : (
          <ul>
            {why.facts.map((fact) => (
              <li key={`${fact.kind} ${fact.of} ${fact.startsOn}`} className={fact.current ? '' : 'quiet'}>
                {factSentence(fact)}
              </li>
            ))}
          </ul>
        )}
      </dd>
      <dt>Профиль Сферум</dt>
      <dd>{why.link ? `связан, ${moment(why.link.since)}` : 'не связан'}</dd>
      <dt>Состояние</dt>
      <dd>{why.state ? memberStates[why.state] : 'в списке чата нет'}</dd>
      <dt>Что ответил мессенджер</dt>
      <dd>
        {why.answers.length === 0 ? (
          'об этом человеке в этом чате его ещё не спрашивали'
        ) : (
          <ul>
            {why.answers.map((answer) => (
              <li key={`${answer.runId} ${answer.step}`}>
                {moment(answer.at)}: {stepTitles[answer.step].toLowerCase()}, {stepStates[answer.state].name}
                {answer.failure && `. ${messengerErrors[answer.failure.kind].cause}`}
                {answer.failure?.vendorCode && ` Код VK: ${answer.failure.vendorCode}.`}
              </li>
            ))}
          </ul>
        )}
      </dd>
      <dt>Что будет дальше</dt>
      <dd>{nextSentence(why)}</dd>
    </dl>
  )
}

/** The window's title for whoever reads the button. */
export const whyLabel = (person: Parameters<typeof fullName>[0]): string => `Почему: ${fullName(person)}`
