import { Checkbox, Select } from '@mantine/core'
import type { ChatSettings } from '#contract/chat-settings.ts'
import type { FieldsProps } from './RulesForm.tsx'

type Drift = ChatSettings['drift']

const periods = [
  { value: '0', label: 'не смотреть' },
  { value: '15', label: 'каждые 15 минут' },
  { value: '60', label: 'каждый час' },
  { value: '360', label: 'каждые 6 часов' },
  { value: '1440', label: 'раз в сутки' },
]

/** What to do about people's own changes in the messenger, and how often to look. */
export function DriftFields({ settings, onChange }: FieldsProps) {
  const { drift, schedule } = settings
  const change = (next: Partial<Drift>) => onChange({ ...settings, drift: { ...drift, ...next } })
  const select = <Name extends keyof Drift>(name: Name, label: string, options: { value: Drift[Name]; label: string }[]) => (
    <Select
      label={label}
      allowDeselect={false}
      data={options}
      value={drift[name]}
      onChange={(value) => {
        const known = options.find((option) => option.value === value)
        if (known) change({ [name]: known.value })
      }}
    />
  )
  const every = String(schedule.observeEveryMinutes)
  const offered = periods.some(({ value }) => value === every) ? periods : [...periods, { value: every, label: `каждые ${every} минут` }]
  return (
    <>
      <section className="card">
        <h2>Что делать с изменениями в мессенджере</h2>
        <p>Обо всём этом сообщает страница «Расхождения». Кто вышел сам, того лучше не возвращать насильно.</p>
        <div className="pairs">
          {select('titles', 'Чат переименовали', [
            { value: 'enforce', label: 'вернуть название' },
            { value: 'report', label: 'только сообщить' },
          ])}
          {select('strangers', 'В чате посторонний', [
            { value: 'report', label: 'только сообщить' },
            { value: 'remove', label: 'убрать из чата' },
          ])}
          {select('left', 'Человек вышел сам', [
            { value: 'report', label: 'только сообщить' },
            { value: 'return', label: 'вернуть в чат' },
          ])}
          {select('kicked', 'Человека исключили', [
            { value: 'report', label: 'только сообщить' },
            { value: 'return', label: 'вернуть в чат' },
          ])}
        </div>
        {drift.strangers === 'remove' && (
          <p className="tone-held">Посторонний может оказаться родителем, который ещё не связал профиль: он тоже будет убран.</p>
        )}
      </section>
      <section className="card">
        <h2>Расписание</h2>
        <p>Система сама смотрит на чаты и сообщает, что изменилось. Изменять что-либо сама она начнёт, только если вы это разрешите.</p>
        <div className="pairs">
          <Select
            label="Смотреть на чаты"
            allowDeselect={false}
            data={offered}
            value={every}
            onChange={(value) => {
              if (value === null) return
              onChange({ ...settings, schedule: { ...schedule, observeEveryMinutes: Number(value) } })
            }}
          />
          <Checkbox
            mt={32}
            label="Выполнять самостоятельно то, что не держит тормоз"
            checked={schedule.automatic}
            onChange={(event) => onChange({ ...settings, schedule: { ...schedule, automatic: event.currentTarget.checked } })}
          />
        </div>
      </section>
    </>
  )
}
