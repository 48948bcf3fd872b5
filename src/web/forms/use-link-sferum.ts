import { useWindowEvent } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { call } from '../api/client.ts'

/** Leaves for VK ID with the whole window; the way back ends on the server, which answers with a page of ours. */
export function useLinkSferum() {
  const link = useMutation({
    mutationFn: () => call<{ url: string }>('startSferumLink'),
    onSuccess: ({ url }) => window.location.assign(url),
  })
  // «Назад» from VK brings the page as it was left: the button would turn for ever.
  useWindowEvent('pageshow', (event) => {
    if (event.persisted) link.reset()
  })
  return link
}
