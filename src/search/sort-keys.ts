/**
 * Sort keys over one segment as numbers, lower is first, so that the heap compares numbers only:
 *
 *  - score, position, sequence number: the number, negated when descending;
 *  - double columns: the value; long columns: two numbers, the value as double and what the double leaves over, which is 0
 *    below 2^53 and makes larger values exact;
 *  - keyword columns: the ordinal; a string that the segment does not have lies between two ordinals;
 *  - no value: the number of the value named for it, else the end of the column's range on its side. Longs and doubles give
 *    that end out as their value, as Elasticsearch does; keywords give out null.
 */
import type { ColumnKind, ColumnReader, SegmentView } from '../segment/index.ts'
import { compareTerms, longMax, longMin, VectorStoreError } from '../util/index.ts'
import type { SortKey, SortValue } from './types.ts'

type ColumnKey = Extract<SortKey, { type: 'column' }>

/** One sort key bound to a segment. */
export type LeafKey = {
  /** Numbers it writes for a document. */
  readonly width: number
  /** Writes the numbers of a document into `slots` from `at` on. */
  read(docId: number, score: number, slots: Float64Array, at: number): void
  /** Writes the numbers of a search_after value. */
  bound(value: SortValue, slots: Float64Array, at: number): void
  /** The value as it is given out. */
  value(docId: number, score: number): SortValue
}

/** @param base  Documents of the index before this segment. */
export function bindKey(key: SortKey, segment: SegmentView, base: number, target: number): LeafKey {
  if (key.type === 'column') return columnKey(key, segment)
  const sign = key.descending ? -1 : 1
  const position = key.type === 'shardDoc' ? target * 2 ** 32 + base : base
  const valueOf = (docId: number, score: number): number => {
    if (key.type === 'seqNo') return segment.reader.stored(docId).seqNo
    return key.type === 'score' ? score : position + docId
  }
  return {
    width: 1,
    read: (docId, score, slots, at) => {
      slots[at] = sign * valueOf(docId, score)
    },
    bound: (value, slots, at) => {
      // Scores are printed as float32: the text read back as a double is not the same number.
      const number = Number(value ?? 0)
      slots[at] = sign * (key.type === 'score' ? Math.fround(number) : number)
    },
    value: valueOf
  }
}

function columnKey(key: ColumnKey, { reader }: SegmentView): LeafKey {
  const column = reader.column(key.field.number)
  if (key.field.column === 'long') return longKey(key, column)
  return key.field.column === 'double' ? doubleKey(key, column) : keywordKey(key, column)
}

/** Number of a missing keyword, direction applied already. */
function missingNumber(key: ColumnKey): number {
  return key.missing === 'first' ? -Infinity : Infinity
}

/** The value that stands for none: the one named, else the end of the range that comes first or last. */
function substituteOf<T>(key: ColumnKey, lowest: T, highest: T): SortValue | T {
  if (key.missing !== 'first' && key.missing !== 'last') return key.missing
  return (key.missing === 'first') === key.descending ? highest : lowest
}

function doubleKey(key: ColumnKey, column: ColumnReader | null): LeafKey {
  const sign = key.descending ? -1 : 1
  const substitute = Number(substituteOf(key, -Infinity, Infinity))
  const valueOf = (docId: number): number => {
    const count = column === null ? 0 : column.count(docId)
    return column === null || count === 0 ? substitute : pickNumber(column, docId, count, key.mode)
  }
  return {
    width: 1,
    read: (docId, _score, slots, at) => {
      slots[at] = sign * valueOf(docId)
    },
    bound: (value, slots, at) => {
      slots[at] = sign * (value === null ? substitute : Number(value))
    },
    value: valueOf
  }
}

/**
 * A long. Clients in JavaScript read the ends of the range as doubles and send 9223372036854776000 back: what lies beyond an
 * end is taken for the end, or the next page would lack the other documents without a value.
 */
function longOf(value: Exclude<SortValue, null>): bigint {
  const long = BigInt(typeof value === 'number' ? Math.round(value) : value)
  if (long < longMin) return longMin
  return long > longMax ? longMax : long
}

function longKey(key: ColumnKey, column: ColumnReader | null): LeafKey {
  const sign = key.descending ? -1 : 1
  const put = (value: bigint | number, slots: Float64Array, at: number): void => {
    const rounded = Number(value)
    slots[at] = sign * rounded
    slots[at + 1] = typeof value === 'bigint' ? sign * Number(value - BigInt(rounded)) : 0
  }
  const substitute = longOf(substituteOf(key, longMin, longMax) ?? 0n)
  const missing = new Float64Array(2)
  put(substitute, missing, 0)
  const valueOf = (docId: number): bigint | number | null => {
    const count = column === null ? 0 : column.count(docId)
    return column === null || count === 0 ? null : pickLong(column, docId, count, key.mode)
  }
  return {
    width: 2,
    read: (docId, _score, slots, at) => {
      const value = valueOf(docId)
      if (value === null) slots.set(missing, at)
      else put(value, slots, at)
    },
    bound: (value, slots, at) => put(value === null ? substitute : longOf(value), slots, at),
    value: (docId) => {
      const value = valueOf(docId)
      return value === null ? substitute : BigInt(value)
    }
  }
}

function keywordKey(key: ColumnKey, column: ColumnReader | null): LeafKey {
  const sign = key.descending ? -1 : 1
  const substitute = substituteOf(key, null, null)
  const numberOf = (value: SortValue): number => {
    if (value === null) return missingNumber(key)
    if (column === null) return 0
    const ord = column.ordOf(String(value))
    return sign * (ord >= 0 ? ord : -ord - 1.5)
  }
  const missing = numberOf(substitute)
  const ordOf = (docId: number): number => {
    const count = column === null ? 0 : column.count(docId)
    if (column === null || count === 0) return -1
    return column.ordAt(docId, key.mode === 'max' ? count - 1 : 0)
  }
  return {
    width: 1,
    read: (docId, _score, slots, at) => {
      const ord = ordOf(docId)
      slots[at] = ord === -1 ? missing : sign * ord
    },
    bound: (value, slots, at) => {
      const number = numberOf(value)
      // Two strings that the segment does not have may lie between the same ordinals.
      const isBeside = value !== null && substitute !== null && number === missing
      const side = isBeside ? Math.sign(compareTerms(String(value), String(substitute))) : 0
      slots[at] = number + sign * 0.25 * side
    },
    value: (docId) => {
      const ord = ordOf(docId)
      return ord === -1 || column === null ? substitute : column.keywordOf(ord)
    }
  }
}

function pickNumber(
  column: ColumnReader,
  docId: number,
  count: number,
  mode: ColumnKey['mode']
): number {
  if (mode === 'min' || count === 1) return column.doubleAt(docId, 0)
  if (mode === 'max') return column.doubleAt(docId, count - 1)
  if (mode === 'median') {
    const middle = count >>> 1
    const upper = column.doubleAt(docId, middle)
    return count % 2 === 1 ? upper : (column.doubleAt(docId, middle - 1) + upper) / 2
  }
  let sum = 0
  for (let at = 0; at < count; at++) sum += column.doubleAt(docId, at)
  return mode === 'avg' ? sum / count : sum
}

/** A number where a double is exact; averages are rounded to the nearest. */
function pickLong(
  column: ColumnReader,
  docId: number,
  count: number,
  mode: ColumnKey['mode']
): bigint | number {
  const value = pickNumber(column, docId, count, mode)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return Math.round(value)
  if (mode === 'min' || count === 1) return column.longAt(docId, 0)
  if (mode === 'max') return column.longAt(docId, count - 1)
  return BigInt(Math.round(value))
}

/**
 * Words and numbers have no common order.
 *
 * Errors   REQUEST_ARGUMENT: a field that is sorted on holds words in one index and numbers in another.
 *
 * @param keysOfTargets  Of each index that found something.
 */
export function checkComparable(keysOfTargets: readonly (readonly SortKey[])[]): void {
  for (const [at, key] of (keysOfTargets[0] ?? []).entries())
    for (const keys of keysOfTargets) {
      const other = keys[at]!
      if (key.type !== 'column' || other.type !== 'column') continue
      const [kind, otherKind] = [sortTypes[key.field.column!], sortTypes[other.field.column!]]
      if ((kind === 'STRING') === (otherKind === 'STRING')) continue
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `Can't sort on field [${other.field.name}]; the field has incompatible sort types: [${kind}] and [${otherKind}] across shards!`
      )
    }
}

const sortTypes: Readonly<Record<ColumnKind, string>> = {
  long: 'LONG',
  double: 'DOUBLE',
  keyword: 'STRING'
}

/** Compares values as they are given out, over segments and indices. */
export function compareSortValues(
  keys: readonly SortKey[],
  a: readonly SortValue[],
  b: readonly SortValue[]
): number {
  for (const [at, key] of keys.entries()) {
    const order = compareValues(key, a[at] ?? null, b[at] ?? null)
    if (order !== 0) return order
  }
  return 0
}

function compareValues(key: SortKey, a: SortValue, b: SortValue): number {
  if (a === null || b === null) {
    if (a === b) return 0
    const isFirst = key.type === 'column' && key.missing === 'first'
    return (a === null) === isFirst ? -1 : 1
  }
  const sign = key.descending ? -1 : 1
  if (typeof a === 'string' || typeof b === 'string')
    return sign * compareTerms(String(a), String(b))
  if (a === b) return 0
  return a < b ? -sign : sign
}
