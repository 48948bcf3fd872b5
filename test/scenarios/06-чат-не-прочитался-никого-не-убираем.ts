import type { Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: { staff: [{ personId: 'новый', teaches: true }] },
  links: { новый: '5' },
  known: [
    {
      key: 'TEACHER',
      kind: 'TEACHER',
      title: 'Учительский чат',
      seen: 'unread',
      members: [['уволен', 'TEACHER', 'member', '1']],
    },
  ],
  steps: [],
}
