import type { Gate } from './gate.ts'

export const killKinds = ['journal', 'before', 'moment', 'after', 'late'] as const
export type KillKind = (typeof killKinds)[number]

export type KillPoint = {
  kind: KillKind
  /** The how-manieth commit of the journal or request, counted from 1; moment: milliseconds. */
  nth: number
  /** Requests: only those that change something count. Moment: from the first sign of life instead of from the start. */
  strict: boolean
}

export type Trigger = {
  /** The next time that the point is reached, `kill` is called; once. */
  arm: (point: KillPoint, kill: () => Promise<unknown>) => void
  disarm: () => void
  /** The journal was written to. */
  noteCommit: () => void
}

/** A point in words, so that a list of violations says when it happened. */
export function describePoint({ kind, nth, strict }: KillPoint): string {
  if (kind === 'journal') return `after journal commit ${nth}`
  if (kind === 'moment') return `${nth} ms after ${strict ? 'the first sign of life' : 'the start'}`
  const request = `${strict ? 'changing ' : ''}request ${nth}`
  return { before: `before ${request}`, after: `after ${request}, answer lost`, late: `with ${request} on its way` }[kind]
}

const changes = /API\.messages\.(createChat|editChat|addChatUser|removeChatUser)\(/

/** Counts commits and requests and kills at the one that was asked for. */
export function openTrigger(gate: Gate): Trigger {
  let armed: { point: KillPoint; left: number; kill: () => Promise<unknown> } | null = null
  let timer: NodeJS.Timeout | undefined

  const disarm = () => {
    clearTimeout(timer)
    timer = undefined
    armed = null
  }
  const reached = (): boolean => {
    if (armed === null || --armed.left > 0) return false
    armed = null
    return true
  }
  const startTimer = () => {
    if (armed?.point.kind !== 'moment' || timer !== undefined) return
    const { point, kill } = armed
    timer = setTimeout(() => {
      disarm()
      void kill()
    }, point.nth)
  }
  return {
    arm: (point, kill) => {
      disarm()
      armed = { point, left: point.nth, kill }
      gate.guard((code) => {
        startTimer()
        if (armed === null || armed.point.kind === 'journal' || armed.point.kind === 'moment') return 'pass'
        const { kind, strict } = armed.point
        return (!strict || changes.test(code)) && reached() ? kind : 'pass'
      }, kill)
      if (!point.strict) startTimer()
    },
    disarm,
    noteCommit: () => {
      startTimer()
      if (armed?.point.kind !== 'journal') return
      const { kill } = armed
      if (reached()) void kill()
    },
  }
}
