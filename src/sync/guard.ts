import type { ChatKind, HoldReason, MemberRole } from '#contract/kinds.ts'
import type { Step } from './plan.ts'
import { hasMinors } from './rules.ts'

/** Steps of one chat that wait for a person's decision, with the numbers that made the guard stop them. */
export type Held = { reason: HoldReason; steps: Step[]; count: number; of: number; approvable: boolean }

/** More than this share of a chat's people is not taken out without somebody's word. */
const largestShareOfRemovals = 1 / 4
// One removal is a pupil who left, not a disaster; without this a chat of three could never lose anybody.
const fewestRemovalsToHold = 2

type Person = { personId: string; role: MemberRole }

/**
 * Looks at one chat's steps and holds what would be dangerous:
 * - more than a quarter of the people inside would go;
 * - pupils would be in a chat without an adult of the school, by adding them or by taking the last adult out.
 * Everything else goes on.
 */
export function guardChat(chat: { kind: ChatKind; steps: readonly Step[]; inside: { people: readonly Person[] } }): {
  steps: Step[]
  held: Held[]
} {
  const held: Held[] = []
  let steps = [...chat.steps]
  const hold = (reason: HoldReason, stopped: Step[], of: number, approvable: boolean) => {
    if (stopped.length === 0) return
    held.push({ reason, steps: stopped, count: stopped.length, of, approvable })
    steps = steps.filter((step) => !stopped.includes(step))
  }
  const { people } = chat.inside
  if (hasMinors(chat.kind)) {
    const leaving = new Set(steps.flatMap((step) => (step.kind === 'remove-member' ? [step.personId] : [])))
    const adultsInside = people.filter((person) => isAdult(person.role))
    const adultsStay = adultsInside.some((person) => !leaving.has(person.personId))
    const minorsStay = people.some((person) => !isAdult(person.role) && !leaving.has(person.personId))
    // Only adults who are inside or are put in count: an invitation may never be taken up.
    const adultsCome = steps.some((step) => step.kind === 'add-member' && step.isSchoolAdult)
    if (!adultsStay && !adultsCome) {
      hold(
        'last-adult',
        steps.filter((step) => step.kind === 'remove-member' && step.isSchoolAdult),
        adultsInside.length,
        !minorsStay,
      )
    }
    if (adultsInside.length === 0 && !adultsCome) {
      const minors = steps.filter((step) => (step.kind === 'add-member' || step.kind === 'invite-member') && step.role === 'STUDENT')
      hold('no-linked-adult', minors, minors.length, false)
    }
  }
  const removals = steps.filter((step) => step.kind === 'remove-member')
  if (removals.length >= fewestRemovalsToHold && removals.length > people.length * largestShareOfRemovals) {
    hold('too-many-removals', removals, people.length, true)
  }
  return { steps, held }
}

const isAdult = (role: MemberRole): boolean => role === 'TEACHER' || role === 'ADMIN'
