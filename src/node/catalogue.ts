/**
 * The catalogue of indices, in two kinds of numbered, write-once records; the newest of each counts.
 *
 * catalogue      msgpack { indices: [number], numberNext }: which indices exist, written when one is made or deleted
 * indexMetadata  msgpack { number, name, uuid, createdMs, settings: [[k, v]], aliases: [[name, alias]], state, mapping }:
 *                one range per index, written when settings, aliases, state or mapping change
 *
 * Deleting an index is one catalogue record that leaves it out; its keys are removed later and may come back
 * (google/leveldb #320) without harm, since its number is never used again.
 */
import { randomBytes } from 'node:crypto'
import type { IndexMapping } from '../mapping/index.ts'
import type { Store } from '../store/index.ts'
import {
  catalogueKey,
  catalogueRange,
  decodeRecord,
  encodeRecord,
  indexMetadataKey,
  indexMetadataRange,
  parseKey
} from '../store/index.ts'
import type { Query } from '../query/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'
import type { MetadataRecord } from './open-index.ts'
import { Turns } from './turns.ts'
import type { AliasDefinition, IndexMetadata, JsonObject } from './types.ts'

type StoredCatalogue = { readonly indices: readonly number[]; readonly numberNext: number }

/** What a metadata record holds; alias filters are kept as the dialect's JSON and parsed again. */
type StoredIndex = {
  readonly number: number
  readonly name: string
  readonly uuid: string
  readonly createdMs: number
  readonly settings: readonly (readonly [string, string])[]
  readonly aliases: readonly (readonly [string, StoredAlias])[]
  readonly state: 'open' | 'close'
  readonly mapping: unknown
}
type StoredAlias = Omit<AliasDefinition, 'filter' | 'filterJson'> & {
  readonly filterText: string | null
}

/**
 * `fault` instead of metadata: the record of this index is missing or damaged; the other indices are served. Its name is
 * that of an older record, or made up from its number when none can be read.
 */
export type CatalogueEntry =
  | { readonly number: number; readonly metadata: IndexMetadata; readonly mapping: unknown }
  | { readonly number: number; readonly name: string; readonly fault: VectorStoreError }
export type ParseFilter = (json: JsonObject) => Query

export class Catalogue {
  readonly #store: Store
  readonly #versions = new Map<number, number>()
  #catalogueVersion = 0
  #numbers: number[] = []
  #numberNext = 1
  /** One change of the list, or reading of it, after the other. */
  readonly #turns = new Turns()

  constructor(store: Store) {
    this.#store = store
  }

  /** Also after a failed write, when it tells what became durable. Numbers given out meanwhile are not given again. */
  load(parseFilter: ParseFilter): Promise<readonly CatalogueEntry[]> {
    return this.#turns.run(() => this.#load(parseFilter))
  }

  async #load(parseFilter: ParseFilter): Promise<readonly CatalogueEntry[]> {
    const newest = await this.#store.newest(catalogueRange())
    if (newest === null) return []
    const stored = decodeRecord(newest.payload) as StoredCatalogue
    this.#catalogueVersion = Math.max(this.#catalogueVersion, numberOf(newest.key))
    this.#numbers = [...stored.indices]
    this.#numberNext = Math.max(this.#numberNext, stored.numberNext)
    return Promise.all(stored.indices.map((number) => this.#loadIndex(number, parseFilter)))
  }

  async #loadIndex(number: number, parseFilter: ParseFilter): Promise<CatalogueEntry> {
    try {
      const newest = await this.#store.newest(indexMetadataRange(number))
      if (newest === null)
        throw new VectorStoreError(
          'STORE_MISSING',
          `the metadata of index number ${number} is missing`
        )
      const version = Math.max(this.#versions.get(number) ?? 0, numberOf(newest.key))
      this.#versions.set(number, version)
      const record = decodeRecord(newest.payload) as StoredIndex
      return { number, metadata: metadataOf(record, parseFilter), mapping: record.mapping }
    } catch (error) {
      if (!(error instanceof VectorStoreError) || error.kind !== 'corrupt') throw error
      return { number, name: await this.#lastName(number), fault: error }
    }
  }

  async #lastName(number: number): Promise<string> {
    let name = `damaged-${number}`
    await this.#store.scanKeys(indexMetadataRange(number), (key) => {
      // Records after this one count as taken, whether they can be read or not.
      this.#versions.set(number, numberOf(key))
      try {
        name = (decodeRecord(this.#store.get(key)) as StoredIndex).name
      } catch (error) {
        if (!(error instanceof VectorStoreError)) throw error
      }
    })
    return name
  }

  /** Numbers of indices that were made and are no longer there; their keys may still wait for removal. */
  removedNumbers(): number[] {
    const alive = new Set(this.#numbers)
    const removed: number[] = []
    for (let number = 1; number < this.#numberNext; number++)
      if (!alive.has(number)) removed.push(number)
    return removed
  }

  takeNumber(): number {
    return this.#numberNext++
  }

  /** The record that makes this metadata durable; numbered now, so records must be committed in the order they are made. */
  record(metadata: IndexMetadata, mapping: IndexMapping): MetadataRecord {
    const version = (this.#versions.get(metadata.number) ?? 0) + 1
    this.#versions.set(metadata.number, version)
    const stored: StoredIndex = { ...storedOf(metadata), mapping: mapping.toRecord() }
    return { key: indexMetadataKey(metadata.number, version), payload: encodeRecord(stored) }
  }

  /** Makes metadata of several indices durable, of one batch where they fit. */
  async write(
    indices: readonly { readonly metadata: IndexMetadata; readonly mapping: IndexMapping }[]
  ): Promise<void> {
    await this.#store.commit(indices.map(({ metadata, mapping }) => this.record(metadata, mapping)))
  }

  add(metadata: IndexMetadata, mapping: IndexMapping): Promise<void> {
    return this.#turns.run(() =>
      this.#commitList([...this.#numbers, metadata.number], [this.record(metadata, mapping)])
    )
  }

  remove(number: number): Promise<void> {
    return this.#turns.run(() =>
      this.#commitList(
        this.#numbers.filter((one) => one !== number),
        []
      )
    )
  }

  /** In force when it is durable: a list that was refused must not be the base of the next one. */
  async #commitList(numbers: number[], records: readonly MetadataRecord[]): Promise<void> {
    this.#catalogueVersion += 1
    const stored: StoredCatalogue = { indices: numbers, numberNext: this.#numberNext }
    const key = catalogueKey(this.#catalogueVersion)
    await this.#store.commit([...records, { key, payload: encodeRecord(stored) }])
    this.#numbers = numbers
  }

  /** Whether an index is in the list, as far as is known. */
  has(number: number): boolean {
    return this.#numbers.includes(number)
  }
}

function numberOf(key: Uint8Array): number {
  const parts = parseKey(key)
  assert(parts !== null, 'a record of the catalogue has a key of ours')
  return parts.number
}

export function newUuid(): string {
  return randomBytes(17).toString('base64url').slice(0, 22)
}

function storedOf(metadata: IndexMetadata): Omit<StoredIndex, 'mapping'> {
  return {
    number: metadata.number,
    name: metadata.name,
    uuid: metadata.uuid,
    createdMs: metadata.createdMs,
    settings: [...metadata.settings],
    aliases: [...metadata.aliases].map(([name, { filter: _filter, filterJson, ...alias }]) => [
      name,
      { ...alias, filterText: filterJson === null ? null : JSON.stringify(filterJson) }
    ]),
    state: metadata.state
  }
}

function metadataOf(stored: StoredIndex, parseFilter: ParseFilter): IndexMetadata {
  return {
    number: stored.number,
    name: stored.name,
    uuid: stored.uuid,
    createdMs: stored.createdMs,
    settings: new Map(stored.settings),
    aliases: new Map(
      stored.aliases.map(([name, alias]) => [name, aliasOf(name, alias, parseFilter)])
    ),
    state: stored.state
  }
}

function aliasOf(
  name: string,
  { filterText, ...alias }: StoredAlias,
  parseFilter: ParseFilter
): AliasDefinition {
  if (filterText === null) return { ...alias, filterJson: null, filter: null }
  try {
    const filterJson = JSON.parse(filterText) as JsonObject
    return { ...alias, filterJson, filter: parseFilter(filterJson) }
  } catch (cause) {
    throw new VectorStoreError('STORE_DAMAGED', `the filter of alias [${name}] cannot be read`, {
      cause
    })
  }
}
