import type { ChatKind } from '#contract/kinds.ts'

export type TitleTemplates = Partial<Record<ChatKind, string>>
export type TitleWords = Record<'Школа' | 'Класс' | 'Подгруппа' | 'Предмет', string>

/** As on the instruction's slide: «Демо школа - 1А - Чат класса». */
export const defaultTitleTemplates: Record<ChatKind, string> = {
  CLASS: '{Школа} - {Класс} - Чат класса',
  PARENTS: '{Школа} - {Класс} - Родительский чат',
  TEACHER: 'Учительский чат',
  SUBJECT: '{Школа} - {Класс} - {Предмет} - {Подгруппа}',
}

/**
 * Fills a title template. A part that stays empty goes with its separator; a title over the messenger's limit is cut
 * with an ellipsis.
 */
export function fillTitle(template: string, words: Partial<TitleWords>, longest: number): string {
  const filled = template
    .split(' - ')
    .map((part) => part.replace(/\{(Школа|Класс|Подгруппа|Предмет)\}/g, (_, word: keyof TitleWords) => words[word] ?? '').trim())
    .filter((part) => part !== '')
    .join(' - ')
  return filled.length <= longest ? filled : `${filled.slice(0, longest - 1).trimEnd()}…`
}
