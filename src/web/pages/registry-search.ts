import type { ChatQuery } from '#contract/chats.ts'
import { chatKinds, chatStates } from '#contract/kinds.ts'

/** The registry's part of the URL: filters, order, page, and the chat that is open. Defaults stay out of it. */
export type RegistrySearch = Partial<ChatQuery> & { chat?: string }

// The same lists as contract/chats.ts, which the browser cannot import without zod; the types hold them together.
const sorts: ChatQuery['sort'][] = ['title', '-title', 'kind', '-kind', 'class', '-class', 'synced', '-synced']
export const pageSizes = [20, 50, 100] as const
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const defaults = { sort: 'title', page: 1, size: 20 } as const satisfies Partial<ChatQuery>

export function readRegistrySearch(search: Record<string, unknown>): RegistrySearch {
  const page = Number(search.page)
  const size = pageSizes.find((allowed) => allowed === Number(search.size))
  const sort = sorts.find((allowed) => allowed === search.sort)
  const kind = chatKinds.find((allowed) => allowed === search.kind)
  const state = chatStates.find((allowed) => allowed === search.state)
  return {
    ...(search.q !== undefined && String(search.q) !== '' && { q: String(search.q).slice(0, 200) }),
    ...(kind && { kind }),
    ...(state && { state }),
    ...(typeof search.class === 'string' && uuid.test(search.class) && { class: search.class }),
    ...(sort && sort !== defaults.sort && { sort }),
    ...(Number.isInteger(page) && page > 1 && page <= 100_000 && { page }),
    ...(size && size !== defaults.size && { size }),
    ...(typeof search.chat === 'string' && uuid.test(search.chat) && { chat: search.chat }),
  }
}

export const toQuery = ({ chat: _, ...search }: RegistrySearch): ChatQuery => ({ ...defaults, ...search })
