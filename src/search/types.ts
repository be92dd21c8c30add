/** One search over the segments of one or more indices: lowered queries in, hits out. */
import type { FieldInfo, SegmentView } from '../segment/index.ts'
import type { KnnClause, Query } from '../query/index.ts'
import type { Cancellation, LoopSlice } from '../util/index.ts'
import type { VectorThreads } from './find-ahead.ts'
import type { SearchHits } from './search-hits.ts'

/** One index taking part: its pinned segments and the request lowered against its mapping. */
export type SearchTarget = {
  /** Position among the targets; ties go to the lower one, then to the lower segment, then docId. */
  readonly index: number
  readonly indexName: string
  readonly segments: readonly SegmentView[]
  /** Condition of the target itself (filtered alias); null: none. */
  readonly filter: Query | null
  readonly query: Query | null
  /**
   * knn sections (already with the target's filter): global top k over all targets, then joined with `query` as should
   * clauses. Element i of every target is the request's clause i; null where the index does not have the field.
   */
  readonly knn: readonly (KnnClause | null)[]
  readonly postFilter: Query | null
  readonly sort: readonly SortKey[]
  /** The mapping's fields by name, for scripts; left out: the fields that the segments have. */
  readonly field?: (name: string) => TargetField | null
  readonly rescore?: readonly {
    readonly query: Query
    readonly windowSize: number
    readonly queryWeight: number
    readonly rescoreQueryWeight: number
    readonly scoreMode: 'total' | 'multiply' | 'avg' | 'max' | 'min'
  }[]
}

/** A field as scripts see it; a MappedField is one. */
type TargetField = { readonly typeName: string; readonly info: FieldInfo | null }

export type SortKey =
  | { readonly type: 'score'; readonly descending: boolean }
  /** Position in the index; shardDoc: (target << 32) + position, the tie break of a point in time. */
  | { readonly type: 'doc' | 'shardDoc'; readonly descending: boolean }
  /** Sequence number of the write; reads the stored document of each match. */
  | { readonly type: 'seqNo'; readonly descending: boolean }
  | {
      readonly type: 'column'
      readonly field: FieldInfo
      readonly descending: boolean
      /** 'last', 'first', or the value that stands for none: a bigint for a long, a number for a double. */
      readonly missing: SortValue
      readonly mode: 'min' | 'max' | 'avg' | 'sum' | 'median'
    }

export type SortValue = number | bigint | string | null

export type SearchRequest = {
  readonly targets: readonly SearchTarget[]
  readonly from: number
  readonly size: number
  readonly minScore: number | null
  /** Sort values of the hit after which to go on, as they were given out; null: from the start. */
  readonly searchAfter: readonly SortValue[] | null
  /** true: exact; false: not wanted; a number: exact up to it, then 'gte'. */
  readonly trackTotalHits: boolean | number
  /** With a sort: compute scores too. */
  readonly trackScores: boolean
  readonly profile: boolean
  readonly signal?: Cancellation
  /** The search is left where it is due; left out: it is done in one piece. */
  readonly slice?: LoopSlice
  /** Searches vector indices in other threads; left out: there are none. */
  readonly threads?: VectorThreads
  /** false: a scan of vectors in place of a walk that found too little is not begun: ScanWanted. @default true */
  readonly scans?: boolean
  /** Moment of performance.now() after which the search ends with DEADLINE_EXCEEDED (a search holds the thread, no timer runs). */
  readonly deadlineMs?: number
}

export type SearchHit = {
  readonly target: number
  readonly segment: SegmentView
  readonly docId: number
  /** null when sorted without scores. Float32 value. */
  readonly score: number | null
  readonly sort: readonly SortValue[] | null
  readonly matched: Matched
}

/** Names of the matching named clauses with their scores, knn sections first. */
export type Matched = readonly { readonly name: string; readonly score: number }[]

export type SearchResult = {
  readonly hits: SearchHits
  readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' } | null
  readonly maxScore: number | null
  readonly profile: readonly SearchProfile[]
}

/** Per target: what the vector searches and the query did. */
export type SearchProfile = {
  readonly target: number
  readonly knn: readonly KnnProfile[]
  readonly query: { readonly description: string; readonly timeNs: number } | null
}
export type KnnProfile = {
  readonly field: string
  readonly segments: readonly KnnSegmentProfile[]
  readonly timeNs: number
}
export type KnnSegmentProfile = {
  readonly name: string
  readonly strategy: string
  readonly visitedCount: number
  readonly rescoredCount: number
  readonly pagesRead: number
}
