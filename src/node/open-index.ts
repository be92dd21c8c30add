/** One open index: its engine, its mapping as the newest accepted document left it, and its stored metadata. */
import type { Engine, LoggedDocument, Operation, OperationResult } from '../engine/index.ts'
import type { DocumentInput, IndexMapping, ParsedDocument, TextInput } from '../mapping/index.ts'
import type { IndexableDocument } from '../segment/index.ts'
import { beginInSlices, whereDue } from '../util/index.ts'
import type { LoopSlice, Steps, VectorStoreError } from '../util/index.ts'
import { IdTurns } from './id-turns.ts'
import { indexClosed } from './resolve.ts'
import { Turns } from './turns.ts'
import type { IndexMetadata, NodeIndex } from './types.ts'

/** Gives the record that makes the present metadata durable. */
export type MetadataRecord = { readonly key: Uint8Array; readonly payload: Uint8Array }

/** Shorter ones are parsed at once, in three steps at most, about half a millisecond: what steps cost is a fifth of their time. */
const shortDocumentBytesMax = 4 * 1024
/** Longer documents are parsed one after another: what is made of several at once is alive at once, and copied by collections. */
const longDocumentBytesMin = 256 * 1024

export class OpenIndex implements NodeIndex {
  #metadata: IndexMetadata
  #mapping: IndexMapping
  #engine: Engine | null = null
  /** The newest there was: of an index that was closed, searches may still read. */
  #lastEngine: Engine | null = null
  #fault: VectorStoreError | null = null
  /** Of metadata and mapping as they are now, and as they are durable; a batch carries what is not durable yet. */
  #version = 0
  #savedVersion = 0
  /** Opening, closing and deleting: never two engines of one index. */
  readonly turns: Turns = new Turns()
  /** Each reads a document, and writes it back on the condition that nobody wrote in between. */
  readonly updates: IdTurns = new IdTurns()
  /** Parses one at a time. */
  readonly #longDocuments = new Turns()
  readonly #record: (index: OpenIndex) => MetadataRecord

  constructor(
    metadata: IndexMetadata,
    mapping: IndexMapping,
    record: (index: OpenIndex) => MetadataRecord
  ) {
    this.#metadata = metadata
    this.#mapping = mapping
    this.#record = record
  }

  get metadata(): IndexMetadata {
    return this.#metadata
  }

  get mapping(): IndexMapping {
    return this.#mapping
  }

  get engine(): Engine | null {
    return this.#engine
  }

  /** The engine of an index that must be serving. Errors INDEX_CLOSED, or the fault that keeps it red. */
  get running(): Engine {
    if (this.#engine !== null) return this.#engine
    throw this.#fault ?? indexClosed(this)
  }

  get fault(): VectorStoreError | null {
    return this.#fault
  }

  /** What is known of a damaged index may be wrong: nothing of it is written again. */
  assertUndamaged(): void {
    if (this.#fault?.kind === 'corrupt') throw this.#fault
  }

  get health(): 'green' | 'yellow' | 'red' {
    if (this.#fault !== null) return 'red'
    return Number(this.#metadata.settings.get('number_of_replicas') ?? '1') > 0 ? 'yellow' : 'green'
  }

  attach(engine: Engine | null, fault: VectorStoreError | null = null): void {
    this.#engine = engine
    this.#lastEngine = engine ?? this.#lastEngine
    this.#fault = fault
  }

  /** Calls back when no search that was under way reads it any more. A node that closes before has its next start do the rest. */
  onceUnread(listener: () => void): void {
    if (this.#lastEngine === null) listener()
    else this.#lastEngine.onceUnread(listener)
  }

  get version(): number {
    return this.#version
  }

  /** In force at once, so that what is written meanwhile does not carry the metadata before. */
  replaceMetadata(metadata: IndexMetadata): void {
    this.#metadata = metadata
    this.#version += 1
  }

  /** Metadata and mapping of this version are durable. */
  noteSaved(version: number): void {
    this.#savedVersion = Math.max(this.#savedVersion, version)
  }

  /** A write failed: nobody knows which record of this index is the newest one stored. */
  noteUnsaved(): void {
    this.#version += 1
  }

  replaceMapping(mapping: IndexMapping): void {
    this.#mapping = mapping
    this.#version += 1
  }

  /** Parses a document; what dynamic mapping adds is in force at once and rides in the next apply. */
  parse(input: DocumentInput): IndexableDocument {
    return this.#withUpdate(this.#mapping.parseDocument(input))
  }

  /** As parse, of a text, in slices where it takes longer: a mapping that is replaced meanwhile may see other fields in it. */
  parseInSlices(
    input: TextInput,
    slice: LoopSlice
  ): IndexableDocument | Promise<IndexableDocument> {
    if (input.body.length < shortDocumentBytesMax) return this.parse(input)
    if (input.body.length < longDocumentBytesMin) return this.#parseInSlices(input, slice)
    return this.#longDocuments.run(async () => {
      slice.restart()
      return this.#parseInSlices(input, slice)
    })
  }

  #parseInSlices(
    input: TextInput,
    slice: LoopSlice
  ): IndexableDocument | Promise<IndexableDocument> {
    const mapping = this.#mapping
    const parsed = beginInSlices(whereDue(mapping.parseInSteps(input), slice), slice)
    if (!(parsed instanceof Promise)) return this.#withUpdate(parsed)
    return parsed.then((later) =>
      this.#mapping === mapping ? this.#withUpdate(later) : this.#parseInSlices(input, slice)
    )
  }

  #withUpdate({ document, update }: ParsedDocument): IndexableDocument {
    if (update !== null) this.replaceMapping(update)
    return document
  }

  parseLogged(logged: LoggedDocument): Steps<IndexableDocument> {
    return this.#mapping.parseLogged(logged)
  }

  /**
   * Mapping and metadata in memory count. Until they are known to be durable every call carries them: documents without
   * the mapping they were parsed by could not be read again.
   */
  async apply(operations: readonly Operation[]): Promise<OperationResult[]> {
    const version = this.#version
    if (version === this.#savedVersion) return this.running.apply(operations)
    const results = await this.running.apply(operations, this.#record(this))
    if (results.every(isJudged)) this.noteSaved(version)
    return results
  }
}

/** Not so where the index was closed or the store refused: then nothing of the call may be durable. */
function isJudged(result: OperationResult): boolean {
  if (result.ok) return true
  const { kind, code } = result.error
  return kind !== 'closed' && !code.startsWith('STORE_')
}
