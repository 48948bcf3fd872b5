import { classChat, crowd, names, parentsChat } from './pieces.ts'
import { ofClass, pupil, type Scenario, teacher } from './scenario.ts'

// microsoft/o365-moodle#2150: all connected classes lost their members at the same moment.
const pupils = crowd('у', 4, 10)
const unlinked = { becomes: 'waiting' as const, approved: false, reason: { code: 'unlinked' as const, of: null } }

export const scenario: Scenario = {
  roster: ofClass('5а', '5А', ['учитель'], names(pupils)),
  links: {},
  known: [classChat('5а', '5А', [['учитель', '1']], pupils), parentsChat('5а', '5А', [['учитель', '1']])],
  steps: [],
  held: [
    // Pupils go first and the adult last, should somebody approve all of it.
    {
      reason: 'too-many-removals',
      steps: [
        ...pupils.map(
          ([personId, account]) => ({ kind: 'remove-member', ...pupil('CLASS:5а', personId, account, '5А'), ...unlinked }) as const,
        ),
        { kind: 'remove-member', ...teacher('CLASS:5а', 'учитель', '1', '5А'), ...unlinked },
      ],
      count: 5,
      of: 5,
      approvable: true,
    },
    // Their chat has one person, who would go as anybody may who unlinks, were it not for all the others.
    {
      reason: 'mass-unlinking',
      steps: [{ kind: 'remove-member', ...teacher('PARENTS:5а', 'учитель', '1', '5А'), ...unlinked }],
      count: 5,
      of: 5,
      approvable: true,
    },
  ],
  waiting: { 'CLASS:5а': ['у1', 'у2', 'у3', 'у4', 'учитель'], 'PARENTS:5а': ['учитель'] },
}
