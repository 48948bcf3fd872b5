import { classChat, crowd, parentsChat } from './pieces.ts'
import { leaver, ofClass, pupil, type Scenario } from './scenario.ts'

// opnsense/core#10128: LDAP did not answer, the sync took «nothing» for «nobody» and deleted all 43 users.
// The unread part of the register keeps nobody out and nobody in: what it did say about new people is still good.
const pupils = crowd('у', 4, 10)
const removals = pupils.map(([personId, account]) => ({
  kind: 'remove-member' as const,
  ...leaver('CLASS:5а', personId, account, 'STUDENT'),
  becomes: 'removed' as const,
}))

export const scenario: Scenario = {
  sourceIncomplete: true,
  roster: ofClass('5а', '5А', ['учитель'], ['новенький']),
  links: { учитель: '1', новенький: '20', ...Object.fromEntries(pupils) },
  known: [classChat('5а', '5А', [['учитель', '1']], pupils), parentsChat('5а', '5А', [['учитель', '1']])],
  steps: [{ kind: 'add-member', ...pupil('CLASS:5а', 'новенький', '20', '5А') }],
  held: [{ reason: 'source-incomplete', steps: removals, count: 4, of: 5, approvable: true }],
}
