import type { Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: { staff: [{ personId: 'учитель', teaches: true }] },
  links: { учитель: '1' },
  known: [
    {
      key: 'TEACHER',
      kind: 'TEACHER',
      title: 'Учительская',
      titleBy: 'administrator',
      seen: { title: 'Болталка', accounts: ['1'] },
      members: [['учитель', 'TEACHER', 'member', '1']],
    },
  ],
  steps: [{ kind: 'rename-chat', key: 'TEACHER', from: 'Болталка', to: 'Учительская' }],
}
