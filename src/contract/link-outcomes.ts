/** Plain data, no zod: the browser has a Russian sentence for each. */
export const linkStates = ['linked', 'not-linked', 'not-configured'] as const
export type LinkState = (typeof linkStates)[number]

/** How an attempt to link ended; the result page gets it as /links/result?outcome=…&system=sferum. Nothing is half linked in any of them. */
export const linkOutcomes = [
  'linked',
  'already-linked-to-you', // the same profile again: nothing to do
  'refused', // the person said no at the vendor
  'expired', // more than ten minutes went by
  'replayed', // this way back was already used once
  'other-browser', // begun in another browser or by somebody else
  'taken', // the profile belongs to another person here
  'you-have-another-link', // unlink first
  'vendor-down', // no answer, or an answer that is no answer
  'vendor-refused', // the vendor did not accept the code
  'bad-state', // the way back belongs to no attempt that we know
] as const
export type LinkOutcome = (typeof linkOutcomes)[number]
