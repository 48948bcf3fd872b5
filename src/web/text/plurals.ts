const rules = new Intl.PluralRules('ru')
const numbers = new Intl.NumberFormat('ru')

/** 1 842: digits in groups, as Russian print does. */
export const number = (n: number): string => numbers.format(n)

/** «1 чат, 2 чата, 5 чатов»: the number, a non-breaking space and the right form. */
export function count(n: number, one: string, few: string, many: string): string {
  return `${number(n)}\u00a0${form(n, one, few, many)}`
}

export function form(n: number, one: string, few: string, many: string): string {
  const rule = rules.select(n)
  return rule === 'one' ? one : rule === 'few' ? few : many
}

export const chats = (n: number): string => count(n, 'чат', 'чата', 'чатов')
export const people = (n: number): string => count(n, 'человек', 'человека', 'человек')
export const members = (n: number): string => count(n, 'участник', 'участника', 'участников')
