import { classChat, crowd, names, parentsChat } from './pieces.ts'
import { ofClass, pupil, type Scenario } from './scenario.ts'

const pupils = crowd('у', 4, 10)

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], names(pupils)),
  links: { учитель: '1', ...Object.fromEntries(pupils.slice(1)) },
  known: [classChat('5а', '5А', [['учитель', '1']], pupils), parentsChat('5а', '5А', [['учитель', '1']])],
  steps: [
    {
      kind: 'remove-member',
      ...pupil('CLASS:5а', 'у1', '10', '5А'),
      becomes: 'waiting',
      approved: false,
      reason: { code: 'unlinked', of: null },
    },
  ],
  waiting: { 'CLASS:5а': ['у1'] },
}
