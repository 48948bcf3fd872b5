// The words of SDS's default list of values (learn.microsoft.com/schooldatasync/default-list-of-values), compared without regard to case.

export type RoleMeaning = { kind: 'staff'; post: string; teaches: boolean } | { kind: 'pupil' } | { kind: 'person' } | { kind: 'nobody' }

const works = (post: string): RoleMeaning => ({ kind: 'staff', post, teaches: false })
const teaches = (post: string): RoleMeaning => ({ kind: 'staff', post, teaches: true })

const roles: Record<string, RoleMeaning> = {
  principal: works('директор'),
  administrator: works('администратор'),
  itadmin: works('администратор информационных систем'),
  chair: works('заведующий кафедрой'),
  professor: teaches('профессор'),
  lecturer: teaches('лектор'),
  adjunct: teaches('преподаватель по совместительству'),
  faculty: teaches('преподаватель'),
  instructor: teaches('инструктор'),
  teacher: teaches('учитель'),
  teacherassistant: teaches('помощник учителя'),
  tutor: teaches('тьютор'),
  substitute: teaches('замещающий учитель'),
  coach: teaches('тренер'),
  researcher: works('научный сотрудник'),
  affiliate: works('приглашённый сотрудник'),
  occupationaltherapist: works('эрготерапевт'),
  physicaltherapist: works('специалист по лечебной физкультуре'),
  speechtherapist: works('логопед'),
  visiontherapist: works('тифлопедагог'),
  paraprofessional: works('помощник воспитателя'),
  specialservices: works('специалист сопровождения'),
  advisor: works('наставник'),
  proctor: works('наблюдатель'),
  nurse: works('медсестра'),
  officestaff: works('сотрудник канцелярии'),
  staff: works('сотрудник'),
  aide: works('ассистент'),
  student: { kind: 'pupil' },
  other: { kind: 'person' },
  alum: { kind: 'nobody' },
}

export const meaningOf = (role: string): RoleMeaning | undefined => roles[role.toLowerCase()]

/** Posts whose holder is the natural first administrator of a school, the most natural one first. */
export const administratorPosts = ['директор', 'администратор', 'администратор информационных систем']

const schoolTypes = ['school', 'college', 'university', 'campus', 'adulteducation']
export const isSchoolType = (type: string): boolean => schoolTypes.includes(type.toLowerCase())

export type Relationship = 'guardian' | 'not-a-guardian' | 'child'
const relationships: Record<string, Relationship> = {
  parent: 'guardian',
  guardian: 'guardian',
  relative: 'guardian',
  other: 'guardian',
  aide: 'not-a-guardian',
  doctor: 'not-a-guardian',
  child: 'child',
}
export const relationshipOf = (role: string): Relationship | undefined => relationships[role.toLowerCase()]
