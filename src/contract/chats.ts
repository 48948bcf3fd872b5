import { createRoute, z } from '@hono/zod-openapi'
import { endpoints } from './endpoints.ts'
import { chatKinds, chatStates, memberRoles, memberStates, messengerErrorKinds } from './kinds.ts'
import { json, orgPath, problems } from './shapes.ts'

const failure = z.object({ kind: z.enum(messengerErrorKinds), vendorCode: z.string().nullable() })

export const chatRow = z.object({
  id: z.uuid(),
  title: z.string(),
  kind: z.enum(chatKinds),
  organisation: z.string(),
  /** The class this chat belongs to («1А»), null for the teachers' chat. */
  className: z.string().nullable(),
  /** null with a class: the whole class («Весь класс»). */
  subgroup: z.string().nullable(),
  subject: z.string().nullable(),
  state: z.enum(chatStates),
  /** false: the school keeps this chat by itself («не ведётся»). */
  managed: z.boolean(),
  failure: failure.nullable(),
  linked: z.int(),
  total: z.int(),
  syncedAt: z.iso.datetime().nullable(),
  /** Opens the chat for whoever may be in it; the messenger has one universal link for all three platforms. */
  links: z.object({ web: z.string().nullable(), android: z.string().nullable(), ios: z.string().nullable() }),
})
export type ChatRow = z.infer<typeof chatRow>

export const chatSorts = ['title', '-title', 'kind', '-kind', 'class', '-class', 'synced', '-synced'] as const
export const pageSizes = [20, 50, 100] as const

export const chatQuery = z.object({
  q: z.string().max(200).optional(),
  kind: z.enum(chatKinds).optional(),
  class: z.uuid().optional(),
  state: z.enum(chatStates).optional(),
  sort: z.enum(chatSorts).default('title'),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce
    .number()
    .int()
    .refine((size) => pageSizes.some((allowed) => allowed === size))
    .default(20),
})
export type ChatQuery = z.infer<typeof chatQuery>

export const chatPage = z.object({ total: z.int(), page: z.int(), pages: z.int(), size: z.int(), rows: z.array(chatRow) })
export type ChatPage = z.infer<typeof chatPage>

export const listChats = createRoute({
  ...endpoints.listChats,
  request: { params: orgPath, query: chatQuery },
  responses: { 200: json(chatPage), ...problems },
})

/** What the filters of the registry offer. */
export const chatFilters = z.object({ classes: z.array(z.object({ id: z.uuid(), title: z.string() })) })
export type ChatFilters = z.infer<typeof chatFilters>
export const listChatFilters = createRoute({
  ...endpoints.listChatFilters,
  request: { params: orgPath },
  responses: { 200: json(chatFilters), ...problems },
})

export const chatPath = orgPath.extend({ chat: z.uuid() })

/** «Идентификатор чата» is the number the messenger gave; null until the chat exists there. */
export const chatDetails = chatRow.extend({
  externalId: z.string().nullable(),
  titleBy: z.enum(['template', 'administrator']),
  counts: z.object({
    total: z.int(),
    linked: z.int(),
    waiting: z.int(),
    planned: z.int(),
    invited: z.int(),
    member: z.int(),
    left: z.int(),
    failed: z.int(),
  }),
})
export type ChatDetails = z.infer<typeof chatDetails>
export const readChat = createRoute({
  ...endpoints.readChat,
  request: { params: chatPath },
  responses: { 200: json(chatDetails), ...problems },
})

/** Renames here and in the messenger, or changes neither. 409 messenger-refused / 503 messenger-unavailable / 400 bad-title. */
export const renameChat = createRoute({
  ...endpoints.renameChat,
  request: { params: chatPath, body: json(z.object({ title: z.string().max(1000) })) },
  responses: { 200: json(chatDetails), ...problems },
})

export const chatMember = z.object({
  personId: z.uuid(),
  surname: z.string(),
  givenName: z.string(),
  patronymic: z.string(),
  role: z.enum(memberRoles),
  linked: z.boolean(),
  state: z.enum(memberStates),
  failure: failure.nullable(),
})
export type ChatMember = z.infer<typeof chatMember>
export const memberQuery = z.object({ q: z.string().max(200).optional(), linked: z.enum(['yes', 'no']).optional() })
export const listMembers = createRoute({
  ...endpoints.listMembers,
  request: { params: chatPath, query: memberQuery },
  responses: { 200: json(z.object({ rows: z.array(chatMember) })), ...problems },
})
/** The same list as a spreadsheet. */
export const exportMembers = createRoute({
  ...endpoints.exportMembers,
  request: { params: chatPath, query: memberQuery },
  responses: {
    200: {
      description: 'XLSX',
      content: {
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: z.string().openapi({ format: 'binary' }) },
      },
    },
    ...problems,
  },
})

/** «Мои чаты»: one entry a system; chats only of the person who asks. */
export const myChat = z.object({
  id: z.uuid(),
  title: z.string(),
  kind: z.enum(chatKinds),
  organisation: z.string(),
  className: z.string().nullable(),
  subject: z.string().nullable(),
  state: z.enum(memberStates),
  failure: failure.nullable(),
  /** Present when the person may open it («Открыть») or, in state invited, come in by it («Войти в чат»). */
  link: z.string().nullable(),
})
export type MyChat = z.infer<typeof myChat>
export const myChats = z.object({
  systems: z.array(z.object({ system: z.literal('sferum'), linked: z.boolean(), chats: z.array(myChat) })),
})
export type MyChats = z.infer<typeof myChats>
export const listMyChats = createRoute({ ...endpoints.listMyChats, responses: { 200: json(myChats), ...problems } })
/** Asks the messenger whether the person has come in by the invite; answers with the list as it now is. */
export const refreshMyChats = createRoute({ ...endpoints.refreshMyChats, responses: { 200: json(myChats), ...problems } })
