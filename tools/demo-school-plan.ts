import type { Gender } from './demo-names.ts'

// What the two demo schools are made of: classes, posts, lessons. Who the people are follows in demo-school.ts.

export type StaffPlan = {
  key: string
  post: string
  teaches: boolean
  classTitle?: string
  subjects: string[]
  gender?: Gender
  familyOf?: number
}

export type SchoolPlan = {
  key: string
  name: string
  classes: string[]
  pupilsEach: number
  /** Class titles of the children of every family that has more than one. */
  siblings: string[][]
  staff: StaffPlan[]
  administrator: string
  /** Classes that are split into two groups for English, and the two teachers. */
  english: { classes: string[]; teachers: [string, string]; chatFor: string } | undefined
}

export const primary = ['Русский язык', 'Литературное чтение', 'Математика', 'Окружающий мир']
export const englishSubject = 'Английский язык'
/** The first and the last grade that learns it. */
export const subjects: [name: string, from: number, to: number][] = [
  ['Русский язык', 1, 11],
  ['Литературное чтение', 1, 4],
  ['Литература', 5, 11],
  ['Математика', 1, 11],
  ['Окружающий мир', 1, 4],
  [englishSubject, 2, 11],
  ['История', 5, 11],
  ['География', 5, 11],
  ['Биология', 5, 11],
  ['Физика', 7, 11],
  ['Химия', 8, 11],
  ['Информатика', 7, 11],
  ['Музыка', 1, 8],
  ['Физическая культура', 1, 11],
]

const other = (key: string, post: string, gender?: Gender): StaffPlan => ({ key, post, teaches: false, subjects: [], gender })
const teacher = (key: string, post: string, taught: string[], more: Partial<StaffPlan> = {}): StaffPlan => ({
  key,
  post: `учитель ${post}`,
  teaches: true,
  subjects: taught,
  ...more,
})
const ofClass = (classTitle: string, post: string, taught: string[]): StaffPlan =>
  teacher(`class-${classTitle}`, post, taught, { classTitle })
const ofPrimary = (classTitle: string): StaffPlan => ofClass(classTitle, 'начальных классов', primary)

const russian = ['Русский язык', 'Литература']
export const demoSchool: SchoolPlan = {
  key: 'demo',
  name: 'Демо школа',
  classes: ['1А', '1Б', '2А', '3А', '4А', '5А', '5Б', '6А', '7А', '8А', '9А', '9Б', '10А', '11А'],
  pupilsEach: 25,
  siblings: [],
  staff: [
    other('director', 'директор'),
    other('deputy-1', 'заместитель директора по учебной работе', 'female'),
    other('deputy-2', 'заместитель директора по воспитательной работе'),
    other('deputy-3', 'заместитель директора по безопасности', 'male'),
    ...['1А', '1Б', '2А', '3А', '4А'].map(ofPrimary),
    ofClass('5А', 'русского языка и литературы', russian),
    ofClass('5Б', 'математики', ['Математика']),
    ofClass('6А', 'истории', ['История']),
    ofClass('7А', 'русского языка и литературы', russian),
    ofClass('8А', 'математики', ['Математика']),
    ofClass('9А', 'биологии', ['Биология']),
    ofClass('9Б', 'физики', ['Физика']),
    ofClass('10А', 'химии', ['Химия']),
    ofClass('11А', 'русского языка и литературы', russian),
    teacher('english-1', 'английского языка', [englishSubject]),
    teacher('english-2', 'английского языка', [englishSubject]),
    teacher('english-3', 'английского языка', [englishSubject]),
    teacher('russian-1', 'русского языка и литературы', russian, { familyOf: 101 }),
    teacher('russian-2', 'русского языка и литературы', russian),
    teacher('maths-1', 'математики', ['Математика'], { familyOf: 30 }),
    teacher('maths-2', 'математики', ['Математика']),
    teacher('maths-3', 'математики', ['Математика']),
    teacher('history-1', 'истории', ['История']),
    teacher('history-2', 'истории', ['История']),
    teacher('geography', 'географии', ['География']),
    teacher('biology', 'биологии', ['Биология']),
    teacher('physics', 'физики', ['Физика'], { gender: 'male' }),
    teacher('chemistry', 'химии', ['Химия']),
    teacher('computing', 'информатики', ['Информатика'], { gender: 'male' }),
    teacher('music', 'музыки', ['Музыка']),
    teacher('sport', 'физической культуры', ['Физическая культура'], { gender: 'male', familyOf: 201 }),
    other('secretary', 'секретарь', 'female'),
    other('caretaker', 'заведующий хозяйством', 'male'),
    other('psychologist', 'психолог', 'female'),
    other('librarian', 'библиотекарь', 'female'),
    other('nurse', 'медсестра', 'female'),
  ],
  administrator: 'deputy-1',
  english: { classes: ['5А', '7А', '9А'], teachers: ['english-1', 'english-2'], chatFor: '5А' },
}
const { classes } = demoSchool
// Steps of 3, 5, 7 and 9 classes keep brothers and sisters at least two grades apart, so their birth dates are believable.
for (let index = 0; index < 46; index++) {
  const step = 3 + 2 * Math.floor(index / classes.length)
  demoSchool.siblings.push([index, index + step].map((place) => classes[place % classes.length] ?? ''))
}
demoSchool.siblings.push(['1А', '5А', '9А'], ['1Б', '5Б', '10А'])

export const secondSchool: SchoolPlan = {
  key: 'second',
  name: 'Вторая школа',
  classes: ['1А', '2А', '3А', '4А'],
  pupilsEach: 8,
  siblings: [
    ['1А', '3А'],
    ['2А', '4А'],
    ['1А', '4А'],
  ],
  staff: [
    other('director', 'директор'),
    ...['1А', '2А', '3А', '4А'].map(ofPrimary),
    teacher('specials', 'английского языка, музыки и физической культуры', [englishSubject, 'Музыка', 'Физическая культура']),
  ],
  administrator: 'director',
  english: undefined,
}
