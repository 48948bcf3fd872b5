import '@fontsource-variable/golos-text/wght.css'
import './styles.ts'
import './app.css'
import { MantineProvider } from '@mantine/core'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/client.ts'
import { endSession } from './api/session.ts'
import { createAppRouter } from './router.tsx'
import { theme } from './theme.ts'

// The server's policy lets no style in without this page's nonce.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
setNonce(nonce)

const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      // A «no» is an answer; only a lost connection is worth asking again.
      retry: (failures, error) => failures < 2 && error instanceof ApiProblem && error.code === 'no-connection',
      staleTime: 2_000,
      // Offline is «Нет связи» at once, not a page that waits without a word.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})
const router = createAppRouter(queryClient)

/** The session ended while a page was open: sign in and come back to it. */
function leaveWhenSignedOut(error: unknown): void {
  if (!(error instanceof ApiProblem && error.code === 'not-signed-in')) return
  if (!router.state.matches.some((match) => match.routeId === '/inside')) return
  const to = router.state.location.href
  void endSession(queryClient, () => router.navigate({ to: '/sign-in', search: { to } }))
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
