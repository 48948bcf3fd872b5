// The files of SDS v2.1 CSV. Headers are case-sensitive; columns that we do not read are listed so that they are not called unknown.

export type FileName = (typeof fileNames)[number]

/** In the order in which they refer to each other. */
export const fileNames = [
  'orgs.csv',
  'academicSessions.csv',
  'courses.csv',
  'users.csv',
  'demographics.csv',
  'userFlags.csv',
  'roles.csv',
  'classes.csv',
  'enrollments.csv',
  'relationships.csv',
] as const

export const requiredFiles: FileName[] = ['orgs.csv', 'users.csv', 'roles.csv']

type Columns = { needed: string[]; other: string[] /** One row per value of it. */; key: string | null }

export const columnsOf: Record<FileName, Columns> = {
  'orgs.csv': { needed: ['sourcedId', 'name', 'type'], other: ['parentSourcedId'], key: 'sourcedId' },
  'academicSessions.csv': { needed: ['sourcedId', 'title', 'type', 'startDate', 'endDate'], other: ['schoolYear'], key: 'sourcedId' },
  'courses.csv': {
    needed: ['sourcedId', 'orgSourcedId', 'title'],
    other: ['code', 'schoolYearSourcedId', 'subject', 'grade'],
    key: 'sourcedId',
  },
  'users.csv': {
    needed: ['sourcedId', 'username', 'givenName', 'familyName'],
    other: ['password', 'activeDirectoryMatchId', 'email', 'phone', 'sms', 'userNumber'],
    key: 'sourcedId',
  },
  'demographics.csv': {
    needed: ['userSourcedId'],
    other: ['sex', 'birthDate', 'birthCity', 'birthState', 'birthCountry', 'ethnicityCodes', 'raceCodes'],
    key: 'userSourcedId',
  },
  'userFlags.csv': { needed: ['userSourcedId', 'flag'], other: [], key: null },
  'roles.csv': {
    needed: ['userSourcedId', 'orgSourcedId', 'role'],
    other: ['sessionSourcedId', 'grade', 'isPrimary', 'roleStartDate', 'roleEndDate'],
    key: null,
  },
  'classes.csv': {
    needed: ['sourcedId', 'orgSourcedId', 'title'],
    other: ['sessionSourcedIds', 'courseSourcedId', 'code'],
    key: 'sourcedId',
  },
  'enrollments.csv': { needed: ['classSourcedId', 'userSourcedId', 'role'], other: [], key: null },
  'relationships.csv': { needed: ['userSourcedId', 'relationshipUserSourcedId', 'relationshipRole'], other: [], key: null },
}
