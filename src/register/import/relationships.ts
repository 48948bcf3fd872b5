import { type Book, keyOf, refer, refuse, touch, wholeRows } from './book.ts'
import type { People } from './people.ts'
import { cell } from './read-folder.ts'
import { relationshipOf } from './roles.ts'
import type { Years } from './years.ts'

/** Guardians become people of every school where their child is a pupil. */
export function mapRelationships(book: Book, years: Years, people: People): void {
  const firstDays = findFirstDays(book)
  for (const row of wholeRows(book, 'relationships.csv', 'userSourcedId', 'relationshipUserSourcedId', 'relationshipRole')) {
    const user = refer(book, row, 'userSourcedId', 'users.csv', people.users)
    const contact = refer(book, row, 'relationshipUserSourcedId', 'users.csv', people.users)
    const role = cell(row, 'relationshipRole').toLowerCase()
    const relationship = relationshipOf(role)
    if (!relationship) refuse(book, row, 'relationshipRole', 'неизвестное родство')
    else if (relationship === 'not-a-guardian') refuse(book, row, 'relationshipRole', 'не родитель и не законный представитель')
    if (!user || !contact || book.refused.has(row)) continue
    // «child» tells it from the other side: the contact is the child.
    const reversed = relationship === 'child'
    const [pupil, guardian] = reversed ? [contact, user] : [user, contact]
    if (pupil === guardian) {
      refuse(book, row, 'relationshipUserSourcedId', 'человек не может быть представителем самого себя')
      continue
    }
    const schools = [...people.pupils].filter(([, pupils]) => pupils.has(pupil.id)).map(([org]) => org)
    if (schools.length === 0) {
      refuse(book, row, reversed ? 'relationshipUserSourcedId' : 'userSourcedId', 'этот человек не ученик ни одной организации папки')
      continue
    }
    for (const org of schools) {
      const pupilKey = keyOf('person', org, pupil.id)
      const guardianKey = people.include(org, guardian, row)
      const key = keyOf('guardianship', pupilKey, guardianKey)
      const startsOn = firstDays.get(pupilKey) ?? people.pupils.get(org)?.get(pupil.id)?.startsOn ?? years.current.startsOn
      const relation = reversed ? 'parent' : role
      book.guardianships.set(key, { org, pupil: pupilKey, guardian: guardianKey, relation, startsOn, endsOn: null })
      touch(book, row, org, key)
    }
  }
}

function findFirstDays(book: Book): Map<string, string> {
  const days = new Map<string, string>()
  for (const { person, startsOn } of book.enrolments.values()) {
    const known = days.get(person)
    if (known === undefined || startsOn < known) days.set(person, startsOn)
  }
  return days
}
