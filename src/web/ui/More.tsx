import { number } from '../text/plurals.ts'

type Props = { left: number; more: () => void; end: (element: HTMLElement | null) => (() => void) | undefined }

/** The end of what is shown of a long list. */
export function More({ left, more, end }: Props) {
  if (left === 0) return null
  return (
    // A new button each time: what watches it looks again.
    <button key={left} type="button" className="more" ref={end} onClick={more}>
      Показать ещё (осталось {number(left)})
    </button>
  )
}
