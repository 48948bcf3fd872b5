const day = new Intl.DateTimeFormat('ru', { day: 'numeric', month: 'long' })
const dayAndYear = new Intl.DateTimeFormat('ru', { day: 'numeric', month: 'long', year: 'numeric' })
const time = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit' })

/** «сегодня в 14:05», «12 ноября в 9:30», with the year when it is another one. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const sameDay = at.toDateString() === now.toDateString()
  const date = sameDay ? 'сегодня' : (at.getFullYear() === now.getFullYear() ? day : dayAndYear).format(at)
  return `${date} в ${time.format(at)}`
}

/** «ещё около 5 с», «ещё около 2 мин». */
export function timeLeft(seconds: number): string {
  if (seconds < 1.5) return 'почти готово'
  return seconds < 90 ? `ещё около ${Math.ceil(seconds)} с` : `ещё около ${Math.ceil(seconds / 60)} мин`
}
