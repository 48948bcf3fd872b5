import { classChat, parentsChat } from './pieces.ts'
import { ofClass, type Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: { ...ofClass('5а', '5А', ['учитель'], ['аня', 'боря']), guardians: [{ pupilId: 'боря', guardianId: 'папа' }] },
  links: { учитель: '1', аня: '2', боря: '3', папа: '4' },
  known: [
    classChat(
      '5а',
      '5А',
      [['учитель', '1']],
      [
        ['аня', '2'],
        ['боря', '3'],
      ],
    ),
    parentsChat('5а', '5А', [['учитель', '1']], [['папа', '4']]),
  ],
  steps: [],
}
