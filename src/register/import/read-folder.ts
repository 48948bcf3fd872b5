import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CsvError, parse } from 'csv-parse/sync'
import { columnsOf, type FileName, fileNames, requiredFiles } from './columns.ts'
import type { Broken } from './report.ts'

/** One data row. `row` counts lines of the file, the header being 1; a column that the file has not is an empty text. */
export type Row = { file: FileName; row: number; cells: ReadonlyMap<string, string>; fault: RowFault | null }
export type RowFault = { column: string; reason: string }

export type Folder = { files: Map<FileName, Row[]>; broken: Broken[]; notes: string[] }

export const cell = (row: Row, column: string): string => row.cells.get(column) ?? ''

/** Reads every known file of the folder. Whatever makes the folder as a whole untrustworthy is in `broken`. */
export async function readFolder(folder: string): Promise<Folder> {
  const read: Folder = { files: new Map(), broken: [], notes: [] }
  for (const file of fileNames) {
    const bytes = await readFile(join(folder, file)).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (bytes) readRows(file, bytes, read)
    else if (requiredFiles.includes(file)) read.broken.push({ file, row: null, column: null, reason: 'нет обязательного файла' })
  }
  for (const [one, other] of [
    ['classes.csv', 'enrollments.csv'],
    ['enrollments.csv', 'classes.csv'],
  ] as const) {
    const alone = read.files.has(one) && !read.files.has(other) && !read.broken.some(({ file }) => file === other)
    if (alone) read.broken.push({ file: other, row: null, column: null, reason: `нет файла, а ${one} без него не имеет смысла` })
  }
  return read
}

function readRows(file: FileName, bytes: Uint8Array, { files, broken, notes }: Folder): void {
  const refuse = (reason: string, row: number | null = null, column: string | null = null) => broken.push({ file, row, column, reason })
  let text: string
  try {
    // The mark of byte order, where there is one, is dropped by the decoder.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    refuse('файл не в кодировке UTF-8')
    return
  }
  let records: { lines: number; cells: string[] }[]
  try {
    records = parseText(text)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    refuse('строку нельзя прочитать как CSV: проверьте кавычки', Number(error.lines) || null)
    return
  }
  const header = records.shift()?.cells ?? []
  const missing = columnsOf[file].needed.filter((column) => !header.includes(column))
  for (const column of missing) refuse('нет обязательного столбца (регистр букв важен)', 1, column)
  const twice = header.find((column, index) => header.indexOf(column) !== index)
  if (twice !== undefined) refuse('столбец повторяется', 1, twice)
  const unknown = header.filter((column) => ![...columnsOf[file].needed, ...columnsOf[file].other].includes(column))
  if (unknown.length > 0) notes.push(`${file}: неизвестные столбцы не читались: ${unknown.join(', ')}.`)
  if (missing.length > 0 || twice !== undefined) return

  const rows: Row[] = []
  for (const { lines, cells } of records) {
    const broke = cells.findIndex((value) => /[\r\n]/.test(value))
    if (broke >= 0) {
      refuse('перенос строки внутри значения', lines, header[broke] ?? null)
      return
    }
    rows.push({
      file,
      row: lines,
      cells: new Map(header.map((column, index) => [column, cells[index] ?? ''])),
      fault:
        cells.length === header.length
          ? null
          : {
              column: header.at(Math.min(cells.length, header.length) - 1) ?? '',
              reason: `значений ${cells.length}, а столбцов ${header.length}`,
            },
    })
  }
  refuseDuplicates(file, rows, broken)
  files.set(file, rows)
}

function parseText(text: string): { lines: number; cells: string[] }[] {
  const records = parse(text, {
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  }) as unknown as { info: { lines: number }; record: string[] }[]
  // csv-parse counts the lines up to the end of a record; the row is known by its first one.
  const inside = (values: string[]) => values.reduce((sum, value) => sum + (value.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
  return records.map(({ info, record }) => ({ lines: info.lines - inside(record), cells: record }))
}

// The same row twice is harmless; two rows that disagree leave it open which of them is true.
function refuseDuplicates(file: FileName, rows: Row[], broken: Broken[]): void {
  const { key } = columnsOf[file]
  if (key === null) return
  const seen = new Map<string, Row>()
  for (const row of rows) {
    const id = cell(row, key)
    const first = seen.get(id)
    if (!first || id === '') seen.set(id, row)
    else if (![...row.cells].every(([column, value]) => cell(first, column) === value)) {
      broken.push({ file, row: row.row, column: key, reason: `то же значение уже в строке ${first.row}, но с другим содержанием` })
    }
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
