import type { Callbacks } from '../vk/callback.ts'
import type { CallLog } from './calls.ts'
import type { FaultList } from './faults.ts'
import type { Limits } from './settings.ts'
import type { Store } from './store.ts'

/** What every room of the emulator works with. `publicUrl` is known once the port is. */
export type Emulator = {
  store: Store
  /** Milliseconds. Injected, so that a test may live through a year in a second. */
  clock: () => number
  limits: Limits
  calls: CallLog
  faults: FaultList
  callbacks: Callbacks
  publicUrl: string
  /** Keep what was sent with every call, for tests that check our requests against the vendor's schema. */
  recordParams: boolean
}

export const seconds = (em: Emulator) => Math.floor(em.clock() / 1000)
