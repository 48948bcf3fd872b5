import '@fontsource-variable/golos-text/wght.css'
import './styles.ts'
import './app.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/client.ts'
import { createAppRouter } from './router.tsx'
import { theme } from './theme.ts'

// The server's policy lets no style in without this page's nonce.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
setNonce(nonce)

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A «no» is an answer; only a lost connection is worth asking again.
      retry: (failures, error) => failures < 2 && error instanceof ApiProblem && error.code === 'no-connection',
      staleTime: 2_000,
    },
  },
})
const router = createAppRouter(queryClient)

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
