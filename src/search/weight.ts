import type { KnnQuery, Query, ScoredDoc } from '../query/index.ts'
import type { SegmentView } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import type { AskedSearch } from './knn-segments.ts'
import type { Scorer } from './scorer.ts'
import type { Statistics } from './statistics.ts'
import type { KnnProfile, SearchTarget } from './types.ts'

/** A query bound to the segments of one index: statistics taken, scripts compiled, neighbours found. */
export type Weight = {
  /** A fresh scorer over one segment; null when nothing matches there. */
  scorer(segment: SegmentView): Scorer | null
  /** Live root documents that match, when that is known without looking at each; else -1. */
  count(segment: SegmentView): number
  /** Every match has the same score. */
  readonly isConstant: boolean
  /** Clauses without clauses below them, which a scorer opens. @default 1 */
  readonly width?: number
  /**
   * All matches with their scores, in the order of hits; null or left out where that is not known without looking at each. They
   * are live root documents.
   */
  ranked?(): readonly ScoredDoc[] | null
}

/** The documents that a query speaks of: roots, or the objects of a nested path inside the level `outer`. */
export type Level = { readonly path: string; readonly outer: Level | null }

export const rootLevel: Level = { path: '', outer: null }

/** Documents with scores by generation of the segment; docs ascending. */
export type NeighborsBySegment = ReadonlyMap<
  number,
  { readonly docs: Int32Array; readonly scores: Float32Array }
>

/** What all weights of one request on one index share. */
export type TargetSearch = {
  readonly target: SearchTarget
  readonly segments: readonly SegmentView[]
  readonly statistics: Statistics
  readonly deadline: Deadline
  /** Neighbours found in this request already: a named clause is asked twice. */
  readonly neighbors: { ofQuery: Map<KnnQuery, readonly ScoredDoc[]> | null }
  /** Segments that other threads were asked for, by clause; null: none. */
  asked: Map<KnnQuery, readonly AskedSearch[]> | null
  /** false: a scan that was not foreseen is not begun: ScanWanted. */
  readonly scans: boolean
  /** What its weights need of a segment before they are asked for a scorer (prepared-weight.ts); null: nothing. */
  preparations: ((segment: SegmentView) => Steps<void>)[] | null
  /** null: not wanted. */
  readonly knnProfiles: KnnProfile[] | null
}

export type WeightContext = {
  readonly search: TargetSearch
  readonly level: Level
  /** Product of the boosts above, float32. */
  readonly boost: number
  /** false: only who matches counts. */
  readonly scoring: boolean
  /** The weight of a clause below; its own boost is multiplied in. */
  readonly create: (query: Query, context: WeightContext) => Weight
}

/** Nothing matches. */
export const noWeight: Weight = { scorer: () => null, count: () => 0, isConstant: true }

/** A weight that has to look at each document. */
export function scanningWeight(
  scorer: (segment: SegmentView) => Scorer | null,
  isConstant: boolean,
  width: number = 1
): Weight {
  return { scorer, count: () => -1, isConstant, width }
}

/** True when every document number below docCount is a live root: then lists can be counted by their lengths. */
export function isWhole(segment: SegmentView): boolean {
  const { reader } = segment
  return (
    segment.liveDocs === null && reader.parents === null && segment.docCount === reader.docCount
  )
}
