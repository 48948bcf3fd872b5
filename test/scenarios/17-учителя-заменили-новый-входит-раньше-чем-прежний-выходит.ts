import { classChat, parentsChat } from './pieces.ts'
import { leaver, ofClass, type Scenario, teacher } from './scenario.ts'

// Untis Messenger never removes teachers, so a replaced one reads on for years (help.untis.at 360009283420).
const gone = (key: string) => ({
  kind: 'remove-member' as const,
  ...leaver(key, 'прежний', '1', 'TEACHER'),
  becomes: 'removed' as const,
})

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['новый'], ['аня', 'боря']),
  links: { прежний: '1', новый: '2', аня: '3', боря: '4' },
  known: [
    classChat(
      '5а',
      '5А',
      [['прежний', '1']],
      [
        ['аня', '3'],
        ['боря', '4'],
      ],
    ),
    parentsChat('5а', '5А', [['прежний', '1']]),
  ],
  steps: [
    { kind: 'add-member', ...teacher('CLASS:5а', 'новый', '2', '5А') },
    gone('CLASS:5а'),
    { kind: 'add-member', ...teacher('PARENTS:5а', 'новый', '2', '5А') },
    gone('PARENTS:5а'),
  ],
}
