/** The running node: catalogue, engines, contexts. Opens lazily, isolates a damaged index, closes in order. */
import { PageCache } from '../cache/index.ts'
import { Jobs, openEngine } from '../engine/index.ts'
import type { FieldTypeRegistry, MappingJson } from '../mapping/index.ts'
import { createMapping, openMapping } from '../mapping/index.ts'
import type { Query } from '../query/index.ts'
import type { RecoveryReport, Store, StoreStats } from '../store/index.ts'
import { indexRange, openStore } from '../store/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { Bookmarks } from './bookmarks.ts'
import { deleteByQuery } from './by-query.ts'
import type { CatalogueEntry, ParseFilter } from './catalogue.ts'
import { Catalogue, newUuid } from './catalogue.ts'
import { Contexts } from './contexts.ts'
import { fetchSource } from './fetch.ts'
import { checkIndexName } from './index-name.ts'
import { OpenIndex } from './open-index.ts'
import type { NodeOptions, ResolvedNodeOptions } from './options.ts'
import { resolveNodeOptions } from './options.ts'
import { indexAbsent, indexClosed, resolveIndices } from './resolve.ts'
import { pinTargets, runCount, runSearch } from './run-search.ts'
import type {
  AliasAction,
  AliasDefinition,
  ByQueryResult,
  FetchSpec,
  GetResult,
  IndexMetadata,
  Node,
  NodeIndex,
  NodeInfo,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex,
  ResolveOptions,
  WriteItem,
  WriteResult
} from './types.ts'
import { verifyRecords } from './verify-records.ts'
import { failure, writeToIndex } from './write.ts'

/** What a product brings: its field types and the parser of alias filters. */
export type NodeDialect = {
  readonly fieldTypes: FieldTypeRegistry
  readonly parseFilter: ParseFilter
}

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
  const resolved = resolveNodeOptions(options)
  const store = await openStore(folder, { reserveFileBytes: resolved.reserveFileBytes })
  const node = new RunningNode(folder, store, resolved, dialect)
  try {
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
  readonly #store: Store
  readonly #cache: PageCache
  readonly #options: ResolvedNodeOptions
  readonly #dialect: NodeDialect
  readonly #catalogue: Catalogue
  readonly #indices = new Map<string, OpenIndex>()
  readonly #contexts: Contexts
  readonly #jobs: Jobs
  readonly #bookmarks: Bookmarks
  /** Index creation by writes, one at a time per name. */
  readonly #creating = new Map<string, Promise<NodeIndex>>()
  #closed: Promise<void> | null = null

  constructor(folder: string, store: Store, options: ResolvedNodeOptions, dialect: NodeDialect) {
    this.folder = folder
    this.#store = store
    this.#options = options
    this.#dialect = dialect
    this.#cache = new PageCache({
      budgetBytes: options.cacheBytes,
      reserveBytes: 2 * options.flushBytes,
      read: (key) => store.get(key)
    })
    this.#catalogue = new Catalogue(store)
    this.#contexts = new Contexts(options.contextsMax)
    this.#jobs = new Jobs()
    this.#bookmarks = new Bookmarks(store)
    this.info = {
      name: 'leveret',
      clusterName: 'leveret',
      clusterUuid: newUuid(),
      nodeId: newUuid(),
      version: options.compatibleVersion,
      startedMs: Date.now()
    }
    store.onReopen(() => void this.#reload())
  }

  /** Reads the catalogue and opens every index; a damaged one stays red, the others serve. */
  async load(): Promise<void> {
    for (const entry of await this.#catalogue.load(this.#dialect.parseFilter))
      await this.#openEntry(entry)
    for (const number of this.#catalogue.removedNumbers())
      this.#jobs.add('remove', `keys of index number ${number}`, () => this.#removeKeys(number))
  }

  get recoveryReport(): RecoveryReport {
    return this.#store.report
  }

  storeStats(): StoreStats {
    return this.#store.stats()
  }

  cacheStats(): ReturnType<Node['cacheStats']> {
    return this.#cache.stats()
  }

  indices(): readonly NodeIndex[] {
    return [...this.#indices.values()]
  }

  findIndex(name: string): NodeIndex | null {
    return this.#indices.get(name) ?? null
  }

  resolve(expressions: readonly string[], options: ResolveOptions): readonly ResolvedIndex[] {
    this.#checkOpen()
    return resolveIndices(this.#indices, expressions, options)
  }

  async createIndex(name: string, definition: Definition): Promise<NodeIndex> {
    this.#checkOpen()
    checkIndexName(name)
    for (const alias of definition.aliases.keys()) this.#checkAlias(alias, name)
    const taken = this.#indices.get(name)
    if (taken !== undefined || this.#creating.has(name)) {
      const uuid = taken?.metadata.uuid ?? '_na_'
      throw new VectorStoreError('INDEX_EXISTS', `index [${name}/${uuid}] already exists`, {
        details: { index: name, index_uuid: uuid }
      })
    }
    const created = this.#create(name, definition)
    this.#creating.set(name, created)
    try {
      return await created
    } finally {
      this.#creating.delete(name)
    }
  }

  async #create(name: string, definition: Definition): Promise<NodeIndex> {
    const mapping = createMapping(
      definition.mappings,
      this.#dialect.fieldTypes,
      definition.settings
    )
    const metadata: IndexMetadata = {
      number: this.#catalogue.takeNumber(),
      name,
      uuid: newUuid(),
      createdMs: Date.now(),
      settings: definition.settings,
      aliases: definition.aliases,
      state: 'open'
    }
    await this.#catalogue.add(metadata, mapping)
    const index = new OpenIndex(metadata, mapping, (one) =>
      this.#catalogue.record(one.metadata, one.mapping)
    )
    await this.#openEngine(index)
    this.#indices.set(name, index)
    return index
  }

  async deleteIndex(name: string): Promise<void> {
    const index = this.#find(name)
    this.#indices.delete(name)
    this.#contexts.closeAll(name)
    await this.#catalogue.remove(index.metadata.number)
    await index.engine?.close({ flush: false })
    this.#jobs.add('remove', `keys of index [${name}]`, () =>
      this.#removeKeys(index.metadata.number)
    )
  }

  async putMapping(name: string, definition: MappingJson): Promise<void> {
    const index = this.#find(name)
    index.mergeMapping(definition)
    await this.#catalogue.write(index.metadata, index.mapping)
  }

  async putSettings(name: string, settings: ReadonlyMap<string, string | null>): Promise<void> {
    const index = this.#find(name)
    const merged = new Map(index.metadata.settings)
    for (const [key, value] of settings)
      if (value === null) merged.delete(key)
      else merged.set(key, value)
    await this.#replace(index, { ...index.metadata, settings: merged })
  }

  async updateAliases(actions: readonly AliasAction[]): Promise<void> {
    const changed = new Map<OpenIndex, Map<string, AliasDefinition>>()
    const aliasesOf = (index: OpenIndex): Map<string, AliasDefinition> => {
      const aliases = changed.get(index) ?? new Map(index.metadata.aliases)
      changed.set(index, aliases)
      return aliases
    }
    for (const action of actions) {
      const index = this.#find(action.index)
      if (action.type === 'add') {
        this.#checkAlias(action.alias, action.index)
        aliasesOf(index).set(action.alias, action.definition)
      } else if (
        action.type === 'remove' &&
        !aliasesOf(index).delete(action.alias) &&
        action.mustExist !== false
      )
        throw new VectorStoreError('ALIAS_ABSENT', `aliases [${action.alias}] missing`, {
          details: { alias: action.alias }
        })
    }
    for (const [index, aliases] of changed)
      await this.#replace(index, { ...index.metadata, aliases })
    for (const action of actions)
      if (action.type === 'removeIndex') await this.deleteIndex(action.index)
  }

  async setState(name: string, state: 'open' | 'close'): Promise<void> {
    const index = this.#find(name)
    if (index.metadata.state === state) return
    await this.#replace(index, { ...index.metadata, state })
    if (state === 'open') return this.#openEngine(index)
    this.#contexts.closeAll(name)
    const { engine } = index
    index.attach(null)
    await engine?.close()
  }

  async write(items: readonly WriteItem[]): Promise<readonly WriteResult[]> {
    this.#checkOpen()
    const results = Array.from({ length: items.length }) as WriteResult[]
    const groups = new Map<OpenIndex, { at: number; item: WriteItem }[]>()
    for (const [at, item] of items.entries()) {
      try {
        const index = await this.#writeTarget(item)
        const group = groups.get(index)
        if (group === undefined) groups.set(index, [{ at, item }])
        else group.push({ at, item })
      } catch (error) {
        const id = item.id ?? ''
        results[at] = { index: item.index, indexUuid: '_na_', id, outcome: failure(id, error) }
      }
    }
    await Promise.all([...groups].map(([index, slots]) => writeToIndex(index, slots, results)))
    return results
  }

  /** The index an item goes to, made with dynamic mapping when it is not there. */
  async #writeTarget(item: WriteItem): Promise<OpenIndex> {
    const exact = this.#indices.get(item.index)
    if (exact !== undefined) {
      if (item.type === 'index' && item.requireAlias === true) throw indexAbsent(item.index)
      if (exact.metadata.state === 'close') throw indexClosed(exact)
      if (exact.fault !== null) throw exact.fault
      return exact
    }
    const aliased = [...this.#indices.values()].filter((index) =>
      index.metadata.aliases.has(item.index)
    )
    if (aliased.length > 0) return writeIndexOf(item.index, aliased)
    if (item.type === 'delete') throw indexAbsent(item.index)
    await (this.#creating.get(item.index) ??
      this.createIndex(item.index, { settings: new Map(), mappings: {}, aliases: new Map() }))
    return this.#find(item.index)
  }

  get(name: string, id: string): GetResult | null {
    this.#checkOpen()
    const index = this.#readTarget(name)
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

  filterSource(name: string, source: Uint8Array, fetch: FetchSpec): Uint8Array | null {
    return fetchSource(this.#readTarget(name), () => source, fetch)
  }

  search(targets: readonly ResolvedIndex[], search: NodeSearch): NodeSearchResult {
    this.#checkOpen()
    const pinned = pinTargets(targets)
    try {
      return runSearch(pinned.targets, search).result
    } finally {
      pinned.release()
    }
  }

  count(targets: readonly ResolvedIndex[], query: Query | null): number {
    this.#checkOpen()
    const pinned = pinTargets(targets)
    try {
      return runCount(pinned.targets, query)
    } finally {
      pinned.release()
    }
  }

  deleteByQuery(
    targets: readonly ResolvedIndex[],
    query: Query,
    options: { readonly maxDocs: number | null; readonly proceedOnConflict: boolean }
  ): Promise<ByQueryResult> {
    this.#checkOpen()
    return deleteByQuery(targets, query, options)
  }

  openScroll(
    targets: readonly ResolvedIndex[],
    search: NodeSearch,
    keepAliveMs: number
  ): { readonly id: string; readonly result: NodeSearchResult } {
    this.#checkOpen()
    return this.#contexts.openScroll(targets, search, keepAliveMs)
  }

  nextScroll(id: string, keepAliveMs: number | null): NodeSearchResult {
    return this.#contexts.nextScroll(id, keepAliveMs)
  }

  openPointInTime(targets: readonly ResolvedIndex[], keepAliveMs: number): string {
    this.#checkOpen()
    return this.#contexts.openPointInTime(targets, keepAliveMs)
  }

  searchPointInTime(id: string, keepAliveMs: number | null, search: NodeSearch): NodeSearchResult {
    return this.#contexts.searchPointInTime(id, keepAliveMs, search)
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

  /** Reads every record of the store. Cost: the whole folder. */
  verifyRecords(): ReturnType<typeof verifyRecords> {
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
      for (const index of this.#indices.values()) await index.engine?.close({ flush: true })
      await this.#jobs.close()
    } finally {
      await this.#store.close()
    }
  }

  async #openEntry(entry: CatalogueEntry): Promise<void> {
    if ('fault' in entry) return
    const { metadata, mapping } = entry
    const index = new OpenIndex(metadata, openMapping(mapping, this.#dialect.fieldTypes), (one) =>
      this.#catalogue.record(one.metadata, one.mapping)
    )
    this.#indices.set(metadata.name, index)
    if (metadata.state === 'open') await this.#openEngine(index)
  }

  async #openEngine(index: OpenIndex): Promise<void> {
    const { flushBytes, flushDocs, flushAgeMs, pendingBytesMax, threads, seed, automaticJobs } =
      this.#options
    try {
      const engine = await openEngine({
        store: this.#store,
        cache: this.#cache,
        jobs: this.#jobs,
        index: index.metadata.number,
        parse: (logged) => index.parseLogged(logged),
        options: {
          flushBytes,
          flushDocs,
          flushAgeMs,
          pendingBytesMax,
          threads,
          seed,
          automaticJobs
        }
      })
      index.attach(engine)
    } catch (error) {
      if (!(error instanceof VectorStoreError) || error.kind !== 'corrupt') throw error
      index.attach(null, error)
    }
  }

  /** After a write error the store was reopened: what is in memory may be ahead of what is stored. */
  async #reload(): Promise<void> {
    if (this.#closed !== null) return
    const entries = await this.#catalogue.load(this.#dialect.parseFilter)
    for (const entry of entries) {
      if ('fault' in entry) continue
      const index = this.#indices.get(entry.metadata.name)
      if (index === undefined) await this.#openEntry(entry)
      else index.restore(entry.metadata, openMapping(entry.mapping, this.#dialect.fieldTypes))
    }
  }

  async #replace(index: OpenIndex, metadata: IndexMetadata): Promise<void> {
    await this.#catalogue.write(metadata, index.mapping)
    index.replaceMetadata(metadata)
  }

  async #removeKeys(number: number): Promise<void> {
    await this.#store.removeRange(indexRange(number))
  }

  #find(name: string): OpenIndex {
    this.#checkOpen()
    const index = this.#indices.get(name)
    if (index === undefined) throw indexAbsent(name)
    return index
  }

  /** One index by name or by an alias of exactly one. */
  #readTarget(name: string): OpenIndex {
    const [only, second] = resolveIndices(this.#indices, [name], {
      ignoreUnavailable: false,
      allowNoIndices: false,
      expandHidden: true
    })
    if (only === undefined || second !== undefined)
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `alias [${name}] has more than one index associated with it, can't execute a single index op`
      )
    return only.index as OpenIndex
  }

  #checkAlias(alias: string, index: string): void {
    checkIndexName(alias, 'alias')
    if (this.#indices.has(alias) || alias === index)
      throw new VectorStoreError(
        'INDEX_NAME',
        `Invalid alias name [${alias}]: an index or data stream exists with the same name as the alias`
      )
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new VectorStoreError('NODE_CLOSED', 'the node is closed')
  }
}

function writeIndexOf(alias: string, indices: readonly OpenIndex[]): OpenIndex {
  const marked = indices.filter((index) => index.metadata.aliases.get(alias)?.isWriteIndex === true)
  const [only] = marked.length > 0 ? marked : indices
  if (
    only !== undefined &&
    (marked.length === 1 ||
      (marked.length === 0 &&
        indices.length === 1 &&
        only.metadata.aliases.get(alias)?.isWriteIndex !== false))
  )
    return only
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `no write index is defined for alias [${alias}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index`
  )
}
