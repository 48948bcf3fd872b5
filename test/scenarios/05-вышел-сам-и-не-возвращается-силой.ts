import type { Scenario } from './scenario.ts'

export const scenario: Scenario = {
  roster: { staff: [{ personId: 'учитель', teaches: true }] },
  links: { учитель: '1' },
  known: [
    {
      key: 'TEACHER',
      kind: 'TEACHER',
      title: 'Учительский чат',
      // Посторонний (9) в чате: о нём сообщаем, его не трогаем.
      seen: { accounts: ['9'] },
      members: [['учитель', 'TEACHER', 'member', '1']],
    },
  ],
  steps: [],
  strangers: 1,
}
