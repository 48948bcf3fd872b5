/** The words that a title template may hold. */
export const titleWords = ['{Школа}', '{Класс}', '{Предмет}', '{Подгруппа}'] as const

type Known = {
  sample: { school: string; className: string; subgroup: string; subject: string }
  longestTitle: number
  forbiddenCharacters: string[]
}

/** The template with the school's own words; a part that stays empty goes with its separator (as sync/titles.ts does it). */
export function fillSample(template: string, { sample }: Known): string {
  const words: Record<string, string> = {
    Школа: sample.school,
    Класс: sample.className,
    Предмет: sample.subject,
    Подгруппа: sample.subgroup,
  }
  return template
    .split(' - ')
    .map((part) => part.replace(/\{(\p{L}+)\}/gu, (whole, word: string) => words[word] ?? whole).trim())
    .filter((part) => part !== '')
    .join(' - ')
}

/** Why the messenger would not take the title that comes of this template; null: it would. */
export function titleError(template: string, known: Known): string | null {
  const filled = fillSample(template, known)
  if (filled.trim() === '') return 'Название не может быть пустым'
  if (/[{}]/.test(filled)) return 'Есть слово в скобках, которого система не знает'
  const forbidden = known.forbiddenCharacters.find((character) => filled.includes(character))
  if (forbidden !== undefined) return `Мессенджер не принимает знак «${forbidden}»`
  return filled.length > known.longestTitle ? `Длиннее ${known.longestTitle} знаков: мессенджер не примет` : null
}
