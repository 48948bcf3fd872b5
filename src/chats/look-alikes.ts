import type { ChatKind } from '#contract/kinds.ts'

// Latin letters that look like Cyrillic ones: «1A» typed in the wrong layout is 1А to everybody who reads it.
const lookAlikes: Record<string, string> = {
  a: 'а',
  b: 'в',
  c: 'с',
  e: 'е',
  h: 'н',
  k: 'к',
  m: 'м',
  o: 'о',
  p: 'р',
  t: 'т',
  x: 'х',
  y: 'у',
  ё: 'е',
}

/** «1 «A» класс» → «1а класс»: case, look-alikes, ё and punctuation make no difference. */
export function foldTitle(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[a-zё]/g, (letter) => lookAlikes[letter] ?? letter)
    .replaceAll(/[^а-я0-9]+/g, ' ')
    .replaceAll(/(\d+) (?=[а-я]( |$))/g, '$1')
    .trim()
}

const ofParents = /родител|семь|мамы|папы/
const ofTeachers = /учительск|педсовет|коллектив|учителя/

/** A chat of the registry as its name may be recognised; subject: what the lesson is called. */
export type Likened = { title: string; kind: ChatKind; className: string | null; subject?: string | null }

/**
 * How likely a chat with this title is the chat of a target, from 0. The class has to be named; a word of the kind
 * decides between a class's chats. Pure.
 */
export function likeness(title: string, target: Likened): number {
  const folded = foldTitle(title)
  if (folded === foldTitle(target.title)) return 10
  if (target.className === null) return ofTeachers.test(folded) ? 5 : 0
  const words = folded.split(' ')
  if (!words.includes(foldTitle(target.className))) return 0
  switch (target.kind) {
    case 'PARENTS':
      return ofParents.test(folded) ? 6 : 1
    case 'CLASS':
      return ofParents.test(folded) ? 0 : 4
    case 'SUBJECT':
      // «5А английский»: a word of the subject's own title is named, too.
      return foldTitle(target.subject ?? '')
        .split(' ')
        .some((word) => word.length > 4 && words.some((other) => other.startsWith(word.slice(0, 5))))
        ? 5
        : 0
    case 'TEACHER':
      return 0
  }
}
