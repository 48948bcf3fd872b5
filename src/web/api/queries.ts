import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AdoptTarget, ChatException, UnknownChat } from '#contract/adopt.ts'
import type { ChatSettings } from '#contract/chat-settings.ts'
import type { ChatDetails, ChatFilters, ChatMember, ChatPage, ChatQuery, MyChats } from '#contract/chats.ts'
import type { DriftItem } from '#contract/drift.ts'
import type { HeldChat } from '#contract/held.ts'
import type { ChatKind, DriftKind } from '#contract/kinds.ts'
import type { LinkRows } from '#contract/links.ts'
import type { House, Me } from '#contract/me.ts'
import type { PlanPerson, Run, RunFailure } from '#contract/plans.ts'
import type { JournalRun, MessengerHealth, RunRefusal, RunStep, Why } from '#contract/runs.ts'
import { call } from './client.ts'

/** Every question that the pages ask, by noun; keys begin with the noun so that a change can refresh all of it. */
export const houseQuery = queryOptions({
  queryKey: ['house'],
  queryFn: ({ signal }) => call<House>('readHouse', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Whether anybody is signed in; asked before anything that would answer a stranger with «no». */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call<{ signedIn: boolean }>('getSession', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => call<Me>('readMe', { signal }), staleTime: 60_000 })

export const linksQuery = queryOptions({ queryKey: ['links'], queryFn: ({ signal }) => call<LinkRows>('listMyLinks', { signal }) })

export const affectedChatsQuery = queryOptions({
  queryKey: ['links', 'affected'],
  queryFn: ({ signal }) => call<{ chats: { title: string }[] }>('listChatsAffectedByUnlink', { signal }),
})

/** Linked and not yet in, or unlinked and not yet out: the engine changes it within seconds. */
const isSettling = ({ systems }: MyChats): boolean =>
  systems.some(({ linked, chats }) =>
    chats.some(({ state }) => (linked ? state === 'waiting' || state === 'planned' : state === 'member' || state === 'invited')),
  )

export const myChatsQuery = queryOptions({
  queryKey: ['my-chats'],
  queryFn: ({ signal }) => call<MyChats>('listMyChats', { signal }),
  // Not for ever: somebody may be held back, and a last adult is kept.
  refetchInterval: ({ state: { data, dataUpdateCount } }) => (data && isSettling(data) && dataUpdateCount < 20 ? 2000 : false),
})

export const chatsQuery = (org: string, query: ChatQuery) =>
  queryOptions({
    queryKey: ['chats', org, 'page', query],
    queryFn: ({ signal }) => call<ChatPage>('listChats', { params: { org }, query, signal }),
    placeholderData: keepPreviousData,
  })

export const chatFiltersQuery = (org: string) =>
  queryOptions({
    queryKey: ['chats', org, 'filters'],
    queryFn: ({ signal }) => call<ChatFilters>('listChatFilters', { params: { org }, signal }),
  })

export const chatQuery = (org: string, chat: string) =>
  queryOptions({
    queryKey: ['chats', org, 'one', chat],
    queryFn: ({ signal }) => call<ChatDetails>('readChat', { params: { org, chat }, signal }),
  })

export const membersQuery = (org: string, chat: string, filter: { q?: string; linked?: 'no' }) =>
  queryOptions({
    queryKey: ['chats', org, 'members', chat, filter],
    queryFn: ({ signal }) => call<{ rows: ChatMember[] }>('listMembers', { params: { org, chat }, query: filter, signal }),
    placeholderData: keepPreviousData,
  })

export const planChatQuery = (org: string, plan: string, key: string) =>
  queryOptions({
    queryKey: ['plans', org, plan, key],
    queryFn: ({ signal }) => call<{ people: PlanPerson[] }>('readPlanChat', { params: { org, plan }, query: { key }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const currentRunQuery = (org: string) =>
  queryOptions({
    queryKey: ['runs', org, 'current'],
    queryFn: ({ signal }) => call<{ run: Run | null }>('readCurrentRun', { params: { org }, signal }),
    // Another administrator may press the button too.
    refetchInterval: 15_000,
  })

export const runFailuresQuery = (org: string, run: string, failed: number) =>
  queryOptions({
    queryKey: ['runs', org, run, 'failures', failed],
    queryFn: ({ signal }) => call<{ rows: RunFailure[] }>('listRunFailures', { params: { org, run }, signal }),
    placeholderData: keepPreviousData,
  })

/** How the messenger has been lately, and how much waits for a person's word. */
export const healthQuery = (org: string) =>
  queryOptions({
    queryKey: ['health', org],
    queryFn: ({ signal }) => call<MessengerHealth>('readMessengerHealth', { params: { org }, signal }),
    refetchInterval: 30_000,
  })

// -- journal

export const journalQuery = (org: string, search: { state?: string; scope?: string; page?: number }) =>
  queryOptions({
    queryKey: ['journal', org, 'page', search],
    queryFn: ({ signal }) => call<JournalPageAnswer>('listRuns', { params: { org }, query: search, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => (data?.rows.some(isOpen) ? 3000 : 30_000),
  })

export const journalRunQuery = (org: string, run: string) =>
  queryOptions({
    queryKey: ['journal', org, 'run', run],
    queryFn: ({ signal }) => call<JournalRunAnswer>('readJournalRun', { params: { org, run }, signal }),
    refetchInterval: ({ state: { data } }) => (data === undefined || isOpen(data.run) ? 1000 : 30_000),
  })

export const runStepsQuery = (org: string, run: string, search: { state?: string; q?: string; page?: number }, open: boolean) =>
  queryOptions({
    queryKey: ['journal', org, 'steps', run, search],
    queryFn: ({ signal }) => call<RunStepsAnswer>('listRunSteps', { params: { org, run }, query: search, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: open ? 2000 : false,
  })

export const whyQuery = (org: string, chat: string, person: string) =>
  queryOptions({
    queryKey: ['chats', org, 'why', chat, person],
    queryFn: ({ signal }) => call<Why>('explainMember', { params: { org, chat, person }, signal }),
  })

type JournalPageAnswer = { total: number; page: number; pages: number; rows: JournalRun[] }
type JournalRunAnswer = { run: JournalRun; can: Record<'stop' | 'resume' | 'retry' | 'undo', RunRefusal | null> }
type RunStepsAnswer = { total: number; page: number; pages: number; rows: RunStep[] }
const isOpen = ({ state }: JournalRun): boolean => state === 'queued' || state === 'running'

// -- brake, drift, rules, adopted chats

export const exceptionsQuery = (org: string, chat: string) =>
  queryOptions({
    queryKey: ['exceptions', org, chat],
    queryFn: ({ signal }) => call<{ rows: ChatException[] }>('listExceptions', { params: { org, chat }, signal }),
  })

export const peopleQuery = (org: string, q: string) =>
  queryOptions({
    queryKey: ['people', org, q],
    queryFn: ({ signal }) => call<{ rows: FoundPerson[] }>('findPeople', { params: { org }, query: { q }, signal }),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  })
type FoundPerson = { id: string; surname: string; givenName: string; patronymic: string; about: string; linked: boolean }

export const heldQuery = (org: string) =>
  queryOptions({
    queryKey: ['held', org],
    queryFn: ({ signal }) => call<{ twoApprovers: boolean; chats: HeldChat[] }>('listHeld', { params: { org }, signal }),
  })

export const driftQuery = (org: string, search: { state?: string; kind?: string; page?: number }) =>
  queryOptions({
    queryKey: ['drift', org, search],
    queryFn: ({ signal }) => call<DriftAnswer>('listDrift', { params: { org }, query: search, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
type DriftAnswer = { total: number; page: number; pages: number; byKind: Partial<Record<DriftKind, number>>; rows: DriftItem[] }

export const settingsQuery = (org: string) =>
  queryOptions({
    queryKey: ['settings', org],
    queryFn: ({ signal }) => call<SettingsAnswer>('readChatSettings', { params: { org }, signal }),
    // What somebody is typing over is not changed under the hand.
    refetchOnWindowFocus: false,
  })
export type SettingsAnswer = {
  settings: ChatSettings
  defaultTitles: Record<ChatKind, string>
  sample: { school: string; className: string; subgroup: string; subject: string }
  longestTitle: number
  forbiddenCharacters: string[]
  grades: number[]
}

export const unknownChatsQuery = (org: string) =>
  queryOptions({
    queryKey: ['unknown', org],
    queryFn: ({ signal }) => call<{ chats: UnknownChat[]; targets: AdoptTarget[] }>('listUnknownChats', { params: { org }, signal }),
    refetchOnWindowFocus: false,
  })
