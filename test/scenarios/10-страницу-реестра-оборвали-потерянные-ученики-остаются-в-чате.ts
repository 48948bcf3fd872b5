import { classChat, crowd, names, parentsChat } from './pieces.ts'
import { leaver, ofClass, type Scenario } from './scenario.ts'

// openwebwork/webwork2#3182: only the first page of the class list was read and the others were dropped.
// Nobody noticed that the list was short; the brake sees that 5 of 9 would go at once.
const pupils = crowd('у', 8, 10)
const lost = pupils.slice(3)

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], names(pupils.slice(0, 3))),
  links: { учитель: '1', ...Object.fromEntries(pupils) },
  known: [classChat('5а', '5А', [['учитель', '1']], pupils), parentsChat('5а', '5А', [['учитель', '1']])],
  steps: [],
  held: [
    {
      reason: 'too-many-removals',
      steps: lost.map(([personId, account]) => ({
        kind: 'remove-member',
        ...leaver('CLASS:5а', personId, account, 'STUDENT'),
        becomes: 'removed',
      })),
      count: 5,
      of: 9,
      approvable: true,
    },
  ],
}
