import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * The shared rate of vendor credentials: one row each, claimed in one statement, so that any number of processes
 * together stay under the vendor's rate. The database's clock decides; the processes' clocks may differ.
 */
export function databaseRateBudget(db: Database) {
  return {
    /** 0: go now (the place is taken); else the milliseconds to wait before asking again. */
    claim: async (credential: string, intervalMs: number, toleranceMs: number): Promise<number> => {
      const { rows } = await sql<{ claimed: boolean; wait_ms: number }>`
        with seen as (select clock_timestamp() as now),
        claimed as (
          insert into rate_budget as budget (credential, next_at)
          select ${credential}, now + ${intervalMs} * interval '1 millisecond' from seen
          on conflict (credential) do update
            set next_at = greatest(budget.next_at, clock_timestamp() - ${toleranceMs} * interval '1 millisecond')
                        + ${intervalMs} * interval '1 millisecond'
            where greatest(budget.next_at, budget.blocked_until) <= clock_timestamp()
          returning true as claimed
        )
        select exists (select from claimed) as claimed,
               coalesce((select extract(epoch from greatest(next_at, blocked_until) - clock_timestamp()) * 1000
                         from rate_budget where credential = ${credential}), 0)::float8 as wait_ms`.execute(db)
      const row = rows[0]
      // At least 1 ms: the other process's claim may lie between our insert and our read.
      return row === undefined || row.claimed ? 0 : Math.max(1, row.wait_ms)
    },
    block: async (credential: string, ms: number): Promise<void> => {
      await sql`insert into rate_budget as budget (credential, blocked_until)
                values (${credential}, clock_timestamp() + ${ms} * interval '1 millisecond')
                on conflict (credential) do update set blocked_until = greatest(budget.blocked_until, excluded.blocked_until)`.execute(db)
    },
  }
}
