import type { StoredSource } from '../segment/index.ts'
import type { Vector } from '../vector/index.ts'

/** A mapping definition as JSON, key order kept. */
export type MappingJson = Readonly<Record<string, unknown>>

/** A document as an operation row keeps it. */
export type LoggedSource = {
  readonly id: string
  readonly routing: string | null
  readonly source: StoredSource
  /** Vectors cut out of the source, in the order of source.cuts. */
  readonly vectors: readonly Vector[]
}
