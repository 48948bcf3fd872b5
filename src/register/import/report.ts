/** Why nothing of the folder was imported: the file, its line (the header is 1), the column. No names of people. */
export type Broken = { file: string; row: number | null; column: string | null; reason: string }

/** What became of the rows of one file; the other numbers add up to `rows`. `elsewhere`: of a school that was not asked for. */
export type FileReport = {
  file: string
  rows: number
  created: number
  updated: number
  unchanged: number
  refused: number
  elsewhere: number
}

export type ImportReport = {
  files: FileReport[]
  refused: { file: string; row: number; column: string; reason: string }[]
  /** Not empty: nothing was changed. */
  broken: Broken[]
  /** Whole sentences in Russian. */
  notes: string[]
  organisations: { id: string; name: string; kind: 'region' | 'school'; created: boolean }[]
  /** Sign-ins that the folder names; for whoever creates them, never printed and not in the register. */
  accounts: { personId: string; organisationId: string; login: string; password: string | null; staff: boolean }[]
}

export function brokenReport(broken: Broken[], notes: string[]): ImportReport {
  return { files: [], refused: [], broken, notes, organisations: [], accounts: [] }
}
