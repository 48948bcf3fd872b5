import { classChat, crowd, names, parentsChat, teachersChat } from './pieces.ts'
import type { Scenario } from './scenario.ts'

// Canvas m-p/75312: the term ended in the SIS and everybody was concluded out of their courses.
// In summer no class has a name of this year, but the people are still recorded: nothing happens to their chats.
const pupils = crowd('у', 3, 10)

export const scenario: Scenario = {
  roster: {
    classes: [],
    classTeachers: [{ classId: '5а', personId: 'анна' }],
    pupils: names(pupils).map((personId) => ({ classId: '5а', personId })),
    lessons: [{ classId: '5а', subgroupId: null, subjectId: 'алгебра', teacherId: 'анна', chatWanted: true }],
    subjects: [{ id: 'алгебра', name: 'Алгебра' }],
    staff: [{ personId: 'анна', teaches: true }],
  },
  links: { анна: '1', ...Object.fromEntries(pupils) },
  known: [
    classChat('5а', '5А', [['анна', '1']], pupils),
    parentsChat('5а', '5А', [['анна', '1']]),
    teachersChat([['анна', '1']]),
    { ...classChat('5а', '5А', [['анна', '1']], pupils), key: 'SUBJECT:5а:-:алгебра', kind: 'SUBJECT', title: 'Школа - 5А - Алгебра' },
  ],
  steps: [],
}
