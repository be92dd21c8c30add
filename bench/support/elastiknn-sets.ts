/** What the bench of LSH asks of what: vectors, how they are mapped, and queries by their candidates. */
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'
import type { HashSpec, VectorSpec } from '../../src/vector/index.ts'
import { findSet, readRows } from '../../scripts/data-set.ts'
import { imageDims, imageSet } from './image-set.ts'

export type Workload = {
  readonly name: string
  readonly spec: VectorSpec & { readonly hashes: HashSpec }
  readonly base: readonly (Float32Array | Int32Array)[]
  readonly queries: readonly (Float32Array | Int32Array)[]
  /** Definition of the field. */
  readonly mapping: Record<string, unknown>
  readonly similarity: 'l2' | 'jaccard'
  /**
   * A field without anything that spares comparing, for the plain scan: every stored row is compared with the query. Left out: an
   * exact query of the field itself is one.
   */
  readonly plain?: { readonly spec: VectorSpec; readonly mapping: Record<string, unknown> }
  /** Candidates; Infinity: an exact query of the same field, which counts in lists by index where there are such. */
  readonly efforts: readonly number[]
  /** Rates that Elastiknn published, by recall of the first 100. */
  readonly published: readonly { readonly recall: number; readonly perSecond: number }[]
}

const flat = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const
/** Of ann-benchmarks for Fashion-MNIST, 2 processors, over HTTP (spec section 9). */
const fashion = { tables: 175, functions: 7, width: 3900 }
const published = [
  { recall: 0.607, perSecond: 304 },
  { recall: 0.921, perSecond: 270 },
  { recall: 0.962, perSecond: 240 }
]

function images(
  name: string,
  base: readonly Float32Array[],
  queries: readonly Float32Array[]
): Workload {
  const { tables, functions, width } = fashion
  const hashes = { model: 'stableDistributions', dims: imageDims, ...fashion } as const
  const options = { dims: imageDims, model: 'lsh', similarity: 'l2', L: tables, k: functions }
  return {
    name,
    spec: { ...flat, dims: imageDims, element: 'float32', space: 'l2', hashes },
    base,
    queries,
    mapping: { type: 'elastiknn_dense_float_vector', elastiknn: { ...options, w: width } },
    similarity: 'l2',
    // 70 candidates are 70 hits: rows like images have the lowest published recall with so few.
    efforts: [70, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000],
    published
  }
}

export function imageWorkload(rows: number, queryCount: number): Workload {
  const { base, queries } = imageSet(rows, queryCount, 1)
  return images(`image-like ${rows} x ${imageDims}`, base, queries)
}

/** A set of images in a folder like ../shared/data. */
export function realImages(folder: string, name: string, queryCount: number): Workload {
  const entry = findSet(folder, name)
  const read = (part: 'base' | 'queries', countMax: number): Float32Array[] => {
    const rows = readRows(folder, entry, part)
    const count = Math.min(rows.count, countMax)
    return Array.from({ length: count }, (_, at) => Float32Array.from(rows.row(at)))
  }
  const base = read('base', Number.POSITIVE_INFINITY)
  return images(`${name} ${base.length} x ${imageDims}`, base, read('queries', queryCount))
}

const setDims = 4_000
/** The same sets among so many have no lists by index (src/vector/sparse/row-lists.ts). */
const plainDims = 65_537
const clusters = 200
const itemsPerCluster = 120

/** Sets as users have of items: 30 to 90 of 4,000, mostly those of their cluster. */
export function setWorkload(rows: number, queryCount: number): Workload {
  const random = new JavaRandom(7)
  const tastes = Array.from({ length: clusters }, () =>
    Array.from({ length: itemsPerCluster }, () => random.nextInt(setDims))
  )
  const draw = (): Int32Array => {
    const taste = tastes[random.nextInt(clusters)]!
    const size = 30 + random.nextInt(61)
    const share = 0.5 + random.nextDouble() * 0.4
    const items = new Set<number>()
    while (items.size < size) {
      const isOwn = random.nextDouble() < share
      items.add(isOwn ? taste[random.nextInt(itemsPerCluster)]! : random.nextInt(setDims))
    }
    return Int32Array.from(items).sort()
  }
  const hashes = { model: 'minHash', dims: setDims, tables: 100, functions: 1 } as const
  const options = { dims: setDims, model: 'lsh', similarity: 'jaccard', L: 100, k: 1 }
  return {
    name: `sets ${rows} of ${setDims}`,
    spec: { ...flat, dims: setDims, element: 'sparse-bool', space: 'jaccard', hashes },
    base: Array.from({ length: rows }, draw),
    queries: Array.from({ length: queryCount }, draw),
    mapping: { type: 'elastiknn_sparse_bool_vector', elastiknn: options },
    similarity: 'jaccard',
    plain: {
      spec: { ...flat, dims: plainDims, element: 'sparse-bool', space: 'jaccard' },
      mapping: { type: 'elastiknn_sparse_bool_vector', elastiknn: { dims: plainDims } }
    },
    efforts: [100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, Infinity],
    published: []
  }
}

/** A vector as requests have it. */
export function vectorJson(vector: Float32Array | Int32Array, isPlain: boolean = false): unknown {
  if (vector instanceof Float32Array) return { values: Array.from(vector) }
  return { true_indices: Array.from(vector), total_indices: isPlain ? plainDims : setDims }
}
