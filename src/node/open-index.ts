/** One open index: its engine, its mapping as the newest accepted document left it, and its stored metadata. */
import type { Engine, LoggedDocument, Operation, OperationResult } from '../engine/index.ts'
import type { DocumentInput, IndexMapping, MappingJson } from '../mapping/index.ts'
import type { IndexableDocument } from '../segment/index.ts'
import type { VectorStoreError } from '../util/index.ts'
import { indexClosed } from './resolve.ts'
import type { IndexMetadata, NodeIndex } from './types.ts'

/** Gives the record that makes the present metadata durable. */
export type MetadataRecord = { readonly key: Uint8Array; readonly payload: Uint8Array }

export class OpenIndex implements NodeIndex {
  #metadata: IndexMetadata
  #mapping: IndexMapping
  #engine: Engine | null = null
  #fault: VectorStoreError | null = null
  /** The mapping has something that no batch carries yet. */
  #mappingPending = false
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

  get health(): 'green' | 'yellow' | 'red' {
    if (this.#fault !== null) return 'red'
    return Number(this.#metadata.settings.get('number_of_replicas') ?? '1') > 0 ? 'yellow' : 'green'
  }

  attach(engine: Engine | null, fault: VectorStoreError | null = null): void {
    this.#engine = engine
    this.#fault = fault
  }

  replaceMetadata(metadata: IndexMetadata): void {
    this.#metadata = metadata
  }

  /** What the store has, after a write error left memory ahead of it. */
  restore(metadata: IndexMetadata, mapping: IndexMapping): void {
    this.#metadata = metadata
    this.#mapping = mapping
    this.#mappingPending = false
  }

  mergeMapping(definition: MappingJson): void {
    this.#mapping = this.#mapping.merge(definition)
  }

  /** Parses a document; what dynamic mapping adds is in force at once and rides in the next apply. */
  parse(input: DocumentInput): IndexableDocument {
    const { document, update } = this.#mapping.parseDocument(input)
    if (update !== null) {
      this.#mapping = update
      this.#mappingPending = true
    }
    return document
  }

  parseLogged(logged: LoggedDocument): IndexableDocument {
    return this.#mapping.parseLogged(logged)
  }

  apply(operations: readonly Operation[]): Promise<OperationResult[]> {
    const carries = this.#mappingPending
    this.#mappingPending = false
    return carries
      ? this.running.apply(operations, this.#record(this))
      : this.running.apply(operations)
  }
}
