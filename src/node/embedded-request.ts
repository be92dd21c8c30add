/** Requests of the embedded API become the node's. What a caller in JavaScript may pass in spite of the types is refused here. */
import type { Query } from '../query/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { candidatesDefaultMin } from '../vector/index.ts'
import type { Vector } from '../vector/index.ts'
import type { FetchSpec, JsonObject, NodeSearch } from './types.ts'

/** A filter or query in Elasticsearch's query JSON: { term: { year: 2024 } }, { match: { title: 'lake' } } … */
export type QueryJson = JsonObject

export type KnnRequest = {
  readonly field: string
  readonly vector: Vector | readonly number[]
  /** Neighbours wanted. @default 10 */
  readonly k?: number
  /** Vectors a walk of the graph keeps in view: more raise recall, fewer raise speed. @default 1.5 k, at least 100 */
  readonly candidates?: number
  /** Only documents that match are looked for; k of them come back when they exist. */
  readonly filter?: QueryJson
  /** Least similarity (or greatest distance), in the words of the field's space. */
  readonly similarity?: number
  readonly boost?: number
}

export type EmbeddedSearch = {
  readonly knn?: KnnRequest | readonly KnnRequest[]
  readonly query?: QueryJson
  /** @default 10, or the largest k */
  readonly size?: number
  readonly from?: number
  /** false: ids and scores only. @default true */
  readonly source?: boolean
  readonly profile?: boolean
}

/** Complete by type: a new name does not compile until it stands here. */
const searchNames: Readonly<Record<keyof EmbeddedSearch, true>> = {
  knn: true,
  query: true,
  size: true,
  from: true,
  source: true,
  profile: true
}
const knnNames: Readonly<Record<keyof KnnRequest, true>> = {
  field: true,
  vector: true,
  k: true,
  candidates: true,
  filter: true,
  similarity: true,
  boost: true
}

type ParseQuery = (json: JsonObject) => Query

/** Errors REQUEST_ARGUMENT (unknown names), QUERY_LIMIT, those of `parseQuery`. */
export function searchOf(request: EmbeddedSearch, parseQuery: ParseQuery): NodeSearch {
  checkNames('search', request, searchNames)
  const knn = sectionsOf(request).map((section) => knnSection(section, parseQuery))
  let largest = 0
  for (const { k } of knn) largest = Math.max(largest, k)
  const fetch: FetchSpec = {
    source: request.source ?? true,
    excludeVectors: null,
    fields: [],
    docvalueFields: [],
    version: false,
    seqNoPrimaryTerm: false
  }
  const query = request.query === undefined ? null : parseQuery(request.query)
  const from = request.from ?? 0
  const size = request.size ?? (largest > 0 ? largest : 10)
  checkLeast('from', from, 0)
  checkLeast('size', size, 0)
  return {
    query: query ?? (knn.length === 0 ? { type: 'matchAll' } : null),
    knn,
    postFilter: null,
    from,
    size,
    sort: [],
    searchAfter: null,
    minScore: null,
    trackTotalHits: true,
    trackScores: true,
    rescore: [],
    fetch,
    profile: request.profile ?? false,
    timeoutMs: null
  }
}

function sectionsOf({ knn }: EmbeddedSearch): readonly KnnRequest[] {
  if (knn === undefined) return []
  return isOne(knn) ? [knn] : knn
}

function isOne(knn: KnnRequest | readonly KnnRequest[]): knn is KnnRequest {
  return !Array.isArray(knn)
}

function knnSection(section: KnnRequest, parseQuery: ParseQuery): NodeSearch['knn'][number] {
  checkNames('knn', section, knnNames)
  const k = section.k ?? 10
  checkLeast('k', k, 1)
  const candidates = section.candidates ?? Math.max(Math.ceil(1.5 * k), candidatesDefaultMin)
  checkLeast('candidates', candidates, 1)
  const knn = {
    type: 'fieldKnn',
    field: section.field,
    vector: section.vector,
    k,
    candidates,
    filter: section.filter === undefined ? null : parseQuery(section.filter),
    similarity: section.similarity ?? null,
    oversample: null,
    section: true
  } as const
  return section.boost === undefined ? knn : { ...knn, boost: section.boost }
}

function checkLeast(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new VectorStoreError(
    'QUERY_LIMIT',
    `${name} is ${value}, wanted an integer of at least ${least}`
  )
}

/** A name that is not known would change nothing, and nobody would see why. */
function checkNames(what: string, given: unknown, names: Readonly<Record<string, true>>): void {
  const type = typeName(given)
  if (type !== 'object')
    throw new VectorStoreError('REQUEST_ARGUMENT', `${what} is ${type}, wanted an object`)
  for (const name of Object.keys(given as object))
    if (!Object.hasOwn(names, name))
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `${what} has an unknown member ${name}, wanted ${Object.keys(names).join(', ')}`
      )
}

/** Errors DOC_ID. */
export function checkId(id: unknown): void {
  if (typeof id !== 'string')
    throw new VectorStoreError('DOC_ID', `id is ${typeName(id)}, wanted a string`)
}

/** Errors DOC_PARSE. */
export function checkDocument(doc: unknown): void {
  const type = typeName(doc)
  if (type !== 'object')
    throw new VectorStoreError('DOC_PARSE', `document is ${type}, wanted an object`)
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'an array'
  return typeof value === 'object' ? 'object' : `a ${typeof value}`
}
