import { type DriftKind, driftKinds, type RunState, runStates } from '#contract/kinds.ts'
import type { StepState } from '#contract/runs.ts'

// What the addresses of the pages beside the registry may say; anything else is left out.

const pageOf = (search: Record<string, unknown>) => {
  const page = Number(search.page)
  return Number.isInteger(page) && page > 1 ? { page } : {}
}
const oneOf = <Value extends string>(values: readonly Value[], value: unknown): Value | undefined => values.find((known) => known === value)

export type JournalSearch = { state?: RunState; scope?: 'school' | 'small'; page?: number }
export function readJournalSearch(search: Record<string, unknown>): JournalSearch {
  const state = oneOf(runStates, search.state)
  const scope = oneOf(['school', 'small'] as const, search.scope)
  return { ...(state && { state }), ...(scope && { scope }), ...pageOf(search) }
}

const stepStates = ['planned', 'sent', 'done', 'failed', 'skipped'] as const satisfies readonly StepState[]
export type StepsSearch = { state?: StepState; q?: string; page?: number }
export function readStepsSearch(search: Record<string, unknown>): StepsSearch {
  const state = oneOf(stepStates, search.state)
  return { ...(state && { state }), ...(typeof search.q === 'string' && search.q !== '' && { q: search.q }), ...pageOf(search) }
}

export type DriftSearch = { state?: 'closed'; kind?: DriftKind; page?: number }
export function readDriftSearch(search: Record<string, unknown>): DriftSearch {
  const kind = oneOf(driftKinds, search.kind)
  return { ...(search.state === 'closed' && { state: 'closed' as const }), ...(kind && { kind }), ...pageOf(search) }
}
