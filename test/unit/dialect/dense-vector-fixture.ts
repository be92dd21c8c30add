/** A mapping with one dense_vector field `f`, and what became of documents and queries on it. */
import { elasticsearchFieldTypes } from '../../../src/dialect/elasticsearch/dense-vector.ts'
import { createMapping } from '../../../src/mapping/index.ts'
import type { FieldTypeRegistry, IndexMapping } from '../../../src/mapping/index.ts'
import type { KnnQuery, Query } from '../../../src/query/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import type { Vector } from '../../../src/vector/index.ts'

export type Json = Record<string, unknown>

export const registry: FieldTypeRegistry = elasticsearchFieldTypes()

export function mappingOf(field: Json): IndexMapping {
  return createMapping(
    { properties: { f: { type: 'dense_vector', ...field } } },
    registry,
    new Map()
  )
}

export function printed(mapping: IndexMapping): unknown {
  const properties = mapping.toJson()['properties'] as Json
  return properties['f']
}

/** Vector of the document `{"f": value}`; the mapping that holds afterwards. */
export function indexed(
  mapping: IndexMapping,
  value: string
): { vector: Vector | null; mapping: IndexMapping } {
  const { document, update } = mapping.parseDocument({
    id: '1',
    routing: null,
    body: Buffer.from(`{"f":${value}}`)
  })
  const root = document.docs[document.docs.length - 1]!
  return { vector: root.vectors[0]?.vector ?? null, mapping: update ?? mapping }
}

export function knn(mapping: IndexMapping, vector: unknown, options: Json = {}): Query {
  return mapping.lower(
    {
      type: 'fieldKnn',
      field: 'f',
      vector,
      k: 3,
      candidates: 10,
      filter: null,
      similarity: null,
      oversample: null,
      section: true,
      ...options
    },
    { nowMs: 0, indexName: 'i', allowUnmappedFields: true, termsMax: 65_536 }
  )
}

export function knnVector(mapping: IndexMapping, vector: unknown): Vector {
  const query = knn(mapping, vector)
  if (query.type !== 'knn') throw new Error(`lowered to ${query.type}`)
  return (query as KnnQuery).vector
}

/** The error of a call; `reason` is the innermost message. */
export function faultOf(run: () => unknown): {
  code: string
  message: string
  reason: string
  reasonCode: string
} {
  try {
    run()
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    let inner = error
    while (inner.cause instanceof VectorStoreError) inner = inner.cause
    return {
      code: error.code,
      message: error.message,
      reason: inner.message,
      reasonCode: inner.code
    }
  }
  throw new Error('no error was thrown')
}
