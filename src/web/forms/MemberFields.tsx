import { Checkbox, Chip, Group, Radio } from '@mantine/core'
import type { ChatSettings } from '#contract/chat-settings.ts'
import { type ChatKind, chatKindNames, chatKinds } from '#contract/kinds.ts'
import type { FieldsProps } from './RulesForm.tsx'

const purposes: Record<ChatKind, string> = {
  CLASS: 'ученики и классный руководитель',
  PARENTS: 'родители и классный руководитель',
  TEACHER: 'все сотрудники школы',
  SUBJECT: 'ученики и учитель предмета, для уроков с отметкой «нужен чат»',
}

type Audience = ChatSettings['rules']['audience']
type Switch = Exclude<keyof Audience, 'guardians'>
const switches: { name: Switch; label: string }[] = [
  { name: 'subjectTeachersInClass', label: 'Учителя-предметники — в чате класса' },
  { name: 'administrationInClass', label: 'Администрация — в чате класса' },
  { name: 'subjectTeachersInParents', label: 'Учителя-предметники — в родительском чате' },
  { name: 'administrationInParents', label: 'Администрация — в родительском чате' },
  { name: 'classTeacherInSubject', label: 'Классный руководитель — в предметном чате' },
  { name: 'administrationInSubject', label: 'Администрация — в предметном чате' },
]

/** Which chats there are, for which classes, and who belongs into them. */
export function MemberFields({ settings, known, onChange }: FieldsProps) {
  const { rules } = settings
  const change = (next: Partial<ChatSettings['rules']>) => onChange({ ...settings, rules: { ...rules, ...next } })
  const chosen = (rules.grades ?? known.grades).map(String)
  return (
    <>
      <section className="card">
        <h2>Какие чаты нужны</h2>
        <p>Если выключить вид или класс, существующие чаты останутся как есть: система перестанет их менять.</p>
        <div className="pairs">
          {chatKinds.map((kind) => (
            <Checkbox
              key={kind}
              label={chatKindNames[kind]}
              description={purposes[kind]}
              checked={rules.kinds[kind]}
              onChange={(event) => change({ kinds: { ...rules.kinds, [kind]: event.currentTarget.checked } })}
            />
          ))}
        </div>
        {known.grades.length > 0 && (
          <Chip.Group
            multiple
            value={chosen}
            onChange={(grades) => {
              const next = known.grades.filter((grade) => grades.includes(String(grade)))
              change({ grades: next.length === known.grades.length ? null : next })
            }}
          >
            <Group gap="xs" mt="md" role="group" aria-label="Параллели, которым нужны чаты">
              <span>Классы:</span>
              {known.grades.map((grade) => (
                <Chip key={grade} value={String(grade)}>
                  {grade}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        )}
      </section>
      <section className="card">
        <h2>Кто ещё состоит в чатах</h2>
        <p>Ученики, родители, классные руководители и учителя предмета состоят в своих чатах всегда. Остальных можно добавить.</p>
        <div className="pairs">
          {switches.map(({ name, label }) => (
            <Checkbox
              key={name}
              label={label}
              checked={rules.audience[name]}
              onChange={(event) => change({ audience: { ...rules.audience, [name]: event.currentTarget.checked } })}
            />
          ))}
        </div>
        <Radio.Group
          mt="md"
          label="Родители ученика"
          value={rules.audience.guardians}
          onChange={(value) => change({ audience: { ...rules.audience, guardians: value === 'first' ? 'first' : 'all' } })}
        >
          <Group mt={6}>
            <Radio value="all" label="все" />
            <Radio value="first" label="только записанный первым" />
          </Group>
        </Radio.Group>
      </section>
    </>
  )
}
