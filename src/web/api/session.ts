import type { QueryClient } from '@tanstack/react-query'
import { houseQuery, sessionQuery } from './queries.ts'

/** Everything that was read for one person is forgotten before another one sees the page. */
export function forgetPerson(queryClient: QueryClient): void {
  const kept = [houseQuery.queryKey[0], sessionQuery.queryKey[0]]
  queryClient.removeQueries({ predicate: ({ queryKey }) => !kept.includes(String(queryKey[0])) })
}

/** Nobody is signed in any more; go to the sign-in by `leave` and only then forget, so that no open page asks again. */
export async function endSession(queryClient: QueryClient, leave: () => Promise<void>): Promise<void> {
  queryClient.setQueryData(sessionQuery.queryKey, { signedIn: false })
  await leave()
  forgetPerson(queryClient)
}
