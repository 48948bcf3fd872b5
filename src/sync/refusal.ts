import type { MessengerErrorKind } from '#contract/kinds.ts'
import { MessengerError } from '#messengers/messenger.ts'
import { SyncError } from './engine.ts'

/** The messenger's «no» as the API says it; nothing was changed, unless `certain` is false. */
export type MessengerRefusal =
  | { code: 'messenger-busy' }
  | { code: 'messenger-unavailable'; certain: boolean }
  | { code: 'messenger-refused'; kind: MessengerErrorKind; vendorCode: string | null }

/** Returns what is expected of a messenger; throws again what is not the messenger's doing. */
export function refusalOf(error: unknown): MessengerRefusal {
  if (error instanceof SyncError) return { code: 'messenger-unavailable', certain: true }
  if (!(error instanceof MessengerError)) throw error
  if (error.kind === 'rate-limited') return { code: 'messenger-busy' }
  if (error.kind === 'unavailable') return { code: 'messenger-unavailable', certain: error.applied === 'no' }
  return { code: 'messenger-refused', kind: error.kind, vendorCode: error.vendorCode }
}
