/**
 * Nearest neighbours of one index. Per segment: filter and live documents become ordinals, the vector index answers, the
 * cut by similarity follows; then the best k of all segments together.
 *
 * Vectors in nested documents: k counts the documents that hold them. The index is asked for more vectors until k holders are
 * found or no vectors are left; each holder keeps its best vector.
 */
import type { KnnQuery } from '../query/index.ts'
import type { SegmentView, VectorReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'
import type { Space, VectorSearchResult } from '../vector/index.ts'
import { bindFilter } from './filter-bits.ts'
import type { DocFilter } from './filter-bits.ts'
import { filterCache } from './filter-cache.ts'
import { holderOf, levelBits } from './levels.ts'
import type { KnnSegmentProfile } from './types.ts'
import type { Level, NeighborsBySegment, WeightContext } from './weight.ts'

/** One neighbour: segment by position in the search, document, score before the boost. */
export type Neighbor = { readonly segment: number; readonly docId: number; readonly score: number }

type SegmentSearch = {
  readonly segment: SegmentView
  readonly position: number
  readonly vectors: VectorReader
  readonly accept: BitSet | null
  readonly acceptCount: number
}

/**
 * The k best documents of an index, best first; ties go to the earlier segment, then the lower document.
 *
 * Cost     One search of the vector index per segment; with nested vectors more, each twice as wide.
 * Errors   DEADLINE_EXCEEDED between segments; what the vector index throws.
 */
export function searchNeighbors(query: KnnQuery, context: WeightContext): Neighbor[] {
  const startedMs = performance.now()
  const profiles: KnnSegmentProfile[] = []
  const found: Neighbor[] = []
  const filters = new Map<string, DocFilter>()
  for (const [position, segment] of context.search.segments.entries()) {
    context.search.deadline.check()
    const vectors = segment.reader.vectors(query.field.number)
    if (vectors === null || vectors.index.size === 0) continue
    const path = segment.reader.pathOf(vectors.docOf(0))
    if (query.filter !== null && !filters.has(path))
      filters.set(path, bindFilter(query.filter, path, context))
    const accepted = acceptedOrds(segment, vectors, filters.get(path) ?? null, query)
    if (accepted.count === 0) continue
    const search = {
      segment,
      position,
      vectors,
      accept: accepted.ords,
      acceptCount: accepted.count
    }
    found.push(...searchSegment(search, query, context.level, path, profiles))
  }
  found.sort(compareNeighbors)
  found.length = Math.min(found.length, query.k)
  context.search.knnProfiles.push({
    field: query.field.name,
    segments: profiles,
    timeNs: Math.round((performance.now() - startedMs) * 1e6)
  })
  return found
}

/** Neighbours as the list of each segment, documents ascending. */
export function bySegment(
  neighbors: readonly Neighbor[],
  segments: readonly SegmentView[]
): NeighborsBySegment {
  const result = new Map<number, { docs: Int32Array; scores: Float32Array }>()
  const sorted = neighbors.toSorted((a, b) => a.segment - b.segment || a.docId - b.docId)
  for (let start = 0; start < sorted.length;) {
    const { segment } = sorted[start]!
    let end = start + 1
    while (sorted[end]?.segment === segment) end += 1
    const docs = new Int32Array(end - start)
    const scores = new Float32Array(end - start)
    for (let at = start; at < end; at++) {
      docs[at - start] = sorted[at]!.docId
      scores[at - start] = sorted[at]!.score
    }
    result.set(segments[segment]!.reader.generation, { docs, scores })
    start = end
  }
  return result
}

/** Best score first, then index order. */
function compareNeighbors(a: Neighbor, b: Neighbor): number {
  return b.score - a.score || a.segment - b.segment || a.docId - b.docId
}

/** True when a raw value is at least as near as the limit. */
export function reaches(space: Space, raw: number, limit: number | null): boolean {
  if (limit === null) return true
  const largeIsNear = space === 'cosine' || space === 'dot' || space === 'mip'
  return largeIsNear ? raw >= limit : raw <= limit
}

/** Ordinals of live, visible documents that pass the filter; ords null: all. */
function acceptedOrds(
  segment: SegmentView,
  vectors: VectorReader,
  filter: DocFilter | null,
  { field }: KnnQuery
): { ords: BitSet | null; count: number } {
  const { reader, liveDocs, docCount } = segment
  const isAll = liveDocs === null && docCount === reader.docCount && filter === null
  if (isAll) return { ords: null, count: vectors.index.size }
  const compute = (): BitSet => {
    const docs = visibleDocs(segment)
    if (filter !== null) docs.intersect(filter.docs(segment))
    return vectors.ordsOf(docs)
  }
  const key = filter === null ? '' : filter.key
  const ords =
    key === null
      ? compute()
      : filterCache.bits(
          reader,
          filterCache.visibleKey(segment, `ords ${field.number} ${key}`),
          compute
        )
  return { ords, count: ords.count() }
}

function visibleDocs({ reader, liveDocs, docCount }: SegmentView): BitSet {
  if (liveDocs !== null) return liveDocs.copy(docCount).copy(reader.docCount)
  const docs = new BitSet(reader.docCount)
  docs.addRange(docCount)
  return docs
}

function searchSegment(
  search: SegmentSearch,
  query: KnnQuery,
  level: Level,
  path: string,
  profiles: KnnSegmentProfile[]
): Neighbor[] {
  const isGrouped = path !== level.path || level.outer !== null
  let k = Math.min(query.k, search.acceptCount)
  for (;;) {
    const result = search.vectors.index.search({
      query: query.vector,
      k,
      candidates: Math.max(query.candidates, k),
      rescore: query.rescore ?? 0,
      accept: search.accept,
      acceptCount: search.acceptCount,
      strategy: query.exhaustive ? 'exact' : 'planned'
    })
    const neighbors = neighborsOf(search, query, result)
    const grouped = isGrouped ? bestByHolder(neighbors, search.segment, level) : neighbors
    const isDone =
      !isGrouped ||
      grouped.length >= query.k ||
      k >= search.acceptCount ||
      neighbors.length < result.ords.length // the limit cut: further vectors are farther still
    if (isDone) {
      profiles.push(profileOf(search.segment, result))
      return grouped
    }
    k = Math.min(2 * k, search.acceptCount)
  }
}

function neighborsOf(
  { position, vectors }: SegmentSearch,
  query: KnnQuery,
  result: VectorSearchResult
): Neighbor[] {
  const { space } = vectors.index.spec
  const neighbors: Neighbor[] = []
  for (let at = 0; at < result.ords.length; at++) {
    const raw = result.values[at]!
    if (!reaches(space, raw, query.rawLimit)) continue
    const docId = vectors.docOf(result.ords[at]!)
    neighbors.push({ segment: position, docId, score: Math.fround(query.score(raw)) })
  }
  return neighbors
}

/** Of all vectors below one holder the best, reported for the document of the level that has it. Best first stays. */
function bestByHolder(
  neighbors: readonly Neighbor[],
  { reader }: SegmentView,
  level: Level
): Neighbor[] {
  const ours = levelBits(reader, level.path)
  const outer = level.outer === null ? null : levelBits(reader, level.outer.path)
  const seen = new Set<number>()
  const best: Neighbor[] = []
  for (const neighbor of neighbors) {
    const docId = holderOf(ours, neighbor.docId)
    const holder = level.outer === null ? docId : holderOf(outer, docId)
    if (docId === -1 || seen.has(holder)) continue
    seen.add(holder)
    best.push({ ...neighbor, docId })
  }
  return best
}

function profileOf({ reader }: SegmentView, result: VectorSearchResult): KnnSegmentProfile {
  return {
    name: reader.name,
    strategy: result.strategy,
    visitedCount: result.visitedCount,
    rescoredCount: result.rescoredCount,
    pagesRead: result.pagesRead
  }
}
