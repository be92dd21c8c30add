/** Vector sets of a bench: generated ones by name, shared ones by folder. Exact neighbours are computed here. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findSet, readRows } from '../../scripts/data-set.ts'
import type { GeneratedSet, GeneratedShape } from '../../test/support/generated-set.ts'
import { generatedShapes, generateSet } from '../../test/support/generated-set.ts'
import type { VectorSet } from './peer.ts'
import { neighbours } from './peer.ts'

/**
 * A set by name: `s128`, `s768`, `s128_1m`, with `:rows` behind it for fewer rows; else the name of a dense set in
 * `dataFolder`.
 */
export function loadVectorSet(name: string, dataFolder: string, queryCountMax: number): VectorSet {
  const [base = '', rowsText] = name.split(':')
  const shape = generatedShapes[base]
  if (shape !== undefined) {
    const rows = rowsText === undefined ? shape.rows : Number(rowsText)
    const queryCount = Math.min(shape.queryCount, queryCountMax)
    return withTruth({ name, ...keptSet({ ...shape, rows, queryCount }) })
  }
  if (!existsSync(path.join(dataFolder, 'manifest.json')))
    throw new RangeError(`no set ${name}: ${dataFolder} has no manifest.json`)
  const entry = findSet(dataFolder, name)
  const [rows, queries] = [
    readRows(dataFolder, entry, 'base'),
    readRows(dataFolder, entry, 'queries')
  ]
  const queryCount = Math.min(queries.count, queryCountMax)
  return withTruth({
    name,
    rows: rows.count,
    dims: rows.width,
    base: flat(rows),
    queryCount,
    queries: flat({ ...queries, count: queryCount })
  })
}

/** Sets of this many numbers take seconds to make, in each of a run's processes; they are kept in the temporary folder. */
const keptNumbers = 5_000_000

function keptSet(shape: GeneratedShape): GeneratedSet {
  const { rows, dims, queryCount } = shape
  if (rows * dims < keptNumbers) return generateSet(shape)
  const folder = path.join(tmpdir(), 'leveret-sets')
  const file = path.join(folder, `${Object.values(shape).join('-')}.f32`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const made = generateSet(shape)
    const parts = [made.base, made.queries].map(
      (part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    )
    // Under its own name only when it is whole.
    writeFileSync(`${file}.${process.pid}`, Buffer.concat(parts))
    renameSync(`${file}.${process.pid}`, file)
  }
  const { buffer, byteOffset } = readFileSync(file)
  const base = new Float32Array(buffer, byteOffset, rows * dims)
  const queries = new Float32Array(buffer, byteOffset + base.byteLength, queryCount * dims)
  return { rows, dims, queryCount, base, queries }
}

function flat(rows: {
  readonly count: number
  readonly width: number
  row(at: number): ArrayLike<number>
}): Float32Array {
  const values = new Float32Array(rows.count * rows.width)
  for (let at = 0; at < rows.count; at++) values.set(rows.row(at), at * rows.width)
  return values
}

function withTruth(set: Omit<VectorSet, 'truth'>): VectorSet {
  return narrowTruth(set, () => true)
}

/** The set with the exact neighbours among the rows that are accepted, found when they are first asked for. */
export function narrowTruth(
  { name, rows, dims, base, queryCount, queries }: Omit<VectorSet, 'truth'>,
  accepts: (row: number) => boolean
): VectorSet {
  const plain = { name, rows, dims, base, queryCount, queries }
  let truth: VectorSet['truth'] | null = null
  return {
    ...plain,
    get truth() {
      truth ??= exactNeighbours(plain, accepts)
      return truth
    }
  }
}

/** The set with its exact neighbours found at once and kept in a folder: those of a million rows take half a minute. */
export function keepTruth(set: VectorSet, folder: string): VectorSet {
  const file = path.join(folder, `truth-${set.queryCount}.json`)
  if (!existsSync(file)) {
    const { ids, values } = set.truth
    writeFileSync(file, JSON.stringify({ ids: [...ids], values: [...values] }))
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<'ids' | 'values', number[]>
  const ids = Int32Array.from(kept.ids)
  const values = Float64Array.from(kept.values)
  const { name, rows, dims, base, queryCount, queries } = set
  const truth = { k: neighbours, ids, values, accepts: () => true }
  return { name, rows, dims, base, queryCount, queries, truth }
}

function exactNeighbours(
  set: Omit<VectorSet, 'truth'>,
  accepts: (row: number) => boolean
): VectorSet['truth'] {
  const rows = Int32Array.from({ length: set.rows }, (_, row) => row).filter(accepts)
  const ids = new Int32Array(set.queryCount * neighbours).fill(-1)
  const values = new Float64Array(set.queryCount * neighbours).fill(Number.POSITIVE_INFINITY)
  for (let query = 0; query < set.queryCount; query++) nearest(set, rows, query, ids, values)
  return { k: neighbours, ids, values, accepts }
}

/** Insertion into a sorted list of k; squared distances summed in double. */
function nearest(
  set: Omit<VectorSet, 'truth'>,
  rows: Int32Array,
  query: number,
  ids: Int32Array,
  values: Float64Array
): void {
  const { base, queries, dims } = set
  const at = query * neighbours
  const last = at + neighbours - 1
  for (const row of rows) {
    const distance = squaredDistance(
      base,
      row * dims,
      queries,
      query * dims,
      dims,
      values[last] ?? 0
    )
    if (distance >= (values[last] ?? 0)) continue
    let place = last
    while (place > at && (values[place - 1] ?? 0) > distance) {
      values[place] = values[place - 1] ?? 0
      ids[place] = ids[place - 1] ?? 0
      place -= 1
    }
    values[place] = distance
    ids[place] = row
  }
}

function squaredDistance(
  a: Float32Array,
  aAt: number,
  b: Float32Array,
  bAt: number,
  dims: number,
  limit: number
): number {
  let sum = 0
  for (let dim = 0; dim < dims;) {
    const end = Math.min(dims, dim + 32)
    for (; dim < end; dim++) {
      const difference = a[aAt + dim]! - b[bAt + dim]!
      sum += difference * difference
    }
    if (sum >= limit) return sum
  }
  return sum
}

/**
 * Share of the true neighbours found, by value: ties with the k-th count. Less than k true ones (a narrow filter) are all
 * that is wanted; a row found twice counts once. A row that may not be found is an error.
 */
export function recallOf(set: VectorSet, query: number, found: ArrayLike<number>): number {
  const { base, queries, dims, truth } = set
  const exact = truth.values.subarray(query * truth.k, query * truth.k + neighbours)
  const wanted = exact.filter(Number.isFinite)
  if (wanted.length === 0) return 1
  const worst = (wanted.at(-1) ?? 0) * (1 + 1e-6) + 1e-12
  const rows = new Set(Array.from(found, Number).slice(0, neighbours))
  let hits = 0
  for (const row of rows) {
    if (!truth.accepts(row)) throw new Error(`row ${row} was found, which the filter refuses`)
    const at = row * dims
    const value = squaredDistance(base, at, queries, query * dims, dims, Number.POSITIVE_INFINITY)
    if (value <= worst) hits += 1
  }
  return hits / wanted.length
}
