import { Checkbox, NumberInput } from '@mantine/core'
import type { ChatSettings } from '#contract/chat-settings.ts'
import { form, number } from '../text/plurals.ts'
import type { FieldsProps } from './RulesForm.tsx'

type Limits = ChatSettings['brake']
type Limit = Exclude<keyof Limits, 'secondApprover'>
const exampleChat = 28
const exampleSchool = 2000

/** How many may go without a question, said with an example that counts along. */
export function BrakeFields({ settings, onChange }: FieldsProps) {
  const { brake } = settings
  const change = (next: Partial<Limits>) => onChange({ ...settings, brake: { ...brake, ...next } })
  const field = (name: Limit, label: string, most: number) => (
    <NumberInput
      aria-label={label}
      w={90}
      min={1}
      max={most}
      clampBehavior="strict"
      allowDecimal={false}
      allowNegative={false}
      value={brake[name]}
      onChange={(value) => typeof value === 'number' && value >= 1 && change({ [name]: value })}
    />
  )
  const inChat = Math.max(brake.chatFewest - 1, Math.floor((exampleChat * brake.chatPercent) / 100))
  const inSchool = Math.max(brake.schoolFewest - 1, Math.floor((exampleSchool * brake.schoolPercent) / 100))
  return (
    <section className="card">
      <h2>Тормоз массовых исключений</h2>
      <p>
        В чате из {exampleChat} человек без вопроса {form(inChat, 'уйдёт', 'уйдут', 'уйдут')} не больше {number(inChat)}; по школе с{' '}
        {number(exampleSchool)} участниками чатов — не больше {number(inSchool)}. Остальное ждёт решения на странице «Удержано». Последний
        взрослый школы и последний человек в чате ждут решения всегда.
      </p>
      <div className="numbers-row">
        <span>Из одного чата за раз: больше</span>
        {field('chatPercent', 'Процент людей одного чата', 100)}
        <span>% людей и не меньше</span>
        {field('chatFewest', 'Не меньше людей одного чата', 50)}
        <span>человек</span>
      </div>
      <div className="numbers-row">
        <span>По школе за раз: больше</span>
        {field('schoolPercent', 'Процент участников школы', 100)}
        <span>% участников и не меньше</span>
        {field('schoolFewest', 'Не меньше участников школы', 1000)}
      </div>
      <div className="numbers-row">
        <span>За семь дней: из чата больше</span>
        {field('weekChatPercent', 'Процент людей чата за семь дней', 100)}
        <span>%, по школе больше</span>
        {field('weekSchoolPercent', 'Процент участников школы за семь дней', 100)}
        <span>%</span>
      </div>
      <Checkbox
        label="Нужно согласие двух администраторов"
        checked={brake.secondApprover}
        onChange={(event) => change({ secondApprover: event.currentTarget.checked })}
      />
    </section>
  )
}
