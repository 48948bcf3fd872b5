/**
 * A number from 0 up to 1 that depends on nothing but its arguments: chance that repeats itself with the same `seed` setting, however
 * the calls of other tests and other faults fall in between. The mixing is that of splitmix32.
 */
export function chance(seed: number, ...keys: number[]): number {
  let mixed = mix(seed)
  for (const key of keys) mixed = mix(mixed ^ mix(key))
  return mixed / 2 ** 32
}

function mix(from: number): number {
  let x = (from + 0x9e3779b9) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}
