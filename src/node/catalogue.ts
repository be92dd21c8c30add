/**
 * The catalogue of indices, in two kinds of numbered, write-once records; the newest of each counts,
 * those before it are removed (superseded.ts).
 *
 * catalogue      msgpack { indices: [[number, name]], numberNext }: which indices exist, written when one is made or deleted
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
import type { Jobs } from '../engine/index.ts'
import type { Query } from '../query/index.ts'
import { assert, loopSlice, runInSlices, VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { MetadataRecord } from './open-index.ts'
import { SupersededRecords } from './superseded.ts'
import { Turns } from './turns.ts'
import type { AliasDefinition, IndexMetadata, JsonObject, SettingsChange } from './types.ts'

/** Index numbers are u32. */
const numberMax = 0xffff_ffff

type StoredCatalogue = {
  readonly indices: readonly (readonly [number, string])[]
  readonly numberNext: number
}

/** A larger record of metadata does not share its batch with the list for certain: its number is stored before. */
const sharedBytesMax = 1 << 19

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

/** What is known of an index. With a fault its record is missing or cannot be read; the other indices are served. */
export type CatalogueEntry = { readonly metadata: IndexMetadata } & (
  | { readonly mapping: IndexMapping; readonly fault: null }
  | { readonly mapping: null; readonly fault: VectorStoreError }
)

/** Of an index whose record cannot be read. */
const unknownMetadata: Omit<IndexMetadata, 'number' | 'name'> = {
  uuid: '_na_',
  createdMs: 0,
  settings: new Map(),
  aliases: new Map(),
  state: 'open'
}

export type ParseFilter = (json: JsonObject) => Query

/** What a record holds in the words of others. Errors of any kind: it is not what this version writes. */
export type CatalogueReaders = {
  readonly parseFilter: ParseFilter
  readonly openMapping: (record: unknown) => Steps<IndexMapping>
}

export class Catalogue {
  readonly #store: Store
  readonly #superseded: SupersededRecords
  readonly #versions = new Map<number, number>()
  #catalogueVersion = 0
  /** Numbers and names. */
  #list: ReadonlyMap<number, string> = new Map()
  #numberNext = 1
  /** One change of the list, or reading of it, after the other. */
  readonly #turns = new Turns()

  constructor(store: Store, jobs: Jobs) {
    this.#store = store
    this.#superseded = new SupersededRecords(store, jobs)
  }

  /** Also after a failed write, when it tells what became durable. Numbers given out meanwhile are not given again. */
  load(readers: CatalogueReaders): Promise<readonly CatalogueEntry[]> {
    return this.#turns.run(() => this.#load(readers))
  }

  async #load(readers: CatalogueReaders): Promise<readonly CatalogueEntry[]> {
    const newest = await this.#store.newest(catalogueRange())
    const stored =
      newest === null
        ? { indices: [], numberNext: 1 }
        : (decodeRecord(newest.payload) as StoredCatalogue)
    await this.#assertNewest(stored)
    if (newest !== null)
      this.#catalogueVersion = Math.max(this.#catalogueVersion, numberOf(newest.key))
    this.#list = new Map(stored.indices)
    this.#numberNext = Math.max(this.#numberNext, stored.numberNext)
    const entries = await Promise.all(
      stored.indices.map(([number, name]) => this.#loadIndex(number, name, readers))
    )
    // What is left of a damaged one is all there is to mend it with.
    const sound = entries.filter(({ fault }) => fault === null).map((one) => one.metadata.number)
    this.#superseded.remove([0, ...sound])
    return entries
  }

  /** An older list would bring back deleted indices, hide new ones and give out their numbers again. */
  async #assertNewest({ numberNext }: StoredCatalogue): Promise<void> {
    let isNewest = !this.#store.report.missingRecords.some(({ kind }) => kind === 'catalogue')
    const { gte } = indexMetadataRange(numberNext)
    await this.#store.scanKeys({ gte, lt: indexMetadataRange(numberMax).lt }, () => {
      isNewest = false
      return false
    })
    if (isNewest) return
    throw new VectorStoreError('STORE_DAMAGED', 'the newest list of indices is not there', {
      details: { numberNext }
    })
  }

  async #loadIndex(
    number: number,
    name: string,
    readers: CatalogueReaders
  ): Promise<CatalogueEntry> {
    let metadata: IndexMetadata = { ...unknownMetadata, number, name }
    try {
      const record = decodeRecord((await this.#newest(number, name)).payload) as StoredIndex
      metadata = await readable(name, 'metadata', () => metadataOf(record, readers.parseFilter))
      const mapping = await readable(name, 'mapping', () =>
        runInSlices(readers.openMapping(record.mapping), loopSlice())
      )
      return { metadata, mapping, fault: null }
    } catch (error) {
      if (!(error instanceof VectorStoreError) || error.kind !== 'corrupt') throw error
      // Its name stays taken: else the next write would make an empty index of it.
      return { metadata, mapping: null, fault: error }
    }
  }

  async #newest(number: number, name: string): Promise<MetadataRecord> {
    const lost = this.#store.report.missingRecords.find(({ index }) => index === number)
    if (lost !== undefined)
      throw new VectorStoreError(
        'STORE_MISSING',
        `the newest ${lost.kind} record of index [${name}] is not there`,
        { details: lost }
      )
    const newest = await this.#store.newest(indexMetadataRange(number))
    if (newest === null)
      throw new VectorStoreError('STORE_MISSING', `the metadata of index [${name}] is missing`)
    this.#versions.set(number, Math.max(this.#versions.get(number) ?? 0, numberOf(newest.key)))
    return newest
  }

  /** Numbers of indices that were made and are no longer there; their keys may still wait for removal. */
  removedNumbers(): number[] {
    const removed: number[] = []
    for (let number = 1; number < this.#numberNext; number++)
      if (!this.#list.has(number)) removed.push(number)
    return removed
  }

  takeNumber(): number {
    return this.#numberNext++
  }

  /** The record that makes this metadata durable; numbered now, so records must be committed in the order they are made. */
  record(metadata: IndexMetadata, mapping: IndexMapping): MetadataRecord {
    const version = (this.#versions.get(metadata.number) ?? 0) + 1
    this.#versions.set(metadata.number, version)
    this.#superseded.made(metadata.number)
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
    return this.#turns.run(async () => {
      const record = this.record(metadata, mapping)
      if (record.payload.length > sharedBytesMax) await this.#commitList(this.#list, [])
      await this.#commitList(new Map([...this.#list, [metadata.number, metadata.name]]), [record])
    })
  }

  remove(number: number): Promise<void> {
    return this.#turns.run(() =>
      this.#commitList(new Map([...this.#list].filter(([one]) => one !== number)), [])
    )
  }

  /** In force when it is durable: a list that was refused must not be the base of the next one. */
  async #commitList(
    list: ReadonlyMap<number, string>,
    records: readonly MetadataRecord[]
  ): Promise<void> {
    this.#catalogueVersion += 1
    this.#superseded.made(0)
    const stored: StoredCatalogue = { indices: [...list], numberNext: this.#numberNext }
    const key = catalogueKey(this.#catalogueVersion)
    await this.#store.commit([...records, { key, payload: encodeRecord(stored) }])
    this.#list = list
  }

  /** Whether an index is in the list, as far as is known. */
  has(number: number): boolean {
    return this.#list.has(number)
  }
}

/**
 * A record whose checksum is right, and that says what this version does not know: a newer one wrote it. Whatever its
 * readers stumble over then concerns this index and no other.
 */
async function readable<Part>(
  name: string,
  what: string,
  read: () => Part | Promise<Part>
): Promise<Part> {
  try {
    return await read()
  } catch (cause) {
    const isDamage = cause instanceof VectorStoreError && cause.kind === 'corrupt'
    throw new VectorStoreError(
      isDamage ? cause.code : 'STORE_FORMAT',
      `the ${what} of index [${name}] cannot be read by this version`,
      { details: { index: name }, cause }
    )
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

/** Settings of an index with a change put onto them. */
export function settingsAfter(
  { settings }: IndexMetadata,
  change: SettingsChange
): Map<string, string> {
  const after = new Map(settings)
  for (const [key, value] of change)
    if (value === null) after.delete(key)
    else after.set(key, value)
  return after
}
