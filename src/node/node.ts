/** The running node: requests in, typed answers out, over the registry of indices. */
import { PageCache } from '../cache/index.ts'
import { Jobs } from '../engine/index.ts'
import type { MappingJson } from '../mapping/index.ts'
import type { Query } from '../query/index.ts'
import type { RecoveryReport, Store, StoreStats } from '../store/index.ts'
import { openStore } from '../store/index.ts'
import { SearchThreads } from '../threads/index.ts'
import { loopSlice, runInSlices, VectorStoreError } from '../util/index.ts'
import { Bookmarks } from './bookmarks.ts'
import { deleteByQuery } from './by-query.ts'
import { newUuid } from './catalogue.ts'
import { Contexts } from './contexts.ts'
import { fetchSource } from './fetch.ts'
import type { NodeDialect } from './index-registry.ts'
import { IndexRegistry } from './index-registry.ts'
import { queryWithLookups, searchWithLookups } from './lookups.ts'
import type { NodeOptions, ResolvedNodeOptions } from './options.ts'
import { checkFolder, resolveNodeOptions } from './options.ts'
import { resolveIndices } from './resolve.ts'
import { splitDamaged } from './fail-alone.ts'
import { pinTargets, settle } from './pinned.ts'
import type { Pinned } from './pinned.ts'
import { runCount, withFailures } from './run-search.ts'
import { SlicedSearches } from './sliced-search.ts'
import type {
  AliasAction,
  ByQueryResult,
  FetchPace,
  FetchSpec,
  GetResult,
  IndexFailure,
  Moment,
  Node,
  NodeCount,
  NodeIndex,
  NodeInfo,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex,
  ResolveOptions,
  SettingsChange,
  WriteItem,
  WriteOptions,
  WriteResult
} from './types.ts'
import { verifyRecords } from './verify-records.ts'
import { writeItems } from './write.ts'

/** Half-filled pages and growing tables of write buffers: 256 pages. A guess. */
const pageSlackBytes = 4 * 2 ** 20

type Definition = Parameters<Node['createIndex']>[1]

/**
 * Opens the node of a data folder, making the folder when it is not there.
 *
 * Cost     segments, not documents: commit points are read, graphs are not rebuilt; operations after the last commit
 *          point (at most flushBytes) are replayed.
 * Errors   OPTION_INVALID, STORE_LOCKED, STORE_FOREIGN, STORE_FORMAT, STORE_DAMAGED.
 */
export async function openNode(
  folder: string,
  options: NodeOptions,
  dialect: NodeDialect
): Promise<RunningNode> {
  checkFolder(folder)
  const resolved = resolveNodeOptions(options)
  const store = await openStore(folder, { reserveFileBytes: resolved.reserveFileBytes })
  try {
    const node = new RunningNode(folder, store, resolved, dialect)
    await node.load()
    return node
  } catch (error) {
    await store.close()
    throw error
  }
}

export class RunningNode implements Node {
  readonly folder: string
  readonly info: NodeInfo
  /** Bytes that may wait for flushes before writes are refused. */
  readonly pendingBytesMax: number
  readonly #store: Store
  readonly #cache: PageCache
  readonly #registry: IndexRegistry
  readonly #contexts: Contexts
  readonly #jobs: Jobs
  readonly #bookmarks: Bookmarks
  /** null: searches run on the caller's thread. */
  readonly #threads: SearchThreads | null
  readonly #searches: SlicedSearches
  #closed: Promise<void> | null = null

  constructor(folder: string, store: Store, options: ResolvedNodeOptions, dialect: NodeDialect) {
    this.folder = folder
    this.pendingBytesMax = options.pendingBytesMax
    this.#store = store
    this.#cache = new PageCache({
      budgetBytes: options.cacheBytes,
      // What buffers may hold, and half-filled pages of their fields.
      reserveBytes: options.pendingBytesMax + pageSlackBytes,
      read: (key) => store.get(key),
      discard: (payload) => store.discard(payload)
    })
    const { threads } = options
    this.#threads = threads === 0 ? null : new SearchThreads({ cache: this.#cache, store, threads })
    this.#searches = new SlicedSearches(this.#threads)
    this.#contexts = new Contexts(options.contextsMax, this.#searches)
    this.#jobs = new Jobs()
    this.#bookmarks = new Bookmarks(store)
    this.#registry = new IndexRegistry({
      store,
      cache: this.#cache,
      jobs: this.#jobs,
      contexts: this.#contexts,
      options,
      dialect
    })
    this.info = {
      name: 'leveret',
      clusterName: 'leveret',
      clusterUuid: newUuid(),
      nodeId: newUuid(),
      version: options.compatibleVersion,
      startedMs: Date.now()
    }
  }

  load(): Promise<void> {
    return this.#registry.load()
  }

  get recoveryReport(): RecoveryReport {
    const { report } = this.#store
    const numbers = new Set(this.indices().map(({ metadata }) => metadata.number))
    // Records of indices that were deleted went on purpose; 0 is the store's own.
    const missingRecords = report.missingRecords.filter(
      ({ index }) => index === 0 || numbers.has(index)
    )
    return { ...report, missingRecords }
  }

  storeStats(): StoreStats {
    return this.#store.stats()
  }

  cacheStats(): ReturnType<Node['cacheStats']> {
    return this.#cache.stats()
  }

  indices(): readonly NodeIndex[] {
    return [...this.#registry.indices.values()]
  }

  findIndex(name: string): NodeIndex | null {
    return this.#registry.indices.get(name) ?? null
  }

  resolve(expressions: readonly string[], options: ResolveOptions): readonly ResolvedIndex[] {
    this.#checkOpen()
    return resolveIndices(this.#registry.indices, expressions, options)
  }

  async createIndex(name: string, definition: Definition): Promise<NodeIndex> {
    this.#checkOpen()
    return this.#registry.createIndex(name, definition)
  }

  deleteIndex(name: string): Promise<void> {
    this.#checkOpen()
    return this.#registry.deleteIndex(name)
  }

  putMapping(names: readonly string[], definition: MappingJson): Promise<void> {
    this.#checkOpen()
    return this.#registry.putMapping(names, definition)
  }

  putSettings(changes: ReadonlyMap<string, SettingsChange>): Promise<void> {
    this.#checkOpen()
    return this.#registry.putSettings(changes)
  }

  updateAliases(actions: readonly AliasAction[]): Promise<void> {
    this.#checkOpen()
    return this.#registry.updateAliases(actions)
  }

  setState(name: string, state: 'open' | 'close'): Promise<void> {
    this.#checkOpen()
    return this.#registry.setState(name, state)
  }

  async write(
    items: readonly WriteItem[],
    options: WriteOptions = {}
  ): Promise<readonly WriteResult[]> {
    this.#checkOpen()
    return writeItems(items, (item) => this.#registry.writeTarget(item), options)
  }

  get(name: string, id: string): GetResult | null {
    this.#checkOpen()
    const index = this.#registry.readTarget(name)
    const found = index.running.get(id)
    if (found === null) return null
    const { version, seqNo, primaryTerm, stored } = found
    return {
      index: index.metadata.name,
      id,
      routing: stored.routing,
      version,
      seqNo,
      primaryTerm,
      source: stored.source()
    }
  }

  filterSource(name: string, source: Uint8Array, fetch: FetchSpec): Promise<Uint8Array | null> {
    return runInSlices(fetchSource(this.#registry.readTarget(name), source, fetch), loopSlice())
  }

  search(
    targets: readonly ResolvedIndex[],
    search: NodeSearch,
    pace: FetchPace = 'atOnce'
  ): NodeSearchResult {
    this.#checkOpen()
    const { serving, failures } = splitDamaged(targets)
    const resolved = searchWithLookups(search, this)
    const pinned = pinTargets(serving)
    try {
      return withFailures(this.#searches.search(pinned, resolved, pace), failures)
    } finally {
      pinned.release()
    }
  }

  moment(targets: readonly ResolvedIndex[]): Moment {
    this.#checkOpen()
    const { serving, failures } = splitDamaged(targets)
    const pinned = pinTargets(serving)
    const run = <T>(work: () => T): T => {
      this.#checkOpen()
      return work()
    }
    return {
      search: (search, pace) =>
        run(() => {
          const resolved = searchWithLookups(search, this)
          return withFailures(this.#searches.search(pinned, resolved, pace), failures)
        }),
      count: (query, pace) => run(() => this.#count(pinned, failures, query, pace)),
      release: () => pinned.release()
    }
  }

  count(
    targets: readonly ResolvedIndex[],
    query: Query | null,
    pace: FetchPace = 'atOnce'
  ): NodeCount {
    const moment = this.moment(targets)
    try {
      return moment.count(query, pace)
    } finally {
      moment.release()
    }
  }

  #count(
    pinned: Pinned,
    failures: readonly IndexFailure[],
    query: Query | null,
    pace: FetchPace
  ): NodeCount {
    const resolved = query === null ? null : queryWithLookups(query, this)
    const begun = this.#searches.run(pinned, pace, ({ slice }) =>
      runCount(pinned.targets, resolved, slice, failures)
    )
    return begun instanceof Promise ? { count: 0, failures: [], whole: begun } : begun
  }

  deleteByQuery(
    targets: readonly ResolvedIndex[],
    query: Query,
    options: { readonly maxDocs: number | null; readonly proceedOnConflict: boolean }
  ): Promise<ByQueryResult> {
    this.#checkOpen()
    return deleteByQuery(targets, queryWithLookups(query, this), options, this.#searches)
  }

  settle(targets: readonly ResolvedIndex[]): Promise<void> {
    this.#checkOpen()
    return settle(targets)
  }

  openScroll(
    targets: readonly ResolvedIndex[],
    search: NodeSearch,
    keepAliveMs: number,
    pace: FetchPace = 'atOnce'
  ): { readonly id: string; readonly result: NodeSearchResult } {
    this.#checkOpen()
    return this.#contexts.openScroll(targets, searchWithLookups(search, this), keepAliveMs, pace)
  }

  nextScroll(id: string, keepAliveMs: number | null, pace: FetchPace = 'atOnce'): NodeSearchResult {
    return this.#contexts.nextScroll(id, keepAliveMs, pace)
  }

  openPointInTime(
    targets: readonly ResolvedIndex[],
    keepAliveMs: number,
    allowPartial: boolean = false
  ): ReturnType<Node['openPointInTime']> {
    this.#checkOpen()
    return this.#contexts.openPointInTime(targets, keepAliveMs, allowPartial)
  }

  searchPointInTime(
    id: string,
    keepAliveMs: number | null,
    search: NodeSearch,
    pace: FetchPace = 'atOnce'
  ): NodeSearchResult {
    const resolved = searchWithLookups(search, this)
    return this.#contexts.searchPointInTime(id, keepAliveMs, resolved, pace)
  }

  closeContexts(kind: 'scroll' | 'pit', ids: readonly string[]): number {
    return this.#contexts.close(kind, ids)
  }

  async flush(targets: readonly ResolvedIndex[]): Promise<void> {
    for (const { index } of targets) await index.engine?.flush()
  }

  async forceMerge(
    targets: readonly ResolvedIndex[],
    options: { readonly maxSegments?: number; readonly onlyExpungeDeletes?: boolean }
  ): Promise<void> {
    for (const { index } of targets) await index.engine?.forceMerge(options)
  }

  /** Position of a long job that stopped, or null. */
  bookmark(name: string): Promise<unknown> {
    return this.#bookmarks.get(name)
  }

  setBookmark(name: string, value: unknown): Promise<void> {
    return this.#bookmarks.set(name, value)
  }

  /**
   * Reads every record of the store. What the opening found to be nobody's is removed before, so that no key goes away
   * between being listed and being read. Cost: the whole folder.
   */
  async verifyRecords(): Promise<Awaited<ReturnType<typeof verifyRecords>>> {
    await this.#jobs.close()
    return verifyRecords(this.#store)
  }

  pruneBookmarks(): Promise<void> {
    return this.#bookmarks.prune()
  }

  /** Ends contexts, then engines (the buffers are flushed), then the store with its clean mark. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #closeAll(): Promise<void> {
    this.#contexts.closeAll()
    try {
      await this.#searches.ended()
      await this.#threads?.close()
      await this.#registry.close()
      await this.#jobs.close()
    } finally {
      await this.#store.close()
    }
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new VectorStoreError('NODE_CLOSED', 'the node is closed')
  }
}
