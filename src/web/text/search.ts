const collator = new Intl.Collator('ru', { numeric: true, sensitivity: 'base' })

/** The order of a Russian list: ё beside е, 10А after 9А. */
export const inRussianOrder = (a: string, b: string): number => collator.compare(a, b)

const fold = (text: string): string => text.toLowerCase().replaceAll('ё', 'е').trim()

/** Whether every typed word occurs, whatever the case and the dots over ё. */
export const contains = (text: string, typed: string): boolean => {
  const folded = fold(text)
  return fold(typed)
    .split(/\s+/)
    .every((word) => folded.includes(word))
}
