import { Hono } from 'hono'
import { type Bindings, breakConnection } from '../core/connection.ts'
import type { Emulator } from '../core/emulator.ts'
import type { FaultEffect } from '../core/faults.ts'
import { errorTexts, VkError } from './errors.ts'
import { past, present } from './history.ts'
import { type Actor, checkAccess, type Method } from './method.ts'
import { callbackMethods } from './methods/callback.ts'
import { chatMethods } from './methods/chats.ts'
import { conversationMethods } from './methods/conversations.ts'
import { peopleMethods } from './methods/people.ts'
import { type Params, peopleIn, requiredText } from './params.ts'
import { CompileError, RuntimeError, runScript } from './vkscript.ts'

export const methods: Record<string, Method> = { ...callbackMethods, ...chatMethods, ...conversationMethods, ...peopleMethods }

type Packed = { names: string[]; params: Record<string, unknown>[]; errors: { method: string; error_code: number; error_msg: string }[] }

/** A fault of a packed call that hits the whole request: the work so far is rolled back, as nothing was ever received. */
class CutOff extends Error {
  readonly effect: FaultEffect

  constructor(effect: FaultEffect) {
    super(effect.kind)
    this.effect = effect
  }
}

/** VK API: https://dev.vk.com/ru/api/api-requests. */
export function vkApi(em: Emulator) {
  const app = new Hono<{ Bindings: Bindings }>()
  const window = openRateWindow(em)

  app.on(['GET', 'POST'], '/method/:name', async (c) => {
    const at = em.clock()
    const name = c.req.param('name')
    const p = await readParams(c.req)
    const token = p.access_token || /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1] || ''
    delete p.access_token
    const actor = actorOf(em, token)
    const offence = actor instanceof VkError ? false : !window.admit(actor, at)
    const packed: Packed = { names: [], params: [], errors: [] }
    const record = (outcome: string) =>
      em.calls.add({
        at,
        door: 'vk',
        tokenKind: actor instanceof VkError ? 'none' : actor.kind,
        actorId: actor instanceof VkError ? null : actor.id,
        method: name,
        packed: packed.names,
        offence,
        outcome,
        packedErrors: packed.errors.map((error) => `${error.method}:${error.error_code}`),
        ...(em.recordParams ? { params: p, packedParams: packed.params } : {}),
      })
    const fail = (error: VkError) => {
      record(`error:${error.code}`)
      return c.json({ error: errorBody(error, name, p) })
    }
    const cut = (effect: FaultEffect) => {
      if (effect.kind === 'http') {
        record(`http:${effect.status}`)
        return c.body('', effect.status as 500) // any status may be asked for
      }
      record(effect.kind === 'lose-reply' ? 'lost' : 'offline')
      return breakConnection(c)
    }

    const fault = em.faults.strike({ method: name, packed: false, token, userIds: () => peopleIn(p) })
    if (fault?.kind === 'offline' || fault?.kind === 'http') return cut(fault)
    if (actor instanceof VkError) return fail(actor)
    if (offence) return fail(new VkError(6))
    if (fault?.kind === 'error') return fail(faultError(fault))

    const later: FaultEffect[] = fault ? [fault] : []
    try {
      const result = em.store.transaction(() =>
        name === 'execute' ? execute(em, actor, p, packed, later) : { response: callMethod(em, actor, name, p, requireVersion(p), fault) },
      )
      const delay = Math.max(0, ...later.map((effect) => (effect.kind === 'delay' ? effect.ms : 0)))
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
      if (later.some((effect) => effect.kind === 'lose-reply')) return cut({ kind: 'lose-reply' })
      record('ok')
      return c.json(result)
    } catch (error) {
      if (error instanceof CutOff) return cut(error.effect)
      if (error instanceof VkError) return fail(error)
      throw error
    }
  })
  return app
}

function callMethod(em: Emulator, actor: Actor, name: string, p: Params, version: string, fault?: FaultEffect): unknown {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (!method) throw new VkError(3)
  checkAccess(method, actor)
  const lists = fault?.kind === 'stale-lists' ? past(em, em.clock() - fault.ms) : present(em)
  return method.run({ em, actor, p, version, lists })
}

function execute(em: Emulator, actor: Actor, p: Params, packed: Packed, later: FaultEffect[]) {
  const version = requireVersion(p)
  if (actor.kind === 'person') throw new VkError(1051, 'method is unavailable with current profile type')
  if (actor.kind === 'service') throw new VkError(28, 'method is unavailable with service token.')
  const code = requiredText(p, 'code')
  const call = (method: string, args: Record<string, unknown>): unknown => {
    if (packed.names.length >= em.limits.executeCalls) throw new RuntimeError('too many api calls')
    const params = textParams(args)
    packed.names.push(method)
    if (em.recordParams) packed.params.push(params)
    try {
      const fault = em.faults.strike({ method, packed: true, token: actor.token, userIds: () => peopleIn(params) })
      if (fault?.kind === 'offline' || fault?.kind === 'http') throw new CutOff(fault)
      if (fault?.kind === 'error') throw faultError(fault)
      if (fault) later.push(fault)
      return callMethod(em, actor, method, params, typeof args.v === 'string' ? args.v : version, fault)
    } catch (error) {
      if (!(error instanceof VkError)) throw error
      packed.errors.push({ method, error_code: error.code, error_msg: error.message })
      return false
    }
  }
  try {
    const response = runScript(code, p, call)
    return { response, ...(packed.errors.length > 0 ? { execute_errors: packed.errors } : {}) }
  } catch (error) {
    if (error instanceof CompileError) throw new VkError(12, error.message)
    if (error instanceof RuntimeError) throw new VkError(13, error.message)
    throw error
  }
}

/** Refused calls do not fill the window (guess), but they are bad manners and are counted as such. */
function openRateWindow(em: Emulator) {
  const arrivals = new Map<string, number[]>()
  return {
    admit: (actor: Actor, at: number): boolean => {
      const most = actor.kind === 'community' ? em.limits.communityCallsPerSecond : em.limits.userCallsPerSecond
      const recent = (arrivals.get(actor.token) ?? []).filter((time) => time > at - 1000 && time <= at)
      const admitted = recent.length < most
      if (admitted) recent.push(at)
      arrivals.set(actor.token, recent)
      return admitted
    },
  }
}

function actorOf(em: Emulator, token: string): Actor | VkError {
  if (token === '') return new VkError(5, 'no access_token passed.')
  const service = em.store.get<{ user_id: number; rights: string }>('select user_id, rights from service_users where token = ?', token)
  if (service) return { kind: 'user', id: service.user_id, rights: JSON.parse(service.rights) as string[], token }
  const community = em.store.get<{ group_id: number; rights: string }>('select group_id, rights from communities where token = ?', token)
  if (community) return { kind: 'community', id: -community.group_id, rights: JSON.parse(community.rights) as string[], token }
  const person = em.store.get<{ user_id: number; expires_at: number; state: string }>(
    'select user_id, expires_at, state from tokens where access_token = ?',
    token,
  )
  if (person) {
    if (person.state !== 'live') return new VkError(5, 'invalid access_token (4).')
    if (person.expires_at <= em.clock()) return new VkError(5, 'access_token has expired.', { subcode: 1117 })
    return { kind: 'person', id: person.user_id, rights: [], token }
  }
  const client = em.store.get<{ client_id: string }>('select client_id from clients where service_token = ?', token)
  if (client) return { kind: 'service', id: 0, rights: [], token }
  return new VkError(5, 'invalid access_token (4).')
}

function requireVersion(p: Params): string {
  // From memory 8 is the code for a call without `v`; it may be 100 (guess).
  if (!p.v || !/^\d+\.\d+$/.test(p.v)) throw new VkError(8, 'v (version) is required')
  return p.v
}

function faultError(effect: { code: number | string; message?: string }): VkError {
  const code = Number(effect.code)
  return new VkError(code, effect.message ?? errorTexts[code] ?? 'Error', { replaceText: true })
}

function errorBody(error: VkError, method: string, p: Params) {
  return {
    error_code: error.code,
    ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
    error_msg: error.message,
    request_params: Object.entries({ method, oauth: '1', ...p }).map(([key, value]) => ({ key, value: value.slice(0, 1000) })),
  }
}

/** Query and form together; a JSON body is not read at all, as at VK. */
async function readParams(req: {
  query: () => Record<string, string>
  header: (name: string) => string | undefined
  parseBody: () => Promise<Record<string, unknown>>
}): Promise<Params> {
  const p: Params = { ...req.query() }
  const type = req.header('Content-Type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded') && !type.startsWith('multipart/form-data')) return p
  for (const [key, value] of Object.entries(await req.parseBody())) if (typeof value === 'string') p[key] = value
  return p
}

/** Inside a script parameters are values; outside they are text. */
function textParams(args: Record<string, unknown>): Params {
  const p: Params = {}
  for (const [key, value] of Object.entries(args)) {
    if (value === null || value === undefined) continue
    if (typeof value === 'boolean') p[key] = value ? '1' : '0'
    else if (Array.isArray(value)) p[key] = value.join(',')
    else p[key] = typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return p
}
