/**
 * What a field type is: how its definition is read and printed, how a document's value becomes columns, terms and
 * vectors, how it changes, and what queries on it mean. Core types live beside this file; the vector types of the
 * products are registered by their dialects.
 */
import type { Analyzer, Analyzers } from '../analysis/index.ts'
import type { FieldQuery, JsonScalar, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import type { JsonScanner } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'
import type { MappingJson } from './contract.ts'
import type { LowerContext, MappedField } from './types.ts'

/** A scalar of a document: the scanner at its token, or a null_value of the mapping. */
export type Scalar = {
  readonly kind: 'string' | 'number' | 'boolean'
  /** Text of the string; number and boolean as they stand in the document. */
  readonly text: string
}

/** Where a field puts what it made of a value. One per document or nested object. */
export type FieldSink = {
  readonly documentId: string
  addLong(field: FieldInfo, value: bigint): void
  addDouble(field: FieldInfo, value: number): void
  /** Column value and term; either is left out when the field has no such thing. */
  addKeyword(field: FieldInfo, value: string): void
  /** A term without a column value. */
  addTerm(field: FieldInfo, term: string): void
  addText(field: FieldInfo, analyzer: Analyzer, text: string): void
  addPresent(name: string): void
  hasVector(field: FieldInfo): boolean
  /** text: where the vector stands in the body and in no other field, when it is an array of numbers or such base64. */
  addVector(field: FieldInfo, vector: Vector, text: VectorText | null): void
}

/**
 * Place of a vector: from / to in the bytes of the body, or a vector that came beside them. base64: the text, with its quotes, is what
 * printing the vector so gives.
 */
export type VectorText =
  | { readonly from: number; readonly to: number; readonly form: 'numbers' | 'base64' }
  | { readonly cut: number }

/** A value that reaches a field type as a whole: arrays too. The scanner stands at its first token. */
export type WholeValue = {
  readonly scanner: JsonScanner
  readonly sink: FieldSink
  /** Vectors that came beside the text, by the scanner's cut number. */
  readonly vectors: readonly Vector[]
  /** The value is another field's too (copy_to). */
  readonly isCopied: boolean
}

/** What a type answers to a query on one of its fields. Errors REQUEST_ARGUMENT: become `failed to create query: …`. */
export type FieldQueries = {
  term(value: JsonScalar, caseInsensitive: boolean): Query
  terms(values: readonly JsonScalar[]): Query
  range(range: RangeQuery, context: LowerContext): Query
  pattern(pattern: PatternQuery): Query
  match(match: MatchQuery, analyzers: Analyzers): Query
  matchPhrase(phrase: PhraseQuery, analyzers: Analyzers): Query
  /** null: not a vector field. */
  knn: ((knn: KnnFieldQuery, filter: Query | null) => Query) | null
}
export type RangeQuery = Extract<FieldQuery, { type: 'fieldRange' }>
export type PatternQuery = Extract<FieldQuery, { type: 'fieldPattern' }>
export type MatchQuery = Extract<FieldQuery, { type: 'fieldMatch' }>
export type PhraseQuery = Extract<FieldQuery, { type: 'fieldMatchPhrase' }>
export type KnnFieldQuery = Extract<FieldQuery, { type: 'fieldKnn' }>

export type LeafField = MappedField & {
  readonly queries: FieldQueries
  /** Other fields that get the same scalar. */
  readonly copyTo: readonly string[]
  /** Scalars one by one (arrays are flattened), or null for a type that wants the value as a whole. */
  parseScalar: ((value: Scalar, sink: FieldSink) => void) | null
  /** null_value: taken where the document says null. */
  readonly nullValue: Scalar | null
  /** Malformed values are left out instead of refused. */
  readonly ignoreMalformed: boolean
  /**
   * Reads the value at the scanner, to its last token. A definition comes back when the field must change first (a
   * vector field learns its dims); then the document is parsed again with the changed mapping.
   */
  parseWhole: ((value: WholeValue) => MappingJson | null) | null
  /** For `exists`. */
  existsQuery(): Query
}

export type DefinitionContext = {
  /** Full path. */
  readonly name: string
  /** Without `type` and `fields`. */
  readonly definition: MappingJson
  readonly analyzers: Analyzers
  /** Number of the field in the index; kept when the field is there already. */
  readonly number: number
  /** Field of a multi-field. */
  readonly isSubField: boolean
  /** The field as it was printed before, when this is an update of a field of the same type. */
  readonly previous: MappingJson | null
}

export type FieldType = {
  readonly typeName: string
  /** Errors MAPPING_PARSE, REQUEST_ARGUMENT; MAPPING_CONFLICT when `previous` may not become this. */
  parseDefinition(context: DefinitionContext): LeafField
}

export type FieldTypeRegistry = {
  typeOf(name: string): FieldType | null
  /** Definition for an unmapped array of this many decimal numbers; null: it is an ordinary number field. */
  dynamicFloatArray(count: number): MappingJson | null
  /** Name of the vector type in the message for a knn query on another field. */
  readonly vectorTypeName: string
}
