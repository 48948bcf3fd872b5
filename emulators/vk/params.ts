import { VkError } from './errors.ts'

/** What came by query, form or from a script: VK knows only text. */
export type Params = Record<string, string>

export const missing = (name: string) => new VkError(100, `${name} is undefined`)

export function optionalInt(p: Params, name: string, range: { min?: number; max?: number } = {}): number | undefined {
  const text = p[name]?.trim()
  if (text === undefined || text === '') return undefined
  if (!/^-?\d+$/.test(text)) throw new VkError(100, `${name} not integer`)
  const value = Number(text)
  if (range.min !== undefined && value < range.min) throw new VkError(100, `${name} should be greater or equal to ${range.min}`)
  if (range.max !== undefined && value > range.max) throw new VkError(100, `${name} should be less or equal to ${range.max}`)
  return value
}

export function requiredInt(p: Params, name: string, range: { min?: number; max?: number } = {}): number {
  const value = optionalInt(p, name, range)
  if (value === undefined) throw missing(name)
  return value
}

export function requiredText(p: Params, name: string): string {
  const text = p[name]
  if (text === undefined || text === '') throw missing(name)
  return text
}

/** Lists travel as `1,2,3` (dev.vk.com/api/api-requests). */
export function intList(p: Params, name: string, range: { maxItems?: number } = {}): number[] {
  const text = p[name]?.trim()
  if (!text) return []
  const list = text.split(',').map((part) => part.trim())
  if (range.maxItems !== undefined && list.length > range.maxItems)
    throw new VkError(100, `${name} should contain not more than ${range.maxItems} items`)
  return list.map((part) => {
    if (!/^-?\d+$/.test(part)) throw new VkError(100, `${name} not integer`)
    return Number(part)
  })
}

export const flag = (p: Params, name: string) => p[name] === '1' || p[name] === 'true'

/** `5.199` is later than `5.81`: two numbers, not a fraction. */
export function atLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major !== wantedMajor ? major > wantedMajor : minor >= wantedMinor
}

/** Everybody a call is about, for faults that strike one person. */
export function peopleIn(p: Params): number[] {
  return ['user_id', 'member_id', 'user_ids', 'peer_id', 'peer_ids']
    .flatMap((name) => (p[name] ?? '').split(','))
    .filter((text) => text !== '')
    .map(Number)
}
