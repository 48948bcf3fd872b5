import * as chats from '../vk/chats.ts'
import { VkError } from '../vk/errors.ts'
import { join } from '../vk/methods/chats.ts'
import type { Emulator } from './emulator.ts'

/**
 * "Somebody did it in the messenger." Chats go by the global id that `/state` shows; a community is a negative number.
 * What a person could not have done either is refused with a sentence.
 */
export type WorldActs = {
  rename: (chatId: number, title: string, by?: number) => void
  kick: (chatId: number, userId: number, by?: number) => void
  leave: (chatId: number, userId: number) => void
  /** Puts somebody in whatever their privacy says; also a community (`-groupId`), for which VK has no method. */
  add: (chatId: number, userId: number, by?: number) => void
  /** By the invite link, so only a person. Who is in already stays in. */
  join: (chatId: number, userId: number) => void
  /** No VK method deletes a chat for everybody: the vendor took it away. */
  delete: (chatId: number) => void
}

/** An act that makes no sense in this world; the message is for whoever wrote the test. */
export class ImpossibleAct extends Error {
  readonly status: 400 | 404

  constructor(status: 400 | 404, problem: string) {
    super(problem)
    this.status = status
  }
}

export function worldActs(em: Emulator): WorldActs {
  const chatOf = (chatId: number) => {
    const chat = chats.chatById(em, chatId)
    if (!chat) throw new ImpossibleAct(404, 'no such chat')
    return chat
  }
  const takeOut = (chatId: number, userId: number, by?: number) => {
    const chat = chatOf(chatId)
    if (chats.membership(em, chatId, userId)?.state !== 'in') throw new ImpossibleAct(400, 'this person is not in the chat')
    chats.takeOut(em, chatId, userId, by ?? chat.owner_id)
  }
  const named = (userId: number) => {
    if (!userId) throw new ImpossibleAct(400, 'userId is missing')
  }
  return {
    rename: (chatId, title, by) => {
      const chat = chatOf(chatId)
      if (!title) throw new ImpossibleAct(400, 'title is missing')
      chats.renameChat(em, chatId, by ?? chat.owner_id, title)
    },
    kick: takeOut,
    leave: (chatId, userId) => takeOut(chatId, userId, userId),
    add: (chatId, userId, by) => {
      const chat = chatOf(chatId)
      named(userId)
      chats.addMember(em, chatId, userId, by ?? chat.owner_id)
    },
    join: (chatId, userId) => {
      const chat = chatOf(chatId)
      named(userId)
      if (userId < 0) throw new ImpossibleAct(400, 'a community cannot come by a link')
      if (chat.deleted) throw new ImpossibleAct(400, 'the link of a deleted chat opens nothing')
      try {
        em.store.transaction(() => join(em, chat, userId))
      } catch (error) {
        if (!(error instanceof VkError)) throw error
        throw new ImpossibleAct(400, `${error.code}: ${error.message}`)
      }
    },
    delete: (chatId) => chats.deleteChat(em, chatOf(chatId).id),
  }
}
