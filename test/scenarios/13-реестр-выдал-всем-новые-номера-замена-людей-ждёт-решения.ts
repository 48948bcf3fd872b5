import { classChat, crowd, parentsChat } from './pieces.ts'
import { leaver, ofClass, type Scenario } from './scenario.ts'

// Canvas 503179: a patch of the SIS issued new ids, and every enrolment was deleted and made again.
// The same children come as other people: none of them has a link, and the old ones would all be taken out.
const old = crowd('старый', 4, 10)

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], ['новый1', 'новый2', 'новый3', 'новый4']),
  links: { учитель: '1', ...Object.fromEntries(old) },
  known: [classChat('5а', '5А', [['учитель', '1']], old), parentsChat('5а', '5А', [['учитель', '1']])],
  steps: [],
  held: [
    {
      reason: 'too-many-removals',
      steps: old.map(([personId, account]) => ({
        kind: 'remove-member',
        ...leaver('CLASS:5а', personId, account, 'STUDENT'),
        becomes: 'removed',
      })),
      count: 4,
      of: 5,
      approvable: true,
    },
  ],
  waiting: { 'CLASS:5а': ['новый1', 'новый2', 'новый3', 'новый4'] },
}
