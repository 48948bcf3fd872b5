import { ofClass, pupil, type Scenario, teacher } from './scenario.ts'

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], ['аня', 'боря']),
  links: { учитель: '1', аня: '2' },
  steps: [
    { kind: 'create-chat', key: 'CLASS:5а', title: 'Школа - 5А - Чат класса' },
    { kind: 'add-member', ...teacher('CLASS:5а', 'учитель', '1', '5А') },
    { kind: 'add-member', ...pupil('CLASS:5а', 'аня', '2', '5А') },
    { kind: 'create-chat', key: 'PARENTS:5а', title: 'Школа - 5А - Родительский чат' },
    { kind: 'add-member', ...teacher('PARENTS:5а', 'учитель', '1', '5А') },
  ],
  waiting: { 'CLASS:5а': ['боря'] },
}
