import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { ApiProblem } from './api/client.ts'
import { houseQuery, meQuery, sessionQuery } from './api/queries.ts'
import { Broken } from './pages/Broken.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { readRegistrySearch } from './pages/registry-search.ts'
import { readDriftSearch, readJournalSearch, readStepsSearch } from './pages/sferum-search.ts'
import { Waiting } from './ui/Waiting.tsx'

type Context = { queryClient: QueryClient }

/** An address of this system: «//host» would leave it. */
const isOurs = (address: string): boolean => /^\/(?![/\\])/.test(address)

const root = createRootRouteWithContext<Context>()({
  loader: ({ context }) => context.queryClient.ensureQueryData(houseQuery),
  errorComponent: Broken,
  notFoundComponent: NotFoundPage,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => (typeof search.to === 'string' && isOurs(search.to) ? { to: search.to } : {}),
  beforeLoad: async ({ context, search }) => {
    const { signedIn } = await context.queryClient.ensureQueryData(sessionQuery)
    if (signedIn) throw redirect({ href: search.to ?? '/' })
  },
  component: lazyRouteComponent(() => import('./pages/SignInPage.tsx'), 'SignInPage'),
})

/** Everything behind the sign-in; ?systems=open shows «Подключение к внешним системам» over any page. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  validateSearch: (search): { systems?: 'open'; linked?: 'sferum' } => ({
    ...(search.systems === 'open' && { systems: 'open' as const }),
    ...(search.linked === 'sferum' && { linked: 'sferum' as const }),
  }),
  beforeLoad: async ({ context, location }) => {
    const toSignIn = redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } })
    const { signedIn } = await context.queryClient.ensureQueryData(sessionQuery)
    if (!signedIn) throw toSignIn
    try {
      await context.queryClient.ensureQueryData(meQuery)
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === 'not-signed-in')) throw error
      context.queryClient.setQueryData(sessionQuery.queryKey, { signedIn: false })
      throw toSignIn
    }
  },
  component: lazyRouteComponent(() => import('./ui/Frame.tsx'), 'Frame'),
  errorComponent: Broken,
})

const myChats = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/MyChatsPage.tsx'), 'MyChatsPage'),
})

const schools = createRoute({
  getParentRoute: () => inside,
  path: '/sferum',
  component: lazyRouteComponent(() => import('./pages/SchoolsPage.tsx'), 'SchoolsPage'),
})

const sferum = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum',
  validateSearch: readRegistrySearch,
  component: lazyRouteComponent(() => import('./pages/SferumPage.tsx'), 'SferumPage'),
})

const journal = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/journal',
  validateSearch: readJournalSearch,
  component: lazyRouteComponent(() => import('./pages/JournalPage.tsx'), 'JournalPage'),
})

const journalRun = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/journal/$run',
  validateSearch: readStepsSearch,
  component: lazyRouteComponent(() => import('./pages/JournalRunPage.tsx'), 'JournalRunPage'),
})

const held = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/held',
  component: lazyRouteComponent(() => import('./pages/HeldPage.tsx'), 'HeldPage'),
})

const drift = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/drift',
  validateSearch: readDriftSearch,
  component: lazyRouteComponent(() => import('./pages/DriftPage.tsx'), 'DriftPage'),
})

const rules = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/rules',
  component: lazyRouteComponent(() => import('./pages/RulesPage.tsx'), 'RulesPage'),
})

const unknownChats = createRoute({
  getParentRoute: () => inside,
  path: '/organisations/$org/sferum/unknown',
  component: lazyRouteComponent(() => import('./pages/UnknownChatsPage.tsx'), 'UnknownChatsPage'),
})

const linkResult = createRoute({
  getParentRoute: () => root,
  path: '/links/result',
  validateSearch: (search) => ({ outcome: typeof search.outcome === 'string' ? search.outcome : '' }),
  component: lazyRouteComponent(() => import('./pages/LinkResultPage.tsx'), 'LinkResultPage'),
})

const tree = root.addChildren([
  signIn,
  linkResult,
  inside.addChildren([myChats, schools, sferum, journal, journalRun, held, drift, rules, unknownChats]),
])

export const createAppRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingMs: 200,
    defaultPendingComponent: Waiting,
    defaultErrorComponent: Broken,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
