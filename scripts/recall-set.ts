/**
 * Recall of one data set through the embedded API: its vectors are loaded as a user would load them, searched at default
 * settings, and the hits compared with exact neighbours by value, since sets have ties.
 */
import type { Index, OpenDatabase } from '../src/index.ts'
import { readRows, readTruth } from './data-set.ts'
import type { DataSetEntry, Rows } from './data-set.ts'

/** Hits looked at per query. */
export const recallAt = 10
/** float32 sums differ from float64 sums by less than this, relative to the value compared. */
const valueTolerance = 1e-5

export type SetRecall = {
  readonly name: string
  readonly metric: string
  readonly element: string
  readonly dims: number
  readonly docCount: number
  readonly queryCount: number
  /** Vectors without a direction, which cosine cannot compare: left out. */
  readonly zeroRowCount: number
  readonly zeroQueryCount: number
  readonly recall: number
  /** Of every segment, as the profile of a search says. */
  readonly strategies: string
  readonly segmentCount: number
  readonly loadMs: number
  readonly searchUs: number
}

type Values = Float32Array | Int8Array | Uint8Array
type Metric = { readonly space: string; readonly value: (a: Values, b: Values) => number }

/** Near is small for all: similarities are negated. */
const metrics: Readonly<Record<string, Metric>> = {
  l2: { space: 'l2', value: (a, b) => sum(a, (x, i) => (x - b[i]!) ** 2) },
  l1: { space: 'l1', value: (a, b) => sum(a, (x, i) => Math.abs(x - b[i]!)) },
  linf: { space: 'linf', value: greatestDifference },
  dot: { space: 'mip', value: (a, b) => -sum(a, (x, i) => x * b[i]!) },
  cosine: {
    space: 'cosine',
    value: (a, b) =>
      -sum(a, (x, i) => x * b[i]!) / Math.sqrt(sum(a, (x) => x * x) * sum(b, (x) => x * x))
  },
  hammingbit: { space: 'hamming', value: (a, b) => sum(a, (x, i) => bitCount(x ^ b[i]!)) }
}

function sum(values: Values, term: (x: number, at: number) => number): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += term(values[i]!, i)
  return total
}

function greatestDifference(a: Values, b: Values): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

function bitCount(byte: number): number {
  let bits = byte
  let count = 0
  for (; bits !== 0; bits &= bits - 1) count += 1
  return count
}

/** Why a set has no recall to measure; null when it has. */
export function reasonToSkip(entry: DataSetEntry): string | null {
  if (entry.base === undefined || entry.queries === undefined) return `${entry.kind}, no vectors`
  const metric = entry.primary_metric ?? ''
  if (!Object.hasOwn(metrics, metric)) return `metric ${metric} is not one of the vector spaces`
  return null
}

export type MeasureOptions = {
  /** Merge to one segment before searching. @default false */
  readonly merge?: boolean
  /** @default the primary metric */
  readonly metric?: string
  readonly onProgress?: (doneCount: number, totalCount: number) => void
}

/** @param folder  That of the manifest. */
export async function measureRecall(
  db: OpenDatabase,
  folder: string,
  entry: DataSetEntry,
  options: MeasureOptions = {}
): Promise<SetRecall> {
  const metricName = options.metric ?? entry.primary_metric ?? ''
  const metric = metrics[metricName]
  if (metric === undefined) throw new RangeError(`${entry.name}: unknown metric ${metricName}`)
  const base = readRows(folder, entry, 'base')
  const element = elementOf(entry, base)
  const dims = element === 'bit' ? base.width * 8 : base.width
  const name = `${entry.name}-${metricName}`.toLowerCase()
  const index = await db.createIndex<{ v: Values }>(name, {
    v: { type: 'vector', dims, element, space: metric.space }
  })
  const started = performance.now()
  const docCount = await index.putMany(documents(base, metricName === 'cosine'), {
    onProgress: (done) => options.onProgress?.(done, base.count)
  })
  await index.flush()
  if (options.merge === true) await index.merge(1)
  const loadMs = performance.now() - started
  const searched = searchSet(index, folder, entry, {
    metric: metricName,
    field: 'v',
    rowOf: Number
  })
  return {
    name: entry.name,
    metric: metricName,
    element,
    dims,
    docCount,
    zeroRowCount: base.count - docCount,
    segmentCount: index.stats()?.segments.length ?? 0,
    loadMs,
    ...searched
  }
}

export type SearchPlan = {
  readonly metric: string
  readonly field: string
  /** Row of a document in the set's base. */
  readonly rowOf: (id: string) => number
}

/** Searches all queries of a set in an index that holds its base. */
export function searchSet(
  index: Pick<Index<object>, 'search'>,
  folder: string,
  entry: DataSetEntry,
  { metric: metricName, field, rowOf }: SearchPlan
): Pick<SetRecall, 'recall' | 'strategies' | 'searchUs' | 'queryCount' | 'zeroQueryCount'> {
  const metric = metrics[metricName]
  if (metric === undefined) throw new RangeError(`${entry.name}: unknown metric ${metricName}`)
  const base = readRows(folder, entry, 'base')
  const queries = readRows(folder, entry, 'queries')
  const truth = readTruth(folder, entry, metricName)
  const strategies = new Set<string>()
  let queryCount = 0
  let searchMs = 0
  let foundCount = 0
  let wantedCount = 0
  for (let q = 0; q < queries.count; q++) {
    const query = queries.row(q)
    if (metricName === 'cosine' && isZero(query)) continue
    const started = performance.now()
    const knn = { field, vector: query, k: recallAt }
    const { hits, profile } = index.search({ knn, source: false, profile: queryCount === 0 })
    searchMs += performance.now() - started
    for (const strategy of strategiesOf(profile)) strategies.add(strategy)
    const wanted = [...truth.ids.subarray(q * truth.k, q * truth.k + recallAt)].filter(
      (id) => id >= 0
    )
    const worst = metric.value(query, base.row(wanted.at(-1) ?? 0))
    const limit = worst + Math.abs(worst) * valueTolerance + Number.EPSILON
    const good = hits.filter((hit) => metric.value(query, base.row(rowOf(hit.id))) <= limit)
    // A document that comes twice is found once.
    foundCount += Math.min(new Set(good.map(({ id }) => id)).size, wanted.length)
    wantedCount += wanted.length
    queryCount += 1
  }
  return {
    recall: foundCount / wantedCount,
    strategies: [...strategies].toSorted().join('+'),
    searchUs: (searchMs * 1_000) / queryCount,
    queryCount,
    zeroQueryCount: queries.count - queryCount
  }
}

function elementOf(entry: DataSetEntry, base: Rows): 'float32' | 'int8' | 'bit' {
  if (entry.kind === 'bits') return 'bit'
  return base.row(0) instanceof Int8Array ? 'int8' : 'float32'
}

function* documents(
  base: Rows,
  needsDirection: boolean
): Iterable<readonly [string, { v: Values }]> {
  for (let row = 0; row < base.count; row++) {
    const v = base.row(row)
    if (!needsDirection || !isZero(v)) yield [String(row), { v }]
  }
}

function isZero(values: Values): boolean {
  return values.every((value) => value === 0)
}

function strategiesOf(profile: readonly unknown[]): string[] {
  type Profile = { knn: { segments: { strategy: string }[] }[] }
  return (profile as readonly Profile[]).flatMap((one) =>
    one.knn.flatMap((knn) => knn.segments.map((segment) => segment.strategy))
  )
}
