import fc from 'fast-check'
import { type Fault, someFaults } from './faults.ts'
import { type SchoolShape, schoolShapes } from './school.ts'

// What can happen, as data that fast-check makes, shortens and prints. Who and where are places in lists, modulo their
// length: a shorter history still means something.

/** Somebody changes the register or ties an account. */
export type RegisterAct =
  | { does: 'enrol'; who: number; where: number }
  | { does: 'expel'; who: number }
  | { does: 'hire' | 'dismiss'; who: number }
  | { does: 'lead' | 'unlead'; who: number; where: number }
  | { does: 'guard' | 'unguard'; who: number; whom: number }
  | { does: 'name'; where: number }
  | { does: 'next-year'; ends: number | null }
  | { does: 'lesson'; where: number }
  | { does: 'link' | 'unlink' | 'relink'; who: number }

/** Somebody does something in the messenger itself. */
export type PeopleAct =
  | { does: 'retitle'; chat: number }
  | { does: 'leave' | 'kick'; chat: number; who: number }
  | { does: 'stranger'; chat: number }
  | { does: 'accept'; chat: number; who: number }
  | { does: 'delete-chat'; chat: number }

export type WorldAct = RegisterAct | PeopleAct

/** The product is asked to do something. */
export type EngineAct =
  | { does: 'look'; faults: Fault[] }
  | { does: 'sync'; approve: boolean; faults: Fault[] }
  | { does: 'person'; who: number; faults: Fault[] }
  | { does: 'come' | 'go'; who: number }
  | { does: 'title'; chat: number; faults: Fault[] }
  | { does: 'crash'; request: number; when: 'before' | 'midway' | 'after'; approve: boolean; faults: Fault[] }
  | { does: 'resume'; faults: Fault[] }
  | { does: 'stop'; request: number }
  | { does: 'overtaken'; by: WorldAct }
  | { does: 'during'; request: number; happens: WorldAct[]; faults: Fault[] }
  | { does: 'bad-chat'; chat: number; code: number }

export type Act = WorldAct | EngineAct

export type History = {
  school: SchoolShape
  add: 'direct' | 'invite'
  /** How much fits into one request, one page of members and one page of chats. */
  pack: number
  membersPerPage: number
  chatsPerPage: number
  acts: Act[]
}

const some = fc.nat(30)
const few = fc.nat(3)

const registerActs: fc.Arbitrary<RegisterAct> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('enrol' as const), who: some, where: few }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('expel' as const), who: some }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('hire' as const, 'dismiss' as const), who: some }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('lead' as const, 'unlead' as const), who: some, where: few }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('guard' as const, 'unguard' as const), who: some, whom: some }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('name' as const), where: few }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('next-year' as const), ends: fc.option(few) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lesson' as const), where: few }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom('link' as const, 'unlink' as const, 'relink' as const), who: some }) },
)

const peopleActs: fc.Arbitrary<PeopleAct> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constant('retitle' as const), chat: some }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('leave' as const, 'kick' as const), chat: some, who: some }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('stranger' as const), chat: some }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('accept' as const), chat: some, who: some }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('delete-chat' as const), chat: some }) },
)

const worldActs: fc.Arbitrary<WorldAct> = fc.oneof({ weight: 2, arbitrary: registerActs }, { weight: 1, arbitrary: peopleActs })

const request = fc.integer({ min: 1, max: 5 })
const sync = fc.record({ does: fc.constant('sync' as const), approve: fc.boolean(), faults: someFaults })

const ordinary: fc.Arbitrary<EngineAct> = fc.oneof(
  { weight: 6, arbitrary: sync },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('look' as const), faults: someFaults }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('person' as const), who: some, faults: someFaults }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('come' as const, 'go' as const), who: some }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('title' as const), chat: some, faults: someFaults }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('overtaken' as const), by: worldActs }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('bad-chat' as const), chat: some, code: fc.constantFrom(925, 917, 103, 10) }) },
)

const broken: fc.Arbitrary<EngineAct> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('crash' as const),
      request,
      when: fc.constantFrom('after' as const, 'before' as const, 'midway' as const),
      approve: fc.boolean(),
      faults: someFaults,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('resume' as const), faults: someFaults }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('stop' as const), request }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('during' as const),
      request,
      happens: fc.array(worldActs, { minLength: 1, maxLength: 2 }),
      faults: someFaults,
    }),
  },
)

const pages = fc.record({
  pack: fc.constantFrom(25, 25, 25, 4),
  membersPerPage: fc.constantFrom(1000, 1000, 3),
  chatsPerPage: fc.constantFrom(200, 200, 3),
})

/** @param breaks histories where processes die and runs are stopped, or the ordinary ones */
export function histories(add: fc.Arbitrary<'direct' | 'invite'>, breaks: boolean): fc.Arbitrary<History> {
  const engineActs = breaks ? fc.oneof({ weight: 2, arbitrary: ordinary }, { weight: 3, arbitrary: broken }) : ordinary
  const act: fc.Arbitrary<Act> = fc.oneof({ weight: 1, arbitrary: worldActs }, { weight: 1, arbitrary: engineActs })
  const acts = fc
    .tuple(fc.option(sync, { freq: 3 }), fc.array(act, { minLength: 2, maxLength: 7 }))
    .map(([first, others]): Act[] => (first === null ? others : [first, ...others]))
  return fc.record({ school: schoolShapes, add, acts, pages }).map(({ pages: sizes, ...history }) => ({ ...history, ...sizes }))
}
