import { classChat, parentsChat, teachersChat } from './pieces.ts'
import { ofClass, type Scenario } from './scenario.ts'

// Mattermost's FAQ on LDAP groups: a mistake in the filter and everybody outside it is removed.
// A class that the register does not name any more has no wish about its chats, so nothing follows for them.
export const scenario: Scenario = {
  roster: {
    ...ofClass('5а', '5А', ['анна'], ['аня']),
    staff: [
      { personId: 'анна', teaches: true },
      { personId: 'борис', teaches: true },
    ],
  },
  links: { анна: '1', борис: '2', аня: '3', боря: '4' },
  known: [
    classChat('5а', '5А', [['анна', '1']], [['аня', '3']]),
    parentsChat('5а', '5А', [['анна', '1']]),
    classChat('5б', '5Б', [['борис', '2']], [['боря', '4']]),
    parentsChat('5б', '5Б', [['борис', '2']]),
    teachersChat([
      ['анна', '1'],
      ['борис', '2'],
    ]),
  ],
  steps: [],
}
