import { ofClass, type Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], ['аня']),
  links: { учитель: '1', аня: '2' },
  known: [
    {
      key: 'CLASS:5а',
      kind: 'CLASS',
      title: 'Школа - 5А - Чат класса',
      seen: { accounts: ['1', '2'] },
      members: [
        ['учитель', 'TEACHER', 'member', '1'],
        ['аня', 'STUDENT', 'member', '2'],
      ],
    },
    {
      key: 'PARENTS:5а',
      kind: 'PARENTS',
      title: 'Школа - 5А - Родительский чат',
      seen: { accounts: ['1'] },
      members: [['учитель', 'TEACHER', 'member', '1']],
    },
  ],
  steps: [],
}
