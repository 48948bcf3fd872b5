import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds, holdReasons, memberRoles, messengerErrorKinds, reasonCodes, runStates, stepKinds } from './kinds.ts'
import { json, orgPath, problems } from './shapes.ts'

export const planCounts = z.object({
  create: z.int(),
  rename: z.int(),
  add: z.int(),
  invite: z.int(),
  /** Distinct people who are added or invited (a person may come into several chats). */
  people: z.int(),
  remove: z.int(),
  /** Distinct people who belong into some chat and have no link. */
  notLinked: z.int(),
  /** Memberships that wait for a link (a person may wait in several chats). */
  waiting: z.int(),
  held: z.int(),
  /** Accounts in our chats that the register does not know: reported, never touched. */
  strangers: z.int(),
  /** Chats that could not be read just now, or that another account made: left as they are. */
  unreadable: z.int(),
  chats: z.int(),
})
export type PlanCounts = z.infer<typeof planCounts>

/** One chat of a plan, folded: numbers only. `key` is the chat's identity, also before it exists. */
export const planChat = z.object({
  key: z.string(),
  title: z.string(),
  kind: z.enum(chatKinds),
  create: z.boolean(),
  renameFrom: z.string().nullable(),
  add: z.int(),
  invite: z.int(),
  remove: z.int(),
  waiting: z.int(),
  /** Steps that the guard stopped here, with numbers («12 из 25»). Those with approvable=false cannot be let through. */
  held: z.array(z.object({ reason: z.enum(holdReasons), count: z.int(), of: z.int(), approvable: z.boolean() })),
})
export type PlanChat = z.infer<typeof planChat>

export const plan = z.object({
  id: z.uuid(),
  fingerprint: z.string(),
  madeAt: z.iso.datetime(),
  empty: z.boolean(),
  counts: planCounts,
  chats: z.array(planChat),
})
export type Plan = z.infer<typeof plan>

export const makePlan = createRoute({
  ...endpoints.makePlan,
  request: { params: orgPath },
  responses: { 201: json(plan), ...problems },
})

export const planPath = orgPath.extend({ plan: z.uuid() })
export const planPerson = z.object({
  personId: z.uuid(),
  surname: z.string(),
  givenName: z.string(),
  patronymic: z.string(),
  role: z.enum(memberRoles),
  change: z.enum(['add', 'invite', 'remove', 'waiting', 'held-add', 'held-remove']),
  reason: z.enum(reasonCodes),
  /** The register's fact behind the reason: «1А», «Английский язык, группа 1». */
  of: z.string().nullable(),
})
export type PlanPerson = z.infer<typeof planPerson>
/** One chat of a plan, unfolded: everybody with a change and the reason for it. */
export const readPlanChat = createRoute({
  ...endpoints.readPlanChat,
  request: { params: planPath, query: z.object({ key: z.string() }) },
  responses: { 200: json(z.object({ people: z.array(planPerson) })), ...problems },
})

export const runFailure = z.object({
  seq: z.int(),
  chatId: z.uuid(),
  chatTitle: z.string(),
  step: z.enum(stepKinds),
  /** Who the step was for; null where it was for the chat itself. */
  person: z.object({ id: z.uuid(), surname: z.string(), givenName: z.string(), patronymic: z.string() }).nullable(),
  kind: z.enum(messengerErrorKinds),
  vendorCode: z.string().nullable(),
})
export type RunFailure = z.infer<typeof runFailure>

export const run = z.object({
  id: z.uuid(),
  state: z.enum(runStates),
  startedByMe: z.boolean(),
  requestedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  steps: z.object({ total: z.int(), done: z.int(), failed: z.int(), skipped: z.int() }),
  /** What is being done right now; null before the start and after the end. */
  current: z.object({ step: z.enum(stepKinds), chatTitle: z.string() }).nullable(),
  secondsLeft: z.number().nullable(),
  /** Why the whole run failed; null when it did not. */
  failure: z.object({ kind: z.enum(messengerErrorKinds), vendorCode: z.string().nullable() }).nullable(),
})
export type Run = z.infer<typeof run>

/**
 * «Да». Starts a run of the plan that was read, or joins the one under way (`joined`).
 * A plan that no longer fits the world ends in run state `stale`: make and show a new one.
 */
export const startRun = createRoute({
  ...endpoints.startRun,
  request: {
    params: orgPath,
    body: json(z.object({ plan: z.uuid(), fingerprint: z.string(), approved: z.array(z.string()).max(10_000).default([]) })),
  },
  responses: { 202: json(z.object({ run, joined: z.boolean() })), ...problems },
})

/** The run under way, else the last one, else null. */
export const readCurrentRun = createRoute({
  ...endpoints.readCurrentRun,
  request: { params: orgPath },
  responses: { 200: json(z.object({ run: run.nullable() })), ...problems },
})
export const runPath = orgPath.extend({ run: z.uuid() })
export const readRun = createRoute({ ...endpoints.readRun, request: { params: runPath }, responses: { 200: json(run), ...problems } })
export const listRunFailures = createRoute({
  ...endpoints.listRunFailures,
  request: { params: runPath },
  responses: { 200: json(z.object({ rows: z.array(runFailure) })), ...problems },
})
/** Server-sent events: event `run` with a Run as data, at once and at every change; the stream ends when the run does. */
export const watchRun = createRoute({
  ...endpoints.watchRun,
  request: { params: runPath },
  responses: { 200: { description: 'text/event-stream of Run', content: { 'text/event-stream': { schema: z.string() } } }, ...problems },
})
