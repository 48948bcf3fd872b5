import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds, memberRoles, memberStates, messengerErrorKinds, reasonCodes, runCauses, runStates, stepKinds } from './kinds.ts'
import { plan, planCounts, run, runPath } from './plans.ts'
import { json, orgPath, problems } from './shapes.ts'

const personName = z.object({ id: z.uuid(), surname: z.string(), givenName: z.string(), patronymic: z.string() })
const failure = z.object({ kind: z.enum(messengerErrorKinds), vendorCode: z.string().nullable() })

/** Why something cannot be done with a run now; null: it can. The button stands there disabled, with the reason. */
const runRefusals = ['not-finished', 'finished', 'nothing-failed', 'nothing-done', 'newer-run', 'run-under-way'] as const
export type RunRefusal = (typeof runRefusals)[number]

export const journalRun = z.object({
  id: z.uuid(),
  state: z.enum(runStates),
  cause: z.enum(runCauses),
  /** The whole school, one person, one chat… */
  scope: z.enum(['school', 'person', 'chat', 'retry', 'undo', 'merge']),
  /** Who pressed the button; null: the system by itself. */
  requestedBy: personName.nullable(),
  stoppedBy: personName.nullable(),
  /** Whom or which chat it was about, where it was one. */
  about: z.string().nullable(),
  requestedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  seconds: z.number().nullable(),
  requests: z.int(),
  calls: z.int(),
  /** What the plan said. */
  counts: planCounts.partial(),
  steps: z.object({ total: z.int(), done: z.int(), failed: z.int(), skipped: z.int() }),
  failure: failure.nullable(),
})
export type JournalRun = z.infer<typeof journalRun>

export const journalQuery = z.object({
  state: z.enum(runStates).optional(),
  scope: z.enum(['school', 'small']).optional(),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(20),
})
export type JournalQuery = z.infer<typeof journalQuery>

/** «Журнал синхронизаций», newest first. */
export const listRuns = createRoute({
  ...endpoints.listRuns,
  request: { params: orgPath, query: journalQuery },
  responses: { 200: json(z.object({ total: z.int(), page: z.int(), pages: z.int(), rows: z.array(journalRun) })), ...problems },
})

export const readJournalRun = createRoute({
  ...endpoints.readJournalRun,
  request: { params: runPath },
  responses: {
    200: json(
      z.object({
        run: journalRun,
        can: z.object({
          stop: z.enum(runRefusals).nullable(),
          resume: z.enum(runRefusals).nullable(),
          retry: z.enum(runRefusals).nullable(),
          undo: z.enum(runRefusals).nullable(),
        }),
      }),
    ),
    ...problems,
  },
})

export const stepStates = ['planned', 'sent', 'done', 'failed', 'skipped'] as const
export type StepState = (typeof stepStates)[number]
export const runStep = z.object({
  seq: z.int(),
  kind: z.enum(stepKinds),
  state: z.enum(stepStates),
  chatId: z.uuid(),
  chatTitle: z.string(),
  chatKind: z.enum(chatKinds),
  person: personName.nullable(),
  role: z.enum(memberRoles).nullable(),
  reason: z.object({ code: z.enum(reasonCodes), of: z.string().nullable() }).nullable(),
  /** rename-chat and create-chat: the title; remove-stranger: the account. */
  detail: z.string().nullable(),
  failure: failure.nullable(),
  /** The brake had held it and an administrator let it through. */
  approved: z.boolean(),
  finishedAt: z.iso.datetime().nullable(),
  /** When a lasting refusal is asked again; null where it is not. */
  retryAt: z.iso.datetime().nullable(),
})
export type RunStep = z.infer<typeof runStep>
export const stepQuery = z.object({
  state: z.enum(stepStates).optional(),
  chat: z.uuid().optional(),
  q: z.string().max(200).optional(),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(50),
})
export type StepQuery = z.infer<typeof stepQuery>
export const listRunSteps = createRoute({
  ...endpoints.listRunSteps,
  request: { params: runPath, query: stepQuery },
  responses: { 200: json(z.object({ total: z.int(), page: z.int(), pages: z.int(), rows: z.array(runStep) })), ...problems },
})
const file = (type: string, description: string) => ({
  description,
  content: { [type]: { schema: z.string().openapi({ format: 'binary' }) } },
})
export const exportRunXlsx = createRoute({
  ...endpoints.exportRunXlsx,
  request: { params: runPath },
  responses: { 200: file('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'XLSX'), ...problems },
})
/** UTF-8 with BOM and semicolons: what a Russian Excel opens by itself. */
export const exportRunCsv = createRoute({
  ...endpoints.exportRunCsv,
  request: { params: runPath },
  responses: { 200: file('text/csv', 'CSV'), ...problems },
})

/** «Остановить»: nothing more is sent within two seconds; what is under way is answered and written down. */
export const stopRun = createRoute({ ...endpoints.stopRun, request: { params: runPath }, responses: { 200: json(run), ...problems } })
/** «Продолжить» from where it stopped; steps that nobody wants any more are skipped. */
export const resumeRun = createRoute({ ...endpoints.resumeRun, request: { params: runPath }, responses: { 202: json(run), ...problems } })
/** «Повторить неудавшиеся»: a new run that takes only what failed. */
export const retryRun = createRoute({ ...endpoints.retryRun, request: { params: runPath }, responses: { 202: json(run), ...problems } })
/** «Отменить запуск»: the inverse plan, to be read like any plan and started by startRun. */
export const planUndo = createRoute({ ...endpoints.planUndo, request: { params: runPath }, responses: { 201: json(plan), ...problems } })

export const syncChat = createRoute({
  ...endpoints.syncChat,
  request: { params: orgPath.extend({ chat: z.uuid() }) },
  responses: { 202: json(run), ...problems },
})
/** All chats of one person; the run appears in the journal when there was something to do. */
export const syncOnePerson = createRoute({
  ...endpoints.syncOnePerson,
  request: { params: orgPath.extend({ person: z.uuid() }) },
  responses: { 202: json(z.object({ queued: z.literal(true) })), ...problems },
})

/** «Почему?»: everything that decides whether this person is in this chat. */
export const why = z.object({
  person: personName,
  chat: z.object({ id: z.uuid(), title: z.string(), kind: z.enum(chatKinds) }),
  state: z.enum(memberStates).nullable(),
  /** The rule that wants the person in; null: no rule does. */
  rule: z.object({ code: z.enum(reasonCodes), of: z.string().nullable() }).nullable(),
  /** What the register says, with its dates. */
  facts: z.array(
    z.object({
      kind: z.enum(['enrolment', 'class-teacher', 'guardianship', 'post', 'teaching', 'subgroup', 'exception']),
      of: z.string(),
      startsOn: z.string(),
      endsOn: z.string().nullable(),
      current: z.boolean(),
    }),
  ),
  link: z.object({ since: z.iso.datetime() }).nullable(),
  /** The messenger's last answers about this person in this chat, newest first. */
  answers: z.array(
    z.object({
      runId: z.uuid(),
      at: z.iso.datetime(),
      step: z.enum(stepKinds),
      state: z.enum(stepStates),
      failure: failure.nullable(),
    }),
  ),
  /** What happens at the next synchronisation. */
  next: z.object({
    what: z.enum(['nothing', 'add', 'invite', 'remove', 'held', 'wait-for-link', 'respect-left', 'retry-later', 'create-chat-first']),
    /** held: why; retry-later: when. */
    hold: z.string().nullable(),
    at: z.iso.datetime().nullable(),
  }),
})
export type Why = z.infer<typeof why>
export const explainMember = createRoute({
  ...endpoints.explainMember,
  request: { params: orgPath.extend({ chat: z.uuid(), person: z.uuid() }) },
  responses: { 200: json(why), ...problems },
})

/** How the messenger has been lately, for the Sferum page. */
export const messengerHealth = z.object({
  state: z.enum(['well', 'slowed', 'waiting', 'away', 'refused']),
  until: z.iso.datetime().nullable(),
  reason: failure.nullable(),
  observedAt: z.iso.datetime().nullable(),
  nextObservationAt: z.iso.datetime().nullable(),
  pausedByUndo: z.boolean(),
  held: z.int(),
  drift: z.int(),
  /** The register as the last import left it; null: never imported. */
  source: z.object({ state: z.enum(['complete', 'partial', 'broken', 'shrunk']), readAt: z.iso.datetime() }).nullable(),
})
export type MessengerHealth = z.infer<typeof messengerHealth>
export const readMessengerHealth = createRoute({
  ...endpoints.readMessengerHealth,
  request: { params: orgPath },
  responses: { 200: json(messengerHealth), ...problems },
})
