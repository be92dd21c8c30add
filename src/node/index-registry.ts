/** The indices of a node: catalogue in the store, engines in memory; made, changed, closed and deleted here. */
import type { PageCache } from '../cache/index.ts'
import type { Jobs } from '../engine/index.ts'
import { openEngine } from '../engine/index.ts'
import type { FieldTypeRegistry, MappingJson } from '../mapping/index.ts'
import { createMapping, openMapping } from '../mapping/index.ts'
import type { Store } from '../store/index.ts'
import { indexRange } from '../store/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { CatalogueEntry, ParseFilter } from './catalogue.ts'
import { Catalogue, newUuid } from './catalogue.ts'
import type { Contexts } from './contexts.ts'
import { checkIndexName } from './index-name.ts'
import { OpenIndex } from './open-index.ts'
import type { ResolvedNodeOptions } from './options.ts'
import { indexAbsent, indexClosed, resolveIndices } from './resolve.ts'
import type { AliasAction, AliasDefinition, IndexMetadata, Node, WriteItem } from './types.ts'

/** What a product brings: its field types and the parser of alias filters. */
export type NodeDialect = {
  readonly fieldTypes: FieldTypeRegistry
  readonly parseFilter: ParseFilter
}

type Definition = Parameters<Node['createIndex']>[1]

export type RegistryParts = {
  readonly store: Store
  readonly cache: PageCache
  readonly jobs: Jobs
  readonly contexts: Contexts
  readonly options: ResolvedNodeOptions
  readonly dialect: NodeDialect
}

export class IndexRegistry {
  readonly indices: Map<string, OpenIndex> = new Map()
  readonly #parts: RegistryParts
  readonly #catalogue: Catalogue
  /** Index creation by writes, one at a time per name. */
  readonly #creating = new Map<string, Promise<OpenIndex>>()
  readonly #deleting = new Set<OpenIndex>()
  #closed = false

  constructor(parts: RegistryParts) {
    this.#parts = parts
    this.#catalogue = new Catalogue(parts.store)
    parts.store.onReopen(() => void this.#reload())
  }

  /** Reads the catalogue and opens every index; a damaged one stays red, the others serve. */
  async load(): Promise<void> {
    for (const entry of await this.#catalogue.load(this.#parts.dialect.parseFilter))
      await this.#openEntry(entry)
    for (const number of this.#catalogue.removedNumbers())
      this.#parts.jobs.add('remove', `keys of index number ${number}`, () =>
        this.#removeKeys(number)
      )
  }

  /** Flushes and closes every engine. */
  async close(): Promise<void> {
    this.#closed = true
    for (const index of this.indices.values()) await index.engine?.close({ flush: true })
  }

  find(name: string): OpenIndex {
    const index = this.indices.get(name)
    if (index === undefined) throw indexAbsent(name)
    return index
  }

  /** One index by name or by an alias of exactly one. */
  readTarget(name: string): OpenIndex {
    const [only, second] = resolveIndices(this.indices, [name], {
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

  /** The index an item goes to, made with dynamic mapping when it is not there. */
  async writeTarget(item: WriteItem): Promise<OpenIndex> {
    const exact = this.indices.get(item.index)
    if (exact !== undefined) {
      if (item.type === 'index' && item.requireAlias === true) throw indexAbsent(item.index)
      if (exact.metadata.state === 'close') throw indexClosed(exact)
      if (exact.fault !== null) throw exact.fault
      return exact
    }
    const aliased = [...this.indices.values()].filter((index) =>
      index.metadata.aliases.has(item.index)
    )
    if (aliased.length > 0) return writeIndexOf(item.index, aliased)
    if (item.type === 'delete') throw indexAbsent(item.index)
    await (this.#creating.get(item.index) ??
      this.createIndex(item.index, { settings: new Map(), mappings: {}, aliases: new Map() }))
    return this.find(item.index)
  }

  async createIndex(name: string, definition: Definition): Promise<OpenIndex> {
    checkIndexName(name)
    for (const alias of definition.aliases.keys()) this.#checkAlias(alias, name)
    const taken = this.indices.get(name)
    if (taken !== undefined || this.#creating.has(name)) {
      const uuid = taken?.metadata.uuid ?? '_na_'
      throw new VectorStoreError('INDEX_EXISTS', `index [${name}/${uuid}] already exists`, {
        details: { index: name, index_uuid: uuid }
      })
    }
    for (const index of this.indices.values())
      if (index.metadata.aliases.has(name))
        throw new VectorStoreError(
          'INDEX_NAME',
          `Invalid index name [${name}], already exists as alias`,
          { details: { index: name } }
        )
    const created = this.#create(name, definition)
    this.#creating.set(name, created)
    try {
      return await created
    } finally {
      this.#creating.delete(name)
    }
  }

  async #create(name: string, definition: Definition): Promise<OpenIndex> {
    const mapping = createMapping(
      definition.mappings,
      this.#parts.dialect.fieldTypes,
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
    this.indices.set(name, index)
    return index
  }

  async deleteIndex(name: string): Promise<void> {
    const index = this.find(name)
    if (this.#deleting.has(index)) throw indexAbsent(name)
    this.#deleting.add(index)
    try {
      await this.#catalogue.remove(index.metadata.number)
    } finally {
      this.#deleting.delete(index)
    }
    // Not before: should the record fail, the index is there as it was.
    this.indices.delete(name)
    this.#parts.contexts.closeAll(name)
    await index.engine?.close({ flush: false })
    this.#parts.jobs.add('remove', `keys of index [${name}]`, () =>
      this.#removeKeys(index.metadata.number)
    )
  }

  async putMapping(name: string, definition: MappingJson): Promise<void> {
    const index = this.find(name)
    index.mergeMapping(definition)
    await this.#catalogue.write(index.metadata, index.mapping)
  }

  async putSettings(name: string, settings: ReadonlyMap<string, string | null>): Promise<void> {
    const index = this.find(name)
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
      const index = this.find(action.index)
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
    const index = this.find(name)
    if (index.metadata.state === state) return
    await this.#replace(index, { ...index.metadata, state })
    if (state === 'open') return this.#openEngine(index)
    this.#parts.contexts.closeAll(name)
    const { engine } = index
    index.attach(null)
    await engine?.close()
  }

  async #openEntry(entry: CatalogueEntry): Promise<void> {
    if ('fault' in entry) return
    const { metadata, mapping } = entry
    const index = new OpenIndex(
      metadata,
      openMapping(mapping, this.#parts.dialect.fieldTypes),
      (one) => this.#catalogue.record(one.metadata, one.mapping)
    )
    this.indices.set(metadata.name, index)
    if (metadata.state === 'open') await this.#openEngine(index)
  }

  async #openEngine(index: OpenIndex): Promise<void> {
    const { flushBytes, flushDocs, flushAgeMs, pendingBytesMax, threads, seed, automaticJobs } =
      this.#parts.options
    try {
      const engine = await openEngine({
        store: this.#parts.store,
        cache: this.#parts.cache,
        jobs: this.#parts.jobs,
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
    if (this.#closed) return
    const entries = await this.#catalogue.load(this.#parts.dialect.parseFilter)
    for (const entry of entries) {
      if ('fault' in entry) continue
      const index = this.indices.get(entry.metadata.name)
      if (index === undefined) await this.#openEntry(entry)
      else index.restore(entry.metadata, openMapping(entry.mapping, this.#parts.dialect.fieldTypes))
    }
    for (const [name, index] of this.indices)
      if (!this.#catalogue.has(index.metadata.number)) await this.#forget(name, index)
  }

  /** Its deletion became durable although the write failed. */
  async #forget(name: string, index: OpenIndex): Promise<void> {
    this.indices.delete(name)
    this.#parts.contexts.closeAll(name)
    await index.engine?.close({ flush: false })
  }

  async #replace(index: OpenIndex, metadata: IndexMetadata): Promise<void> {
    await this.#catalogue.write(metadata, index.mapping)
    index.replaceMetadata(metadata)
  }

  async #removeKeys(number: number): Promise<void> {
    await this.#parts.store.removeRange(indexRange(number))
  }

  #checkAlias(alias: string, index: string): void {
    checkIndexName(alias, 'alias')
    if (this.indices.has(alias) || alias === index)
      throw new VectorStoreError(
        'INDEX_NAME',
        `Invalid alias name [${alias}]: an index or data stream exists with the same name as the alias`
      )
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
