import { leaver, ofClass, type Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['новый'], ['аня']),
  links: { прежний: '1', аня: '2' },
  known: [
    {
      key: 'CLASS:5а',
      kind: 'CLASS',
      title: 'Школа - 5А - Чат класса',
      seen: { accounts: ['1', '2'] },
      members: [
        ['прежний', 'TEACHER', 'member', '1'],
        ['аня', 'STUDENT', 'member', '2'],
      ],
    },
    {
      key: 'PARENTS:5а',
      kind: 'PARENTS',
      title: 'Школа - 5А - Родительский чат',
      seen: { accounts: ['1'] },
      members: [['прежний', 'TEACHER', 'member', '1']],
    },
  ],
  // Ученики остались бы одни, а в родительском чате не осталось бы никого: прежний ждёт нового.
  steps: [],
  held: [
    {
      reason: 'last-adult',
      steps: [{ kind: 'remove-member', ...leaver('CLASS:5а', 'прежний', '1', 'TEACHER'), becomes: 'removed' }],
      count: 1,
      of: 1,
      approvable: false,
    },
    {
      reason: 'chat-to-zero',
      steps: [{ kind: 'remove-member', ...leaver('PARENTS:5а', 'прежний', '1', 'TEACHER'), becomes: 'removed' }],
      count: 1,
      of: 1,
      approvable: true,
    },
  ],
  waiting: { 'CLASS:5а': ['новый'], 'PARENTS:5а': ['новый'] },
}
