/** The node: indices of one data folder, typed requests in, typed answers out. Dialects translate to and from this. */
import type { CacheStats } from '../cache/index.ts'
import type { Engine, OperationResult, WriteConditions } from '../engine/index.ts'
import type { IndexMapping, MappingJson } from '../mapping/index.ts'
import type { FieldQuery, Query } from '../query/index.ts'
import type { SearchProfile } from '../search/index.ts'
import type { RecoveryReport, StoreStats } from '../store/index.ts'
import type { Cancellation, ListOf, VectorStoreError } from '../util/index.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export type AliasDefinition = {
  /** Query in the dialect's JSON, echoed as it came, and parsed. */
  readonly filterJson: JsonObject | null
  readonly filter: Query | null
  readonly indexRouting: string | null
  readonly searchRouting: string | null
  readonly isWriteIndex: boolean | null
  readonly isHidden: boolean | null
}

export type IndexMetadata = {
  /** Number in the keyspace, never reused. */
  readonly number: number
  readonly name: string
  readonly uuid: string // 22 URL-safe characters
  readonly createdMs: number
  /** Flat names without 'index.', values as strings, as GET _settings prints them ('number_of_shards': '1' …). */
  readonly settings: ReadonlyMap<string, string>
  readonly aliases: ReadonlyMap<string, AliasDefinition>
  readonly state: 'open' | 'close'
}

export type NodeIndex = {
  readonly metadata: IndexMetadata
  readonly mapping: IndexMapping
  /** null while closed or damaged. */
  readonly engine: Engine | null
  readonly health: 'green' | 'yellow' | 'red'
  readonly fault: VectorStoreError | null
}

/** One index that an expression names, with the alias filters that apply (ORed; null: unfiltered). */
export type ResolvedIndex = { readonly index: NodeIndex; readonly aliasFilter: Query | null }

export type ResolveOptions = {
  readonly ignoreUnavailable: boolean
  readonly allowNoIndices: boolean
  readonly expandHidden: boolean
}

/** One item of a bulk, or a single write. `index` may be an alias with one index or a write index. */
export type WriteItem =
  | {
      readonly type: 'index'
      readonly index: string
      readonly id: string | null
      readonly routing: string | null
      readonly opType: 'index' | 'create'
      readonly body: Uint8Array | JsonObject
      readonly conditions: WriteConditions
      readonly requireAlias?: boolean
    }
  | {
      readonly type: 'delete'
      readonly index: string
      readonly id: string
      readonly routing: string | null
      readonly conditions: WriteConditions
    }
  | {
      readonly type: 'update'
      readonly index: string
      readonly id: string
      readonly routing: string | null
      readonly conditions: WriteConditions
      readonly retryOnConflict: number
      readonly detectNoop: boolean
      /** Text: as JSON.stringify prints it, but numbers may be written otherwise. */
      readonly doc: Uint8Array | JsonObject | null
      readonly upsert: Uint8Array | JsonObject | null
      readonly docAsUpsert: boolean
      readonly returnSource: boolean
      readonly requireAlias?: boolean
    }

export type WriteOptions = {
  /** Called with the index of each item; what it throws is the result of that item. */
  readonly check?: (index: NodeIndex) => void
  /** Called when every item is with its engine: what is written from then on comes after them. */
  readonly onHandedOver?: () => void
}

export type WriteResult = {
  /** Concrete index. */
  readonly index: string
  readonly indexUuid: string
  readonly id: string
  readonly outcome:
    | OperationResult
    /** An update that changes nothing. */
    | {
        readonly ok: true
        readonly id: string
        readonly result: 'noop'
        readonly version: number
        readonly seqNo: number
        readonly primaryTerm: number
      }
  /** Update with returnSource: the new source. */
  readonly source?: Uint8Array
}

export type GetResult = {
  readonly index: string
  readonly id: string
  readonly routing: string | null
  readonly version: number
  readonly seqNo: number
  readonly primaryTerm: number
  readonly source: Uint8Array
}

/** A search as a dialect parsed it: field names, not yet bound to an index. */
export type NodeSearch = {
  readonly query: Query | null
  /** Top-level knn sections. */
  readonly knn: readonly (Extract<FieldQuery, { type: 'fieldKnn' }> & {
    readonly boost?: number
    readonly name?: string
  })[]
  readonly postFilter: Query | null
  readonly from: number
  readonly size: number
  readonly sort: readonly SortSpec[]
  readonly searchAfter: readonly unknown[] | null
  readonly minScore: number | null
  readonly trackTotalHits: boolean | number
  readonly trackScores: boolean
  readonly rescore: readonly {
    readonly query: Query
    readonly windowSize: number
    readonly queryWeight: number
    readonly rescoreQueryWeight: number
    readonly scoreMode: 'total' | 'multiply' | 'avg' | 'max' | 'min'
  }[]
  readonly fetch: FetchSpec
  readonly profile: boolean
  readonly timeoutMs: number | null
  /** Asked now and then. Errors DEADLINE_EXCEEDED once it is aborted. */
  readonly signal?: Cancellation
}

export type SortSpec =
  | { readonly type: 'score' | 'doc' | 'shardDoc' | 'seqNo'; readonly descending: boolean }
  | {
      readonly type: 'field'
      readonly field: string
      readonly descending: boolean
      /** 'last', 'first' or the value that stands in. */
      readonly missing: string | number
      readonly mode: 'min' | 'max' | 'avg' | 'sum' | 'median' | null
      readonly unmappedType: string | null
      readonly format: string | null
    }

export type FetchSpec = {
  /** false: none. */
  readonly source:
    | boolean
    | { readonly includes: readonly string[]; readonly excludes: readonly string[] }
  /** true: vector fields are left out of `_source`; null: the index's setting decides. */
  readonly excludeVectors: boolean | null
  readonly fields: readonly { readonly field: string; readonly format: string | null }[]
  readonly docvalueFields: readonly { readonly field: string; readonly format: string | null }[]
  /** Names or patterns; of those fields the ones whose mapping says `store`. @default none */
  readonly storedFields?: readonly string[]
  /** Hits are shown without their ids. @default false */
  readonly hidesIds?: boolean
  readonly version: boolean
  readonly seqNoPrimaryTerm: boolean
}

export type NodeHit = {
  readonly index: string
  readonly id: string
  readonly routing: string | null
  readonly score: number | null
  readonly sort: readonly unknown[] | null // as printed: dates formatted when asked, exact longs as bigint beyond 2^53
  /** JSON text of `_source` (filtered when asked), null when not wanted. */
  readonly source: Uint8Array | null
  readonly fields: ReadonlyMap<string, readonly unknown[]> | null
  readonly matched: readonly { readonly name: string; readonly score: number }[]
  readonly version: number | null
  readonly seqNo: number | null
}

/** An index that could not answer; the others did. */
export type IndexFailure = { readonly index: string; readonly error: VectorStoreError }

export type NodeCount = {
  readonly count: number
  readonly failures: readonly IndexFailure[]
  /** There only in a count `inSlices` that takes longer than a turn of the event loop: then nothing else is known yet. */
  readonly whole?: Promise<NodeCount>
}

export type NodeSearchResult = {
  readonly tookMs: number
  readonly timedOut: boolean
  /** Many of them are made when they are asked for, each time anew. */
  readonly hits: ListOf<NodeHit>
  readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' } | null
  readonly maxScore: number | null
  readonly indexCount: number
  readonly failures: readonly IndexFailure[]
  readonly profile: readonly (SearchProfile & { readonly index: string })[]
  /**
   * There only in a search `inSlices` that takes longer than a turn of the event loop, or that other threads have a part in: then
   * nothing else is known yet, and this is the result as it is found and read without keeping the loop.
   */
  readonly whole?: Promise<NodeSearchResult>
}

/** How documents are found and read: in this turn of the event loop, or, where that takes long, in slices of several turns. */
export type FetchPace = 'atOnce' | 'inSlices'

export type AliasAction =
  | {
      readonly type: 'add'
      readonly index: string
      readonly alias: string
      readonly definition: AliasDefinition
    }
  | {
      readonly type: 'remove'
      readonly index: string
      readonly alias: string
      readonly mustExist: boolean | null
    }
  | { readonly type: 'removeIndex'; readonly index: string }

export type ByQueryResult = {
  readonly tookMs: number
  readonly totalCount: number
  readonly deletedCount: number
  readonly versionConflictCount: number
  readonly batchCount: number
  readonly failures: readonly WriteResult[]
}

export type NodeInfo = {
  readonly name: string
  readonly clusterName: string
  readonly clusterUuid: string
  readonly nodeId: string
  readonly version: string
  readonly startedMs: number
}

/** Indices as they are now: all searches and counts see the same documents, whatever is written meanwhile. */
export type Moment = {
  /** Errors those of Node.search; NODE_CLOSED. */
  search(search: NodeSearch, pace: FetchPace): NodeSearchResult
  /** Errors those of Node.count; NODE_CLOSED. */
  count(query: Query | null, pace: FetchPace): NodeCount
  /** Nobody asks it any more; what was asked goes on. */
  release(): void
}

/** Settings by flat names without `index.`; null takes one away. */
export type SettingsChange = ReadonlyMap<string, string | null>

export type Node = {
  readonly info: NodeInfo
  readonly folder: string
  readonly recoveryReport: RecoveryReport
  storeStats(): StoreStats
  cacheStats(): CacheStats

  /** All indices by name. */
  indices(): readonly NodeIndex[]
  /** Exact name, or null. */
  findIndex(name: string): NodeIndex | null
  /** Names, aliases, wildcards, `_all`, comma lists, `-exclusions`; [] expression: all. Errors INDEX_ABSENT, INDEX_CLOSED. */
  resolve(expressions: readonly string[], options: ResolveOptions): readonly ResolvedIndex[]
  /** Errors INDEX_NAME, INDEX_EXISTS, MAPPING_PARSE, REQUEST_ARGUMENT (settings). Settings: flat names without 'index.'. */
  createIndex(
    name: string,
    definition: {
      readonly settings: ReadonlyMap<string, string>
      readonly mappings: MappingJson
      readonly aliases: ReadonlyMap<string, AliasDefinition>
    }
  ): Promise<NodeIndex>
  deleteIndex(name: string): Promise<void>
  /** Of all of them or of none. Errors MAPPING_PARSE, MAPPING_CONFLICT. */
  putMapping(names: readonly string[], definition: MappingJson): Promise<void>
  /** By name of the index; of all of them or of none. */
  putSettings(changes: ReadonlyMap<string, SettingsChange>): Promise<void>
  updateAliases(actions: readonly AliasAction[]): Promise<void>
  setState(name: string, state: 'open' | 'close'): Promise<void>

  /** In order; missing indices are created with dynamic mapping. Failures are results, not exceptions. */
  write(items: readonly WriteItem[], options?: WriteOptions): Promise<readonly WriteResult[]>
  /** Realtime. null: no such document. Errors INDEX_ABSENT. */
  get(index: string, id: string): GetResult | null
  /** Applies a source filter to JSON text, in slices; shared by get, mget and search. */
  filterSource(index: string, source: Uint8Array, fetch: FetchSpec): Promise<Uint8Array | null>

  /** @param pace  @default 'atOnce' */
  search(targets: readonly ResolvedIndex[], search: NodeSearch, pace?: FetchPace): NodeSearchResult
  /** Release it in a finally. */
  moment(targets: readonly ResolvedIndex[]): Moment
  /** Exact; null counts every document. An index that cannot answer fails alone, as in a search. */
  count(targets: readonly ResolvedIndex[], query: Query | null, pace?: FetchPace): NodeCount
  deleteByQuery(
    targets: readonly ResolvedIndex[],
    query: Query,
    options: { readonly maxDocs: number | null; readonly proceedOnConflict: boolean }
  ): Promise<ByQueryResult>

  /** To be waited for before a moment is kept: what it would hold in memory is written to disk, as far as that is done soon. */
  settle(targets: readonly ResolvedIndex[]): Promise<void>
  /** Scroll: pins the moment and the search; each next() gives the following page. Errors CONTEXT_ABSENT. */
  openScroll(
    targets: readonly ResolvedIndex[],
    search: NodeSearch,
    keepAliveMs: number,
    pace?: FetchPace
  ): { readonly id: string; readonly result: NodeSearchResult }
  nextScroll(id: string, keepAliveMs: number | null, pace?: FetchPace): NodeSearchResult
  /**
   * @param allowPartial  Pins the indices that serve; every search then tells of the others. Else one that does not serve fails
   *                      the whole.
   */
  openPointInTime(
    targets: readonly ResolvedIndex[],
    keepAliveMs: number,
    allowPartial?: boolean
  ): { readonly id: string; readonly failures: readonly IndexFailure[] }
  searchPointInTime(
    id: string,
    keepAliveMs: number | null,
    search: NodeSearch,
    pace?: FetchPace
  ): NodeSearchResult
  /** Closes scrolls and points in time; '_all' closes all scrolls. Returns how many were there. */
  closeContexts(kind: 'scroll' | 'pit', ids: readonly string[]): number

  flush(targets: readonly ResolvedIndex[]): Promise<void>
  forceMerge(
    targets: readonly ResolvedIndex[],
    options: { readonly maxSegments?: number; readonly onlyExpungeDeletes?: boolean }
  ): Promise<void>
  close(): Promise<void>
}
