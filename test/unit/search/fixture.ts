/** Documents, fields and segments for the tests of search; vectors are compared by brute force. */
import { MemorySegment } from '../../../src/segment/index.ts'
import type {
  FieldInfo,
  GrowingVectors,
  IndexableDoc,
  SegmentView
} from '../../../src/segment/index.ts'
import type { SearchRequest, SearchTarget } from '../../../src/search/index.ts'
import type { Query } from '../../../src/query/index.ts'
import type { Vector, VectorIndex, VectorSpec } from '../../../src/vector/index.ts'

export const dims = 3

export const spec: VectorSpec = {
  dims,
  element: 'float32',
  space: 'l2',
  index: 'hnsw',
  m: 16,
  efConstruction: 100,
  codes: 'float32'
}

const field = (
  number: number,
  name: string,
  rest: Partial<Omit<FieldInfo, 'number' | 'name'>>
): FieldInfo => ({ number, name, column: null, postings: 'none', vector: null, ...rest })

type FieldName =
  | 'tag'
  | 'text'
  | 'count'
  | 'price'
  | 'vector'
  | 'childTag'
  | 'childCount'
  | 'childVector'

export const fields: Readonly<Record<FieldName, FieldInfo>> = {
  tag: field(1, 'tag', { column: 'keyword', postings: 'docs' }),
  text: field(2, 'text', { postings: 'positions' }),
  count: field(3, 'count', { column: 'long' }),
  price: field(4, 'price', { column: 'double' }),
  vector: field(5, 'vector', { vector: spec }),
  childTag: field(6, 'child.tag', { column: 'keyword', postings: 'docs' }),
  childCount: field(7, 'child.count', { column: 'long' }),
  childVector: field(8, 'child.vector', { vector: spec })
}

/** One document as the tests write it; the fields of children are those below `child`. */
export type TestDoc = {
  readonly tag?: readonly string[]
  readonly text?: readonly string[]
  readonly count?: readonly bigint[]
  readonly price?: readonly number[]
  readonly vector?: readonly number[]
  readonly children?: readonly TestDoc[]
}

export function indexable(doc: TestDoc, isChild: boolean): IndexableDoc {
  const { tag, text, count, price, vector } = doc
  const names = isChild
    ? { tag: fields.childTag, count: fields.childCount, vector: fields.childVector }
    : fields
  const columns: IndexableDoc['columns'][number][] = []
  const terms: IndexableDoc['terms'][number][] = []
  if (tag !== undefined) columns.push({ field: names.tag, values: tag })
  if (text !== undefined) {
    const occurrences = [...new Set(text)].map((term) => ({
      term,
      positions: text.flatMap((word, at) => (word === term ? [at] : []))
    }))
    terms.push({ field: fields.text, terms: occurrences, length: text.length })
  }
  if (count !== undefined) columns.push({ field: names.count, values: count })
  if (price !== undefined) columns.push({ field: fields.price, values: price })
  const vectors =
    vector === undefined ? [] : [{ field: names.vector, vector: Float32Array.from(vector) }]
  return { path: isChild ? 'child' : '', columns, terms, vectors, present: [] }
}

export function openSegment(generation: number): MemorySegment {
  return new MemorySegment({ generation, growingVectors: bruteForceVectors })
}

export function append(segment: MemorySegment, id: string, doc: TestDoc): number {
  const children = (doc.children ?? []).map((child) => indexable(child, true))
  return segment.append(
    {
      id,
      routing: null,
      source: { text: new TextEncoder().encode('{}'), cuts: [] },
      docs: [...children, indexable(doc, false)]
    },
    0,
    1
  )
}

/** Segments of documents named d0, d1 …, in the order given. */
export function segmentsOf(...docs: readonly (readonly TestDoc[])[]): SegmentView[] {
  let next = 0
  return docs.map((list, generation) => {
    const segment = openSegment(generation)
    for (const doc of list) append(segment, `d${next++}`, doc)
    return segment.view()
  })
}

export function target(
  segments: readonly SegmentView[],
  query: Query | null,
  rest: Partial<SearchTarget> = {}
): SearchTarget {
  return {
    index: 0,
    indexName: 'test',
    segments,
    filter: null,
    query,
    knn: [],
    postFilter: null,
    sort: [],
    ...rest
  }
}

export function request(
  targets: readonly SearchTarget[],
  rest: Partial<SearchRequest> = {}
): SearchRequest {
  return {
    targets,
    from: 0,
    size: 10,
    minScore: null,
    searchAfter: null,
    trackTotalHits: true,
    trackScores: false,
    profile: false,
    ...rest
  }
}

export const l2Score = (raw: number): number => 1 / (1 + raw)

export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2
  return sum
}

function bruteForceVectors(vectorSpec: VectorSpec): GrowingVectors {
  const rows: Vector[] = []
  const sizes = { codes: 0, lists: 0, vectors: 0, hashes: 0 }
  return {
    get size() {
      return rows.length
    },
    append: (vector) => rows.push(vector.slice()) - 1,
    at: (size) => bruteForceIndex(vectorSpec, rows, size),
    sizeInBytes: () => sizes,
    close: () => {}
  }
}

function bruteForceIndex(
  vectorSpec: VectorSpec,
  rows: readonly Vector[],
  size: number
): VectorIndex {
  const compare = (query: Vector, ord: number): number =>
    Math.fround(squaredDistance(query, rows[ord]!))
  return {
    spec: vectorSpec,
    size,
    format: { name: 'test', version: 1, codes: 'float32' },
    search: ({ query, k, accept }) => {
      const ords: number[] = []
      for (let ord = 0; ord < size; ord++) if (accept?.has(ord) ?? true) ords.push(ord)
      const best = ords.sort((a, b) => compare(query, a) - compare(query, b) || a - b).slice(0, k)
      return {
        ords: Uint32Array.from(best),
        values: Float32Array.from(best, (ord) => compare(query, ord)),
        strategy: 'exact',
        visitedCount: ords.length,
        rescoredCount: 0,
        pagesRead: 0
      }
    },
    vectorAt: (ord) => rows[ord]!.slice(),
    rawScorer: (query) => (ord) => compare(query, ord),
    rawValues: (query, _space, ords) => Float32Array.from(ords, (ord) => compare(query, ord)),
    nearestValues: () => null,
    hashes: null,
    functionScorer: (name, query) => (ord) =>
      name === 'l2' ? Math.sqrt(compare(query, ord)) : Number.NaN,
    sizeInBytes: () => ({ codes: 0, lists: 0, vectors: 0, hashes: 0 }),
    validate: () => [],
    close: () => {}
  }
}
