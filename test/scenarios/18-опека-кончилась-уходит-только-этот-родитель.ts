import { classChat, parentsChat } from './pieces.ts'
import { leaver, ofClass, type Scenario } from './scenario.ts'

// edutech: a guardian marked «No rights» has to leave, and neither the other one nor the child has to notice.
export const scenario: Scenario = {
  roster: { ...ofClass('5а', '5А', ['учитель'], ['аня']), guardians: [{ pupilId: 'аня', guardianId: 'мама' }] },
  links: { учитель: '1', аня: '2', мама: '3', папа: '4' },
  known: [
    classChat('5а', '5А', [['учитель', '1']], [['аня', '2']]),
    parentsChat(
      '5а',
      '5А',
      [['учитель', '1']],
      [
        ['мама', '3'],
        ['папа', '4'],
      ],
    ),
  ],
  steps: [{ kind: 'remove-member', ...leaver('PARENTS:5а', 'папа', '4', 'PARENT'), becomes: 'removed' }],
}
