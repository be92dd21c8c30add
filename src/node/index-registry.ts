/** The indices of a node: catalogue in the store, engines in memory; made, changed, closed and deleted here. */
import type { PageCache } from '../cache/index.ts'
import type { Jobs } from '../engine/index.ts'
import { openEngine } from '../engine/index.ts'
import type { FieldTypeRegistry, MappingJson } from '../mapping/index.ts'
import { createMapping, createMappingInSteps, openMapping } from '../mapping/index.ts'
import type { Store } from '../store/index.ts'
import { indexMetadataRange, indexRange, manifestRange } from '../store/index.ts'
import { loopSlice, runInSlices, VectorStoreError } from '../util/index.ts'
import { aliasesAfter, checkAlias } from './alias-changes.ts'
import type { IndexNames } from './alias-changes.ts'
import type { CatalogueEntry, CatalogueReaders, ParseFilter } from './catalogue.ts'
import { Catalogue, newUuid, settingsAfter } from './catalogue.ts'
import type { Contexts } from './contexts.ts'
import { keepsOneClosed } from './fail-alone.ts'
import { checkIndexName } from './index-name.ts'
import { mergeInto } from './merge-mappings.ts'
import type { MetadataRecord } from './open-index.ts'
import { OpenIndex } from './open-index.ts'
import type { ResolvedNodeOptions } from './options.ts'
import {
  indexAbsent,
  indexClosed,
  indexExists,
  needsAlias,
  notAnAlias,
  resolveIndices,
  writeIndexOf
} from './resolve.ts'
import { Turns } from './turns.ts'
import type { AliasAction, IndexMetadata, Node, SettingsChange, WriteItem } from './types.ts'

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

/** Between attempts to read the catalogue again. */
const reloadPauseMs = { first: 100, most: 30_000 }
const catalogueRequest = {
  index: null,
  action: 'flush',
  description: 'reads the list of indices again'
} as const

const longer = (pauseMs: number): number => Math.min(2 * pauseMs, reloadPauseMs.most)

export class IndexRegistry {
  readonly indices: Map<string, OpenIndex> = new Map()
  readonly #parts: RegistryParts
  readonly #catalogue: Catalogue
  readonly #readers: CatalogueReaders
  /** Index creation by writes, one at a time per name. */
  readonly #creating = new Map<string, Promise<OpenIndex>>()
  /** Aliases of the indices that are being made. */
  readonly #creatingAliases = new Map<string, Definition['aliases']>()
  /** Numbers of indices that are durable and about to stand in `indices`. */
  readonly #opening = new Set<number>()
  /** Changes of settings, mappings, aliases and states, each of what the one before has left. */
  readonly #changes = new Turns()
  readonly #reloads = new Turns()
  #reloading: Promise<void> = Promise.resolve()
  /** Why the list of indices could not be read again: until then no name is known to be free. */
  #unread: VectorStoreError | null = null
  #closed = false

  readonly #names: IndexNames<OpenIndex> = {
    find: (name) => this.find(name),
    isTaken: (name) => this.indices.has(name) || this.#creating.has(name)
  }

  constructor(parts: RegistryParts) {
    this.#parts = parts
    const { parseFilter, fieldTypes } = parts.dialect
    this.#readers = { parseFilter, openMapping: (record) => openMapping(record, fieldTypes) }
    this.#catalogue = new Catalogue(parts.store, parts.jobs)
    parts.store.onReopen(() => this.#reloadInTurn())
  }

  /** Reads the catalogue and opens every index; a damaged one stays red, the others serve. */
  async load(): Promise<void> {
    for (const entry of await this.#catalogue.load(this.#readers)) await this.#openEntry(entry)
    const removed = this.#catalogue.removedNumbers()
    if (removed.length > 0)
      this.#parts.jobs.add('remove', 'keys of deleted indices', async () => {
        for (const number of removed) if (!this.#closed) await this.#removeKeys(number)
      })
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

  /** One index by name or by an alias of exactly one. Patterns and lists are names that no index has. */
  readTarget(name: string): OpenIndex {
    if (name === '_all' || /[*,]/v.test(name)) throw indexAbsent(name)
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
  writeTarget(item: WriteItem): OpenIndex | Promise<OpenIndex> {
    const exact = this.indices.get(item.index)
    if (exact !== undefined) {
      if (needsAlias(item)) throw notAnAlias(item.index)
      if (exact.metadata.state === 'close') throw indexClosed(exact)
      if (exact.fault !== null) throw exact.fault
      return exact
    }
    const aliased = [...this.indices.values()].filter((index) =>
      index.metadata.aliases.has(item.index)
    )
    if (aliased.length > 0) return writeIndexOf(item.index, aliased)
    if (needsAlias(item)) throw notAnAlias(item.index)
    if (item.type === 'delete') throw indexAbsent(item.index)
    const definition = { settings: new Map(), mappings: {}, aliases: new Map() }
    const created = this.#creating.get(item.index) ?? this.createIndex(item.index, definition)
    return created.then(() => this.find(item.index))
  }

  async createIndex(name: string, definition: Definition): Promise<OpenIndex> {
    checkIndexName(name)
    for (const alias of definition.aliases.keys()) checkAlias(alias, name, this.#names)
    const taken = this.indices.get(name)
    if (taken !== undefined || this.#creating.has(name)) throw indexExists(name, taken)
    if (this.#isAlias(name))
      throw new VectorStoreError(
        'INDEX_NAME',
        `Invalid index name [${name}], already exists as alias`,
        { details: { index: name } }
      )
    // What a write error has left is known before anything else gets the name.
    const created = this.#reloading.then(() => this.#create(name, definition))
    this.#creating.set(name, created)
    this.#creatingAliases.set(name, definition.aliases)
    try {
      return await created
    } finally {
      this.#creating.delete(name)
      this.#creatingAliases.delete(name)
    }
  }

  #isAlias(name: string): boolean {
    for (const { metadata } of this.indices.values()) if (metadata.aliases.has(name)) return true
    for (const aliases of this.#creatingAliases.values()) if (aliases.has(name)) return true
    return false
  }

  async #create(name: string, definition: Definition): Promise<OpenIndex> {
    const { mappings, settings } = definition
    const { fieldTypes } = this.#parts.dialect
    const mapping = await runInSlices(
      createMappingInSteps(mappings, fieldTypes, settings),
      loopSlice()
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
    if (this.#unread !== null) throw this.#unread
    if (this.indices.has(name)) throw indexExists(name, this.find(name))
    await this.#catalogue.add(metadata, mapping)
    const index = new OpenIndex(metadata, mapping, (one) =>
      this.#catalogue.record(one.metadata, one.mapping)
    )
    this.#opening.add(metadata.number)
    try {
      await this.#openEngine(index)
    } finally {
      // Durable, whatever became of the engine.
      this.indices.set(name, index)
      this.#opening.delete(metadata.number)
    }
    if (index.fault !== null) throw index.fault
    return index
  }

  deleteIndex(name: string): Promise<void> {
    const index = this.find(name)
    return index.turns.run(async () => {
      if (this.indices.get(name) !== index) throw indexAbsent(name)
      await this.#catalogue.remove(index.metadata.number)
      // Not before: should the record fail, the index is there as it was.
      await this.#forget(name, index)
      const remove = (): Promise<void> => this.#removeKeys(index.metadata.number)
      index.onceUnread(() => {
        if (!this.#closed) this.#parts.jobs.add('remove', `keys of index [${name}]`, remove)
      })
    })
  }

  /** Of all of them, or where one of them conflicts of none. */
  async putMapping(names: readonly string[], definition: MappingJson): Promise<void> {
    const indices = names.map((name) => this.find(name))
    await this.#changes.run(async () => {
      await mergeInto(indices, definition, loopSlice())
      await this.#save(indices)
    })
  }

  async putSettings(changes: ReadonlyMap<string, SettingsChange>): Promise<void> {
    const indices = [...changes].map(([name, change]) => [this.find(name), change] as const)
    await this.#changes.run(async () => {
      const changed = new Map<OpenIndex, IndexMetadata>()
      const slice = loopSlice()
      for (const [index, change] of indices) {
        changed.set(index, { ...index.metadata, settings: settingsAfter(index.metadata, change) })
        if (slice.due()) await slice.wait()
      }
      // All before the first is replaced: a limit may be none.
      const obeying = Array.from(
        changed,
        ([index, { settings }]) => [index, index.mapping.underSettings(settings)] as const
      )
      for (const [index, mapping] of obeying) index.replaceMapping(mapping)
      await this.#replace(changed).catch((error: unknown) => {
        for (const index of changed.keys())
          index.replaceMapping(index.mapping.underSettings(index.metadata.settings))
        throw error
      })
    })
  }

  async updateAliases(actions: readonly AliasAction[]): Promise<void> {
    await this.#changes.run(() => this.#replace(aliasesAfter(actions, this.#names)))
    for (const action of actions)
      if (action.type === 'removeIndex') await this.deleteIndex(action.index)
  }

  setState(name: string, state: 'open' | 'close'): Promise<void> {
    const index = this.find(name)
    return index.turns.run(async () => {
      if (this.indices.get(name) !== index) throw indexAbsent(name)
      if (index.metadata.state === state) return
      // What searches of before read, a new engine would take for nobody's.
      if (state === 'open') await new Promise<void>((done) => index.onceUnread(done))
      await this.#changes.run(() => this.#replace(new Map([[index, { ...index.metadata, state }]])))
      if (state === 'open') return this.#openEngine(index)
      this.#parts.contexts.closeAll(name)
      const { engine } = index
      index.attach(null)
      await engine?.close()
    })
  }

  async #openEntry(entry: CatalogueEntry): Promise<void> {
    const index = this.#indexOf(entry)
    const { name, state } = index.metadata
    this.indices.set(name, index)
    if (index.fault === null && state === 'open') await this.#openEngine(index)
  }

  #indexOf({ metadata, mapping, fault }: CatalogueEntry): OpenIndex {
    const record = (one: OpenIndex): MetadataRecord =>
      this.#catalogue.record(one.metadata, one.mapping)
    const { fieldTypes } = this.#parts.dialect
    const known = mapping ?? createMapping({}, fieldTypes, new Map())
    const index = new OpenIndex(metadata, known, record)
    if (fault !== null) index.attach(null, fault)
    return index
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
      if (!(error instanceof VectorStoreError) || !keepsOneClosed(error)) throw error
      index.attach(null, error)
    }
  }

  /** After a write error the store was reopened: nobody knows which of the last changes are in it. */
  async #reload(pauseMs: number = reloadPauseMs.first): Promise<void> {
    if (this.#closed) return
    for (const index of this.indices.values()) index.noteUnsaved()
    try {
      await this.#readAgain()
      this.#unread = null
    } catch (error) {
      this.#parts.jobs.record(catalogueRequest, error)
      this.#unread = poisoned(error)
      // With another write error the store calls again.
      if (this.#parts.store.state === 'open')
        setTimeout(() => this.#reloadInTurn(longer(pauseMs)), pauseMs).unref()
    }
  }

  #reloadInTurn(pauseMs?: number): void {
    this.#reloading = this.#reloads.run(() => this.#reload(pauseMs))
  }

  /** What the store has of the list of indices counts; what is in memory of each is written with its next batch. */
  async #readAgain(): Promise<void> {
    const entries = await this.#catalogue.load(this.#readers)
    for (const [name, index] of this.indices)
      if (!this.#catalogue.has(index.metadata.number))
        await index.turns.run(() => this.#forget(name, index))
    const known = new Set(this.#opening)
    for (const { metadata } of this.indices.values()) known.add(metadata.number)
    for (const entry of entries) if (!known.has(entry.metadata.number)) await this.#openEntry(entry)
  }

  async #forget(name: string, index: OpenIndex): Promise<void> {
    if (this.indices.get(name) === index) this.indices.delete(name)
    this.#parts.contexts.closeAll(name)
    await index.engine?.close({ flush: false })
  }

  /** Refused, the metadata before are in force again, and the next batch says so. */
  async #replace(changed: ReadonlyMap<OpenIndex, IndexMetadata>): Promise<void> {
    for (const index of changed.keys()) index.assertUndamaged()
    const before = [...changed.keys()].map((index) => [index, index.metadata] as const)
    for (const [index, metadata] of changed) index.replaceMetadata(metadata)
    try {
      await this.#save([...changed.keys()])
    } catch (error) {
      for (const [index, metadata] of before) index.replaceMetadata(metadata)
      throw error
    }
  }

  async #save(indices: readonly OpenIndex[]): Promise<void> {
    const versions = indices.map((index) => [index, index.version] as const)
    await this.#catalogue.write(indices)
    for (const [index, version] of versions) index.noteSaved(version)
  }

  /** The metadata last: while they are there the next start looks for the rest. */
  async #removeKeys(number: number): Promise<void> {
    const { store } = this.#parts
    for (const range of [indexRange(number), manifestRange(number), indexMetadataRange(number)]) {
      let isEmpty = true
      await store.scanKeys(range, () => {
        isEmpty = false
        return false
      })
      if (!isEmpty) await store.removeRange(range)
    }
  }
}

function poisoned(cause: unknown): VectorStoreError {
  return new VectorStoreError('STORE_POISONED', 'the list of indices is being read again', {
    cause
  })
}
