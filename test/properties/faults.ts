import fc from 'fast-check'

/**
 * What goes wrong with one request of an act. Faults are a list that fast-check can shorten, not a probability: a
 * counterexample holds the ones that matter and nothing else.
 */
export type Fault =
  /** One operation is refused with VK's code and not carried out. */
  | { kind: 'operation'; request: number; operation: number; code: number }
  /** The whole request is refused, nothing is carried out. */
  | { kind: 'request'; request: number; code: number }
  /** Nothing was carried out, and nobody knows. */
  | { kind: 'timeout'; request: number }
  /** The first `after` operations were carried out, then the reply was lost. */
  | { kind: 'lost'; request: number; after: number }
  /** Lists of members show what was before the last change of that chat. */
  | { kind: 'stale'; request: number }

/** Refusals of one operation. 5: the credential; 1, 6, 9, 10, 29: passing; the others last. */
const operationCodes = [10, 15, 917, 6, 981, 1, 9, 14, 29, 103, 925, 927, 935, 936, 945, 947, 982, 983, 984, 5]
const requestCodes = [10, 6, 1, 9, 29, 5, 14]

const request = fc.integer({ min: 1, max: 8 })

const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('operation' as const),
      request,
      operation: fc.nat(24),
      code: fc.constantFrom(...operationCodes),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('request' as const), request, code: fc.constantFrom(...requestCodes) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('timeout' as const), request }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), request, after: fc.constantFrom(25, 1, 2, 5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stale' as const), request }) },
)

/** Mostly a few faults, often none. */
export const someFaults: fc.Arbitrary<Fault[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Fault[]>([]) },
  { weight: 3, arbitrary: fc.array(fault, { minLength: 1, maxLength: 5 }) },
)

/** One request has one fate: among faults of the whole request the first one counts. */
export function sureFaults(faults: readonly Fault[]): Fault[] {
  const decided = new Set<number>()
  return faults.filter((one) => {
    if (one.kind === 'operation' || one.kind === 'stale') return true
    if (decided.has(one.request)) return false
    decided.add(one.request)
    return true
  })
}

/** For stories. */
export function tellFaults(faults: readonly Fault[]): string {
  if (faults.length === 0) return ''
  return ` [${faults.map(tellFault).join('; ')}]`
}

function tellFault(one: Fault): string {
  switch (one.kind) {
    case 'operation':
      return `request ${one.request}: ${one.code} to operation ${one.operation}`
    case 'request':
      return `request ${one.request}: ${one.code}`
    case 'timeout':
      return `request ${one.request}: never arrives`
    case 'lost':
      return `request ${one.request}: reply lost after ${one.after} operations`
    case 'stale':
      return `request ${one.request}: stale lists`
  }
}
