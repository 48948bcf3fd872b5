/**
 * The calendar day it is in a time zone, as yyyy-mm-dd.
 * @param timeZone an IANA name, the organisation's (Russia has eleven)
 * @param now milliseconds since the epoch
 */
export function todayIn(timeZone: string, now: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(now)
}
