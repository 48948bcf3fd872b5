import { useCallback, useState } from 'react'

/**
 * A long list shows its beginning; the rest comes as the reader scrolls to its end (`end` is the ref of what stands
 * there, a button, so that the keyboard gets there too).
 */
export function useMore<Row>(rows: readonly Row[], step: number) {
  const [shown, setShown] = useState(step)
  const more = useCallback(() => setShown((now) => now + step), [step])
  const end = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return
      const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), { rootMargin: '400px' })
      seen.observe(element)
      return () => seen.disconnect()
    },
    [more],
  )
  return { rows: rows.slice(0, shown), left: Math.max(0, rows.length - shown), more, end }
}
