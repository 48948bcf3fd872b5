/** A LIKE pattern for the columns *_folded: any case, ё = е, and what the person typed means itself. */
export function likeFolded(typed: string): string {
  const folded = typed.toLowerCase().replaceAll('ё', 'е')
  return `%${folded.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
}
