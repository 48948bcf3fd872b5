import type { ChatKind } from '#contract/kinds.ts'
import { type Capabilities, titleProblem } from '#messengers/messenger.ts'

export type TitleTemplates = Partial<Record<ChatKind, string>>
export type TitleWords = Record<'Школа' | 'Класс' | 'Подгруппа' | 'Предмет', string>

/** As on the instruction's slide: «Демо школа - 1А - Чат класса». */
export const defaultTitleTemplates: Record<ChatKind, string> = {
  CLASS: '{Школа} - {Класс} - Чат класса',
  PARENTS: '{Школа} - {Класс} - Родительский чат',
  TEACHER: 'Учительский чат',
  SUBJECT: '{Школа} - {Класс} - {Предмет} - {Подгруппа}',
}

const wordsOf: Record<ChatKind, Partial<TitleWords>> = {
  CLASS: { Школа: 'Школа', Класс: '5А' },
  PARENTS: { Школа: 'Школа', Класс: '5А' },
  TEACHER: { Школа: 'Школа' },
  SUBJECT: { Школа: 'Школа', Класс: '5А', Предмет: 'Предмет', Подгруппа: 'группа' },
}

/** Why chats cannot be called by this template; null: they can. One whose words the kind does not have gives the usual title. */
export function templateProblem(kind: ChatKind, template: string, capabilities: Capabilities): ReturnType<typeof titleProblem> {
  const filled = fillTitle(template, wordsOf[kind], Number.POSITIVE_INFINITY)
  if (filled === '' && template.trim() !== '') return null
  return /[{}]/.test(filled) ? 'forbidden-characters' : titleProblem(filled, capabilities)
}

const blanks = /\{(Школа|Класс|Подгруппа|Предмет)\}/g

/**
 * Fills a title template. A part that stays empty goes with its separator; a title over the messenger's limit is cut
 * with an ellipsis.
 */
export function fillTitle(template: string, words: Partial<TitleWords>, longest: number): string {
  const filled = template
    .split(' - ')
    .map((part) => part.replace(blanks, (_, word: keyof TitleWords) => words[word] ?? '').trim())
    .filter((part) => part !== '')
    .join(' - ')
  return filled.length <= longest ? filled : `${filled.slice(0, longest - 1).trimEnd()}…`
}
