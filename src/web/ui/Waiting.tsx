import { Loader } from '@mantine/core'

/** A page that is not there yet. */
export function Waiting() {
  return (
    <div className="state waiting" role="status">
      <Loader size="sm" aria-hidden />
      <span>Загружаем страницу…</span>
    </div>
  )
}
