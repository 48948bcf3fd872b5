export type ClassTitle = { grade: number | null; letter: string; title: string }

/**
 * Grade and letter of a class as schools write it («1а», «10-Б», «5 «В»», «11А1», «10»); otherwise the whole title is its name.
 */
export function readClassTitle(written: string): ClassTitle {
  const match = /^(1[012]|[1-9])\s*[-–—]?\s*["«]?\s*(?:([А-ЯЁ])(\d?))?\s*["»]?$/u.exec(cyrillic(written.trim().toUpperCase()))
  if (!match) return { grade: null, letter: '', title: written.trim() }
  const grade = Number(match[1])
  const letter = `${match[2] ?? ''}${match[3] ?? ''}`
  return { grade, letter, title: `${grade}${letter}` }
}

/** Latin letters that look like Russian ones: «1A» on the screen is «1А» to everybody but a computer. */
function cyrillic(text: string): string {
  return text.replace(/[ABCEHKMOPTX]/g, (letter) => 'АВСЕНКМОРТХ'['ABCEHKMOPTX'.indexOf(letter)] ?? letter)
}
