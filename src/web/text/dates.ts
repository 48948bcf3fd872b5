const dayOfYear = new Intl.DateTimeFormat('ru', { day: 'numeric', month: 'long' })
const dayAndYear = new Intl.DateTimeFormat('ru', { day: 'numeric', month: 'long', year: 'numeric' })
const time = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit' })

/** «сегодня в 14:05», «12 ноября в 09:30», with the year when it is another one. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso)
  return `${date(at, now)} в\u00a0${time.format(at)}`
}

function date(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return 'сегодня'
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (at.toDateString() === yesterday.toDateString()) return 'вчера'
  return (at.getFullYear() === now.getFullYear() ? dayOfYear : dayAndYear).format(at).replaceAll(' ', '\u00a0')
}

/** «ещё около 5 с», «ещё около 2 мин». */
export function timeLeft(seconds: number): string {
  if (seconds < 1.5) return 'почти готово'
  return seconds < 90 ? `ещё около ${Math.ceil(seconds)}\u00a0с` : `ещё около ${Math.ceil(seconds / 60)}\u00a0мин`
}

/** «1 сентября 2026 г.» of a date without a time (2026-09-01). */
export const day = (date: string): string => dayAndYear.format(new Date(`${date}T12:00:00`)).replaceAll(' ', '\u00a0')
