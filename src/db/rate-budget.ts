import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * The shared rate of vendor credentials: one row each, claimed in one statement, so that any number of processes
 * together stay under the vendor's rate, serve the most urgent first and every school in its turn. The database's clock
 * decides; the processes' clocks may differ. Fulfils messengers/governor.ts RateBudget.
 */
export function databaseRateBudget(db: Database) {
  return {
    claim: async (
      credential: string,
      process: string,
      demands: readonly { lane: number; school: string }[],
      intervalMs: number,
      toleranceMs: number,
    ): Promise<{ granted: number | null; waitMs: number; away: boolean; troubled: boolean }> => {
      const { rows } = await sql<{ granted: number | null; wait_ms: number; away: boolean; troubled: boolean }>`
        select granted, wait_ms, away, troubled
        from claim_request(${credential}, ${process}::uuid, ${JSON.stringify(demands)}::jsonb, ${intervalMs}, ${toleranceMs})`.execute(db)
      const row = rows[0]
      if (row === undefined) throw new Error('claim_request answered nothing')
      return { granted: row.granted, waitMs: row.wait_ms, away: row.away, troubled: row.troubled }
    },
    flooded: async (credential: string, ms: number, slower: number): Promise<void> => {
      await sql`
        update rate_budget
        set blocked_until = greatest(blocked_until, clock_timestamp() + ${ms} * interval '1 millisecond'),
            pace = least(8, (1 + (pace - 1) * exp(-extract(epoch from clock_timestamp() - pace_at) / 60)) * ${slower}::float8),
            pace_at = clock_timestamp()
        where credential = ${credential}`.execute(db)
    },
    failed: async (credential: string, failure: { kind: string; vendorCode: string | null; counts: boolean }): Promise<void> => {
      // From the fifth failure in a row: 30 s, then twice as long each time, at most 5 minutes.
      await sql`
        update rate_budget
        set failures = failures + ${failure.counts ? 1 : 0}, error_kind = ${failure.kind}, vendor_code = ${failure.vendorCode},
            failed_at = clock_timestamp(),
            open_until = case when ${failure.counts}::boolean and failures >= 4
                         then clock_timestamp() + least(300, 30 * power(2, least(failures - 4, 10))) * interval '1 second'
                         else open_until end
        where credential = ${credential}`.execute(db)
    },
    recovered: async (credential: string): Promise<void> => {
      await sql`update rate_budget set failures = 0, error_kind = null, vendor_code = null, open_until = '-infinity'
                where credential = ${credential} and (failures > 0 or error_kind is not null)`.execute(db)
    },
    read: async (credential: string) => {
      const { rows } = await sql<{
        pace: number
        blocked_ms: number
        away_ms: number
        error_kind: string | null
        vendor_code: string | null
      }>`
        select (1 + (pace - 1) * exp(-extract(epoch from clock_timestamp() - pace_at) / 60))::float8 as pace,
               greatest(0, extract(epoch from greatest(blocked_until, '2000-01-01') - clock_timestamp()) * 1000)::float8 as blocked_ms,
               greatest(0, extract(epoch from greatest(open_until, '2000-01-01') - clock_timestamp()) * 1000)::float8 as away_ms,
               error_kind, vendor_code
        from rate_budget where credential = ${credential}`.execute(db)
      const row = rows[0]
      return row
        ? { pace: row.pace, blockedMs: row.blocked_ms, awayMs: row.away_ms, errorKind: row.error_kind, vendorCode: row.vendor_code }
        : null
    },
  }
}
