import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds } from './kinds.ts'
import { planChat, planCounts } from './plans.ts'
import { json, orgPath, problems } from './shapes.ts'

const percent = z.int().min(1).max(100)
/** Everything has a default: an empty object is a school that never touched its settings. */
const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape)

/** Who belongs into which chat, beside those for whom it exists (pupils, guardians, staff). */
export const audience = {
  /** Into CLASS and PARENTS as a matter of course; into SUBJECT where the school wants it. */
  classTeacherInSubject: z.boolean().default(false),
  subjectTeachersInClass: z.boolean().default(false),
  subjectTeachersInParents: z.boolean().default(false),
  administrationInClass: z.boolean().default(false),
  administrationInParents: z.boolean().default(false),
  administrationInSubject: z.boolean().default(false),
  /** all: every guardian; first: the one who was recorded first. */
  guardians: z.enum(['all', 'first']).default('all'),
}

export const chatRules = section({
  kinds: section({
    CLASS: z.boolean().default(true),
    PARENTS: z.boolean().default(true),
    TEACHER: z.boolean().default(true),
    SUBJECT: z.boolean().default(true),
  }).prefault({}),
  /** Grades that have chats; null: all. A class without a grade belongs to all. */
  grades: z.array(z.int().min(0).max(12)).nullable().default(null),
  audience: section(audience).prefault({}),
})
export type ChatRules = z.infer<typeof chatRules>

/** What is taken out without asking; everything beyond is held. */
export const brakeLimits = section({
  /** More than this share of the people in one chat at once… */
  chatPercent: percent.default(25),
  /** …and at least so many of them. */
  chatFewest: z.int().min(1).max(50).default(2),
  /** More than this share of all memberships of the school at once, and at least schoolFewest of them. */
  schoolPercent: percent.default(10),
  schoolFewest: z.int().min(1).max(1000).default(10),
  /** The same over the last seven days together. */
  weekChatPercent: percent.default(50),
  weekSchoolPercent: percent.default(20),
  /** Two different administrators have to approve what is held. */
  secondApprover: z.boolean().default(false),
})
export type BrakeLimits = z.infer<typeof brakeLimits>

export const driftRules = section({
  /** enforce: a title changed in the messenger is changed back; report: only told. */
  titles: z.enum(['enforce', 'report']).default('enforce'),
  /** Somebody who belongs left by themselves: report respects it, return adds them again. */
  left: z.enum(['report', 'return']).default('report'),
  /** Somebody who belongs was taken out by another person in the messenger. */
  kicked: z.enum(['report', 'return']).default('report'),
  strangers: z.enum(['report', 'remove']).default('report'),
})
export type DriftRules = z.infer<typeof driftRules>

export const schedule = section({
  /** How often the messenger is looked at; 0: only when somebody asks. */
  observeEveryMinutes: z.union([z.literal(0), z.int().min(5).max(1440)]).default(60),
  /** Carry out by itself what the brake does not hold, after each look. */
  automatic: z.boolean().default(false),
})
export type Schedule = z.infer<typeof schedule>

export const titleTemplates = z.partialRecord(
  z.enum(chatKinds),
  z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u),
)

export const chatSettings = z.object({
  rules: chatRules.prefault({}),
  brake: brakeLimits.prefault({}),
  drift: driftRules.prefault({}),
  schedule: schedule.prefault({}),
  /** Per kind, with {Школа} {Класс} {Подгруппа} {Предмет}; a kind that is absent has the default. */
  titles: titleTemplates.default({}),
})
export type ChatSettings = z.infer<typeof chatSettings>

export const readChatSettings = createRoute({
  ...endpoints.readChatSettings,
  request: { params: orgPath },
  responses: {
    200: json(
      z.object({
        settings: chatSettings,
        /** What stands in for an absent template. */
        defaultTitles: z.record(z.enum(chatKinds), z.string()),
        /** For the live preview. */
        sample: z.object({ school: z.string(), className: z.string(), subgroup: z.string(), subject: z.string() }),
        longestTitle: z.int(),
        forbiddenCharacters: z.array(z.string()),
        grades: z.array(z.int()),
      }),
    ),
    ...problems,
  },
})

/** What these settings would change, looked at in the messenger; nothing is saved. */
export const previewChatSettings = createRoute({
  ...endpoints.previewChatSettings,
  request: { params: orgPath, body: json(chatSettings) },
  responses: { 200: json(z.object({ counts: planCounts, chats: z.array(planChat) })), ...problems },
})

export const saveChatSettings = createRoute({
  ...endpoints.saveChatSettings,
  request: { params: orgPath, body: json(chatSettings) },
  responses: { 200: json(z.object({ settings: chatSettings })), ...problems },
})
