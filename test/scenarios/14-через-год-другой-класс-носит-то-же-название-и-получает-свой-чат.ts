import { classChat, parentsChat } from './pieces.ts'
import { pupil, type Scenario, teacher } from './scenario.ts'

// nextcloud/spreed#7348: next year's 06a are other pupils, and last year's messages were theirs to read.
// A chat belongs to the class, not to its title: last year's 6А is 7А now, and the new 6А begins with an empty chat.
export const scenario: Scenario = {
  roster: {
    classes: [
      { id: 'прошлогодний', title: '7А', grade: 7 },
      { id: 'новый', title: '6А', grade: 6 },
    ],
    classTeachers: [
      { classId: 'прошлогодний', personId: 'анна' },
      { classId: 'новый', personId: 'борис' },
    ],
    pupils: [
      { classId: 'прошлогодний', personId: 'аня' },
      { classId: 'новый', personId: 'боря' },
    ],
  },
  links: { анна: '1', борис: '2', аня: '3', боря: '4' },
  known: [classChat('прошлогодний', '6А', [['анна', '1']], [['аня', '3']]), parentsChat('прошлогодний', '6А', [['анна', '1']])],
  steps: [
    { kind: 'create-chat', key: 'CLASS:новый', title: 'Школа - 6А - Чат класса' },
    { kind: 'add-member', ...teacher('CLASS:новый', 'борис', '2', '6А') },
    { kind: 'add-member', ...pupil('CLASS:новый', 'боря', '4', '6А') },
    {
      kind: 'rename-chat',
      key: 'CLASS:прошлогодний',
      from: 'Школа - 6А - Чат класса',
      to: 'Школа - 7А - Чат класса',
    },
    { kind: 'create-chat', key: 'PARENTS:новый', title: 'Школа - 6А - Родительский чат' },
    { kind: 'add-member', ...teacher('PARENTS:новый', 'борис', '2', '6А') },
    {
      kind: 'rename-chat',
      key: 'PARENTS:прошлогодний',
      from: 'Школа - 6А - Родительский чат',
      to: 'Школа - 7А - Родительский чат',
    },
  ],
}
