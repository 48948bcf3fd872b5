import { createRoute, z } from '@hono/zod-openapi'
import { chatPath } from './chats.ts'
import { endpoints } from './endpoints.ts'
import { chatKinds } from './kinds.ts'
import { json, orgPath, problems } from './shapes.ts'

const target = z.object({
  /** A chat of the registry: existing (then merge) or only planned (then adopt). */
  key: z.string(),
  chatId: z.uuid().nullable(),
  title: z.string(),
  kind: z.enum(chatKinds),
  live: z.boolean(),
})
export type AdoptTarget = z.infer<typeof target>

/** A chat of the connected account that no registry knows. */
export const unknownChat = z.object({
  number: z.string(),
  title: z.string(),
  members: z.int(),
  /** How many of them are people of this school. */
  known: z.int(),
  /** What it most likely is: «1а» and «1А» and a Latin look-alike are one class. */
  likely: target.nullable(),
})
export type UnknownChat = z.infer<typeof unknownChat>
export const listUnknownChats = createRoute({
  ...endpoints.listUnknownChats,
  request: { params: orgPath },
  responses: { 200: json(z.object({ chats: z.array(unknownChat), targets: z.array(target) })), ...problems },
})

/** The messenger's chat becomes the registry's chat of this class; its title there is kept, its people are compared by the next plan. */
export const adoptChat = createRoute({
  ...endpoints.adoptChat,
  request: { params: orgPath, body: json(z.object({ number: z.string(), key: z.string() })) },
  responses: { 200: json(z.object({ chatId: z.uuid() })), ...problems },
})

/**
 * The registry's chat stays; the other one gets a notice, the title «Архив: …», and its people who are in the kept chat
 * leave it. Carried out as a run.
 */
export const mergeChat = createRoute({
  ...endpoints.mergeChat,
  request: { params: orgPath, body: json(z.object({ number: z.string(), into: z.uuid() })) },
  responses: { 202: json(z.object({ runId: z.uuid() })), ...problems },
})

/** «Не вести»: the chat stays in the messenger untouched, and we no longer look at it. And back. */
export const manageChat = createRoute({
  ...endpoints.manageChat,
  request: { params: chatPath, body: json(z.object({ managed: z.boolean() })) },
  responses: { 200: json(z.object({ managed: z.boolean() })), ...problems },
})

export const chatException = z.object({
  id: z.uuid(),
  person: z.object({ id: z.uuid(), surname: z.string(), givenName: z.string(), patronymic: z.string() }),
  effect: z.enum(['include', 'exclude']),
  reason: z.string(),
  endsOn: z.iso.date().nullable(),
  madeAt: z.iso.datetime(),
  over: z.boolean(),
})
export type ChatException = z.infer<typeof chatException>
export const listExceptions = createRoute({
  ...endpoints.listExceptions,
  request: { params: chatPath },
  responses: { 200: json(z.object({ rows: z.array(chatException) })), ...problems },
})
/** A second one for the same person replaces the first. Takes effect at the next synchronisation. */
export const saveException = createRoute({
  ...endpoints.saveException,
  request: {
    params: chatPath,
    body: json(
      z.object({
        personId: z.uuid(),
        effect: z.enum(['include', 'exclude']),
        reason: z.string().trim().min(3).max(500),
        endsOn: z.iso.date().nullable(),
      }),
    ),
  },
  responses: { 201: json(chatException), ...problems },
})
export const removeException = createRoute({
  ...endpoints.removeException,
  request: { params: chatPath.extend({ exception: z.uuid() }) },
  responses: { 200: json(z.object({ removed: z.literal(true) })), ...problems },
})
/** People of the school by part of a name, for «Добавить человека». */
export const findPeople = createRoute({
  ...endpoints.findPeople,
  request: { params: orgPath, query: z.object({ q: z.string().min(2).max(100) }) },
  responses: {
    200: json(
      z.object({
        rows: z.array(
          z.object({
            id: z.uuid(),
            surname: z.string(),
            givenName: z.string(),
            patronymic: z.string(),
            /** «ученик 1А», «учитель», «родитель ученика 1А». */
            about: z.string(),
            linked: z.boolean(),
          }),
        ),
      }),
    ),
    ...problems,
  },
})
