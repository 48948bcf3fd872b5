/** Chance that can be had again: the same words give the same draws. */
export type Chance = {
  /** A whole number from `least` to `most`, both included. */
  int: (least: number, most: number) => number
  /** True in so many cases of one. */
  happens: (share: number) => boolean
  pick: <Item>(items: readonly Item[]) => Item | undefined
  /** So many different items, in an order of chance. */
  some: <Item>(items: readonly Item[], count: number) => Item[]
}

/** Draws that depend on the words only, so that what happened before a round does not change what the round draws. */
export function createChance(...words: (string | number)[]): Chance {
  let state = hash(words.join(' '))
  // mulberry32: small, and good enough to choose by.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  const some = <Item>(items: readonly Item[], count: number): Item[] => {
    const left = [...items]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(int(0, left.length - 1), 1)).flat()
  }
  return { int, happens: (share) => next() < share, pick: (items) => items[int(0, items.length - 1)], some }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value | 0
}
