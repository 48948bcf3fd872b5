import { ofClass, pupil, type Scenario, teacher } from './scenario.ts'

export const scenario: Scenario = {
  way: 'invite',
  roster: ofClass('5а', '5А', ['учитель'], ['аня']),
  links: { учитель: '1', аня: '2' },
  known: [
    {
      key: 'CLASS:5а',
      kind: 'CLASS',
      title: 'Школа - 5А - Чат класса',
      seen: { accounts: [] },
      members: [],
    },
    {
      key: 'PARENTS:5а',
      kind: 'PARENTS',
      title: 'Школа - 5А - Родительский чат',
      seen: { accounts: ['1'] },
      members: [['учитель', 'TEACHER', 'member', '1']],
    },
  ],
  steps: [{ kind: 'invite-member', ...teacher('CLASS:5а', 'учитель', '1', '5А') }],
  held: [
    {
      reason: 'no-linked-adult',
      steps: [{ kind: 'invite-member', ...pupil('CLASS:5а', 'аня', '2', '5А') }],
      count: 1,
      of: 1,
      approvable: false,
    },
  ],
}
