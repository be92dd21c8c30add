/** Tables of `_cat`: text with aligned columns, or JSON with every value a string. */
import { matchesWildcard } from '../../util/index.ts'
import { illegalArgument } from '../wire-failure.ts'

export type CatColumn<Row> = {
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  /** Numbers stand to the right. */
  readonly isNumber?: boolean
  /** Bytes, printed by `bytes`. */
  readonly isBytes?: boolean
  /** Not shown unless asked for. */
  readonly isHidden?: boolean
  /** null: unknown, an empty cell. */
  value(row: Row): string | number | null
}

export type CatOptions = {
  readonly isJson: boolean
  /** v. */
  readonly hasHeader: boolean
  readonly help: boolean
  /** h: names, aliases, patterns. */
  readonly columns: string | null
  /** s: `name:desc,other`. */
  readonly sort: string | null
  readonly bytes: string | null
}

/** Text of the table, or rows of JSON. Errors REQUEST_ARGUMENT: a sort column that is not there. */
export function printCatTable<Row>(
  columns: readonly CatColumn<Row>[],
  rows: readonly Row[],
  options: CatOptions
): string | Record<string, string | null>[] {
  if (options.help) return helpText(columns)
  const shown = chosen(columns, options.columns)
  const ordered = sorted(columns, rows, options.sort)
  const cells = ordered.map((row) =>
    shown.map(({ column }) => cellText(column.value(row), column, options.bytes))
  )
  if (options.isJson)
    return cells.map((row) =>
      Object.fromEntries(shown.map(({ title }, at) => [title, row[at] ?? null]))
    )
  return alignedText(shown, cells, options.hasHeader)
}

type Shown<Row> = { readonly column: CatColumn<Row>; readonly title: string }

function chosen<Row>(columns: readonly CatColumn<Row>[], list: string | null): Shown<Row>[] {
  if (list === null || list === '')
    return columns
      .filter((column) => column.isHidden !== true)
      .map((column) => ({ column, title: column.name }))
  return list.split(',').flatMap((name) => {
    if (name.includes('*')) {
      return columns
        .filter((column) => matchesWildcard(name, column.name))
        .map((column) => ({ column, title: column.name }))
    }
    const column = columns.find((one) => one.name === name || one.aliases.includes(name))
    return column === undefined ? [] : [{ column, title: name }]
  })
}

function sorted<Row>(
  columns: readonly CatColumn<Row>[],
  rows: readonly Row[],
  list: string | null
): readonly Row[] {
  if (list === null || list === '') return rows
  const keys = list.split(',').map((part) => {
    const [name = '', order = 'asc'] = part.split(':')
    const column = columns.find((one) => one.name === name || one.aliases.includes(name))
    if (column === undefined)
      throw illegalArgument(`Unable to sort by unknown sort key \`${name}\``)
    return { column, sign: order === 'desc' ? -1 : 1 }
  })
  return rows.toSorted((a, b) => {
    for (const { column, sign } of keys) {
      const order = compareCells(column.value(a), column.value(b))
      if (order !== 0) return sign * order
    }
    return 0
  })
}

function compareCells(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a ?? ''), String(b ?? '')]
  return left < right ? -1 : left > right ? 1 : 0
}

function cellText(
  value: string | number | null,
  column: { readonly isBytes?: boolean },
  unit: string | null
): string | null {
  if (value === null) return null
  if (typeof value === 'number' && column.isBytes === true) return bytesText(value, unit)
  return String(value)
}

const units = ['b', 'kb', 'mb', 'gb', 'tb', 'pb']

/** `1.2kb`; with a unit asked for, whole numbers without it. */
export function bytesText(bytes: number, unit: string | null): string {
  if (unit !== null) {
    const power = units.findIndex((name) => name === unit || name.slice(0, 1) === unit)
    if (power < 0) throw illegalArgument(`failed to parse [bytes] with value [${unit}]`)
    return String(Math.floor(bytes / 1024 ** power))
  }
  let power = 0
  while (power < units.length - 1 && bytes >= 1024 ** (power + 1)) power += 1
  const scaled = Math.floor((bytes / 1024 ** power) * 10) / 10
  return `${scaled}${units[power]}`
}

function helpText<Row>(columns: readonly CatColumn<Row>[]): string {
  const names = Math.max(...columns.map(({ name }) => name.length))
  const aliases = columns.map((column) => column.aliases.join(','))
  const width = Math.max(...aliases.map((text) => text.length))
  return columns
    .map(
      ({ name, description }, at) =>
        `${name.padEnd(names)} | ${(aliases[at] ?? '').padEnd(width)} | ${description} \n`
    )
    .join('')
}

/** Columns as wide as their widest cell, one blank between; the last one is not padded on the right. */
function alignedText<Row>(
  shown: readonly Shown<Row>[],
  cells: readonly (readonly (string | null)[])[],
  hasHeader: boolean
): string {
  const rows = hasHeader ? [shown.map(({ title }) => title), ...cells] : cells
  const widths = shown.map((_, at) => Math.max(0, ...rows.map((row) => (row[at] ?? '').length)))
  return rows
    .map((row) => {
      const line = shown.map(({ column }, at) => {
        const text = row[at] ?? ''
        const width = widths[at] ?? 0
        return column.isNumber === true ? text.padStart(width) : text.padEnd(width)
      })
      return `${line.join(' ')}\n`
    })
    .join('')
}
