import { brakeLimits } from '#contract/chat-settings.ts'

const { chatPercent, chatFewest } = brakeLimits.parse({})

/** Law 5: how many of so many people inside one chat may go at once without anybody's word. */
export const mayGoAtOnce = (inside: number): number => Math.max(chatFewest - 1, Math.floor((inside * chatPercent) / 100))
