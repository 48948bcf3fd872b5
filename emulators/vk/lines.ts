import { firstChatPeer, type Line, type LineKind } from './chats.ts'

/** The line's kind as VK names the action (messages_message_action_status of the schema 5.199); other kinds are no actions. */
export const actionTypes: Partial<Record<LineKind, string>> = {
  created: 'chat_create',
  renamed: 'chat_title_update',
  added: 'chat_invite_user',
  joined: 'chat_invite_user_by_link',
  removed: 'chat_kick_user',
  left: 'chat_kick_user', // with member_id = from_id
}

/** messages_message of the schema: one line of a chat as one actor sees it, under its own number of the chat. */
export function messageObject(line: Line, actorId: number, number: number) {
  const type = actionTypes[line.kind]
  // Public code has seen a link's joiner without `member_id`, too, and falls back to `from_id` then.
  const memberId = line.subject_id ?? (line.kind === 'joined' ? line.actor_id : null)
  return {
    id: actorId < 0 ? 0 : line.id, // 0 in community chats (public code): use conversation_message_id
    conversation_message_id: line.cmid,
    date: line.at,
    from_id: line.actor_id,
    peer_id: firstChatPeer + number,
    out: line.actor_id === actorId ? 1 : 0,
    text: line.kind === 'message' ? line.text : '',
    version: line.cmid,
    ...(type
      ? {
          action: {
            type,
            ...(memberId === null ? {} : { member_id: memberId }),
            ...(line.kind === 'created' || line.kind === 'renamed' ? { text: line.text } : {}),
          },
        }
      : {}),
  }
}
