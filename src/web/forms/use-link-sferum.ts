import { useMutation } from '@tanstack/react-query'
import { call } from '../api/client.ts'

/** Leaves for VK ID with the whole window; the way back ends on the server, which answers with a page of ours. */
export const useLinkSferum = () =>
  useMutation({
    mutationFn: () => call<{ url: string }>('startSferumLink'),
    onSuccess: ({ url }) => window.location.assign(url),
  })
