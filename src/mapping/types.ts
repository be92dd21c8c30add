/**
 * The mapping of one index: documents to typed fields, queries with field names to queries an index can answer.
 * An IndexMapping is immutable; a change gives a new one.
 */
import type { LoggedSource, MappingJson } from './contract.ts'
import type { Query, ScoreFormula } from '../query/index.ts'
import type { ColumnReader, FieldInfo, IndexableDocument } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'

export type { MappingJson } from './contract.ts'

/** Document as it came: bytes (HTTP, in-process text) or an object (embedded API; typed arrays allowed for vectors). */
export type DocumentInput = {
  readonly id: string
  readonly routing: string | null
  readonly body: Uint8Array | Readonly<Record<string, unknown>>
}

/** A document that came as bytes. */
export type TextInput = DocumentInput & { readonly body: Uint8Array }

export type ParsedDocument = {
  readonly document: IndexableDocument
  /** The mapping with what this document adds, when dynamic mapping added something; must be stored with the document. */
  readonly update: IndexMapping | null
}

export type LowerContext = {
  readonly nowMs: number
  readonly indexName: string
  /** index.query.parse.allow_unmapped_fields. */
  readonly allowUnmappedFields: boolean
  /** index.max_terms_count. */
  readonly termsMax: number
  /** Nodes that were lowered with this context before; null: none. */
  readonly lowered?: ReadonlyMap<Query, Query> | null
}

export type IndexMapping = {
  /** As GET _mapping prints it: { dynamic?, properties: … }, defaults filled in as Elasticsearch does. */
  toJson(): MappingJson
  /** The same as JSON text. */
  readonly text: string
  /** Field numbers and everything needed to open the mapping again; stored in the index's metadata record. */
  toRecord(): unknown
  /** Merged with new definitions. Errors MAPPING_PARSE, MAPPING_CONFLICT. */
  merge(definition: MappingJson): IndexMapping
  /** The same in steps. */
  mergeInSteps(definition: MappingJson): Steps<IndexMapping>
  /** The same fields with the limits of other settings; analyzers stay. What is there already may be above them. */
  underSettings(settings: ReadonlyMap<string, string>): IndexMapping
  /** Errors DOC_PARSE, MAPPING_STRICT, REQUEST_SYNTAX (not JSON, too deep, duplicate keys). */
  parseDocument(input: DocumentInput): ParsedDocument
  /** The same of a long text, in steps. The mapping in force may be another one when it ends. */
  parseInSteps(input: TextInput): Steps<ParsedDocument>
  /** The same document again from its operation row, in steps; never changes the mapping. */
  parseLogged(logged: LoggedSource): Steps<IndexableDocument>
  /** Field names and JSON values to FieldInfo and column values; an unmapped field matches nothing. Errors QUERY_SHARD. */
  lower(query: Query, context: LowerContext): Query
  field(name: string): MappedField | null
  /** A field that no document has, of a type that a sort names (`unmapped_type`). Errors REQUEST_ARGUMENT. */
  unmappedField(name: string, typeName: string): MappedField
  /** Concrete leaf fields whose name matches a pattern with `*`. */
  fieldsMatching(pattern: string): readonly MappedField[]
  /** The same by the names they are asked for under: a multi-field's, an alias's too. */
  namesMatching(pattern: string): readonly (readonly [name: string, field: MappedField])[]
  readonly fieldInfos: readonly FieldInfo[]
  /** Paths of nested objects. */
  readonly nestedPaths: readonly string[]
}

/** A field as the rest of the code sees it; field types (keyword, date, dense_vector …) implement it. */
export type MappedField = {
  readonly name: string
  readonly typeName: string
  readonly info: FieldInfo | null
  toJson(): Readonly<Record<string, unknown>>
  /** Values for `fields` and sorting output, from a document's JSON value. Format: date formats. Errors REQUEST_ARGUMENT. */
  fetchValues(jsonValue: unknown, format: string | null): readonly unknown[]
  /** A column value as docvalue_fields, sort and scripts show it (dates formatted, booleans true / false). */
  columnValue(reader: ColumnReader, docId: number, at: number, format: string | null): unknown
  /** JSON value of a sort key or search_after value to the column's own (dates to milliseconds …). Errors REQUEST_ARGUMENT. */
  sortValue(jsonValue: unknown): bigint | number | string | null
  /** A double of a sort as it is shown: float32 values with the digits that those have. @default as it is */
  readonly shownSortValue?: (value: number) => number
  /** Vector fields only. */
  readonly vector: {
    /** Checks and decodes a query vector. Errors QUERY_SHARD … as the dialect of the type has them. */
    parseQuery(value: unknown): Vector
    readonly score: ScoreFormula
    /** Threshold of the mapping's similarity to raw value. */
    rawLimit(similarity: number): number
    readonly oversample: number | null
    readonly exhaustive: boolean
  } | null
}
