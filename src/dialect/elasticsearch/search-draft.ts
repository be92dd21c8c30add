/** A search while its body and URL are read. */
import type { NodeSearch } from '../../node/index.ts'
import { defaultFetch } from './fetch-spec.ts'
import type { MutableFetch } from './fetch-spec.ts'
import type { KnnBody } from './knn-clause.ts'
import type { Retriever } from './retriever.ts'

type Mutable<T> = { -readonly [key in keyof T]: T[key] }

export type PointInTimeBody = { readonly id: string; readonly keepAliveMs: number | null }

/** Default page. */
export const sizeDefault = 10
export const trackedHitsDefault = 10_000

export class SearchDraft {
  readonly fetch: MutableFetch = defaultFetch()
  readonly search: Mutable<NodeSearch> = {
    query: null,
    knn: [],
    postFilter: null,
    from: 0,
    size: sizeDefault,
    sort: [],
    searchAfter: null,
    minScore: null,
    trackTotalHits: trackedHitsDefault,
    trackScores: false,
    rescore: [],
    fetch: this.fetch,
    profile: false,
    timeoutMs: null
  }
  from: number | null = null
  size: number | null = null
  knn: KnnBody[] = []
  retriever: Retriever | null = null
  pointInTime: PointInTimeBody | null = null
  scrollKeepAliveMs: number | null = null
  storedFieldsOff = false
  /** `_source` was asked for in so many words. */
  sourceAsked = false
}
