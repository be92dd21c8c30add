/**
 * Columns, format 1: the values of one field by document, in the stream `columns`.
 *
 *   documents   who has values (doc-set-format.ts)
 *   ends        packed numbers by rank of the document: how many values it and those before it have; missing when each has one
 *   values      packed numbers, ascending within a document: longs exact, doubles, or for keywords ordinals
 *   dictionary  keywords only: the distinct values (dictionary-format.ts, no numbers with a term), by ordinal
 */
import type { DictionaryInfo } from './dictionary-format.ts'
import type { DocSetInfo } from './doc-set-format.ts'
import type { PackedInfo } from './packed-format.ts'
import type { ColumnKind } from './types.ts'

export type ColumnInfo = {
  readonly field: number
  readonly kind: ColumnKind
  readonly docs: DocSetInfo
  readonly ends: PackedInfo | null
  readonly values: PackedInfo
  readonly dictionary: DictionaryInfo | null
}
