import type { Database } from '#db/database.ts'
import type { Clock } from '#lib/clock.ts'
import type { Messenger } from '#messengers/messenger.ts'

/** What the engine room works with; the first argument of everything that acts. */
export type Engine = {
  db: Database
  messenger: Messenger
  clock: Clock
  /** English, ids only, never names. */
  log: { info: (fields: object, message: string) => void; warn: (fields: object, message: string) => void }
}

export class SyncError extends Error {
  readonly code: 'observation-incomplete'
  constructor(code: 'observation-incomplete', message: string) {
    super(message)
    this.name = 'SyncError'
    this.code = code
  }
}
