import { type KnownInStory, leaver, pupil, type Scenario } from './scenario.ts'

const parents = (key: string, title: string): KnownInStory => ({
  key,
  kind: 'PARENTS',
  title,
  seen: { accounts: ['1'] },
  members: [['учитель', 'TEACHER', 'member', '1']],
})

export const scenario: Scenario = {
  roster: {
    classes: [
      { id: '5а', title: '5А', grade: 5 },
      { id: '5б', title: '5Б', grade: 5 },
    ],
    classTeachers: [
      { classId: '5а', personId: 'учитель' },
      { classId: '5б', personId: 'учитель' },
    ],
    pupils: [
      { classId: '5а', personId: 'аня' },
      { classId: '5б', personId: 'боря' },
    ],
  },
  links: { учитель: '1', аня: '2', боря: '3' },
  known: [
    {
      key: 'CLASS:5а',
      kind: 'CLASS',
      title: 'Школа - 5А - Чат класса',
      seen: { accounts: ['1', '2', '3'] },
      members: [
        ['учитель', 'TEACHER', 'member', '1'],
        ['аня', 'STUDENT', 'member', '2'],
        ['боря', 'STUDENT', 'member', '3'],
      ],
    },
    {
      key: 'CLASS:5б',
      kind: 'CLASS',
      title: 'Школа - 5Б - Чат класса',
      seen: { accounts: ['1'] },
      members: [['учитель', 'TEACHER', 'member', '1']],
    },
    parents('PARENTS:5а', 'Школа - 5А - Родительский чат'),
    parents('PARENTS:5б', 'Школа - 5Б - Родительский чат'),
  ],
  steps: [
    { kind: 'remove-member', ...leaver('CLASS:5а', 'боря', '3', 'STUDENT'), becomes: 'removed' },
    { kind: 'add-member', ...pupil('CLASS:5б', 'боря', '3', '5Б') },
  ],
}
