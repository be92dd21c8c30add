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

export type PutManyOptions = {
  /** Called with the number of documents that are on disk and found by searches. */
  readonly onProgress?: (doneCount: number) => void
}

/** What a member must be; `any` is looked at where it is read. */
type Kind = 'a string' | 'a number' | 'a boolean' | 'a function' | 'an object' | 'any'
type Members<Request> = Readonly<Record<keyof Request, Kind>>

/** Complete by type: a new name does not compile until it stands here. */
const searchMembers: Members<EmbeddedSearch> = {
  knn: 'any',
  query: 'an object',
  size: 'a number',
  from: 'a number',
  source: 'a boolean',
  profile: 'a boolean'
}
const knnMembers: Members<KnnRequest> = {
  field: 'a string',
  vector: 'any',
  k: 'a number',
  candidates: 'a number',
  filter: 'an object',
  similarity: 'a number',
  boost: 'a number'
}
const putManyMembers: Members<PutManyOptions> = { onProgress: 'a function' }

type ParseQuery = (json: JsonObject) => Query

/** Errors REQUEST_ARGUMENT (unknown names, wrong types), QUERY_LIMIT, those of `parseQuery`. */
export function searchOf(request: EmbeddedSearch, parseQuery: ParseQuery): NodeSearch {
  checkMembers('search', request, searchMembers)
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
  checkMembers('knn', section, knnMembers)
  checkType('knn.field', section.field, 'a string')
  const k = section.k ?? 10
  checkLeast('k', k, 1)
  const candidates = section.candidates ?? Math.max(Math.ceil(1.5 * k), candidatesDefaultMin)
  checkLeast('candidates', candidates, 1)
  const { boost = 1 } = section
  if (boost < 0) throw new VectorStoreError('QUERY_LIMIT', `boost is ${boost}, wanted 0 or more`)
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
  return boost === 1 ? knn : { ...knn, boost }
}

function checkLeast(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new VectorStoreError(
    'QUERY_LIMIT',
    `${name} is ${value}, wanted an integer of at least ${least}`
  )
}

/** A name that is not known would change nothing, and nobody would see why. */
function checkMembers(what: string, given: unknown, members: Readonly<Record<string, Kind>>): void {
  checkType(what, given, 'an object')
  for (const [name, value] of Object.entries(given as object)) {
    if (!Object.hasOwn(members, name))
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `${what} has an unknown member ${name}, wanted ${Object.keys(members).join(', ')}`
      )
    const kind = members[name]!
    if (kind !== 'any' && value !== undefined) checkType(`${what}.${name}`, value, kind)
  }
}

function checkType(what: string, value: unknown, kind: Kind): void {
  const type = typeName(value)
  if (type !== kind)
    throw new VectorStoreError('REQUEST_ARGUMENT', `${what} is ${type}, wanted ${kind}`)
}

/** Errors REQUEST_ARGUMENT. */
export function checkIndex(name: unknown, fields?: unknown): void {
  checkType('name of an index', name, 'a string')
  if (fields !== undefined) checkType('fields', fields, 'an object')
}

/** Errors REQUEST_ARGUMENT. */
export function checkQuery(query: unknown): void {
  if (query !== undefined) checkType('query', query, 'an object')
}

/** Errors REQUEST_ARGUMENT, QUERY_LIMIT. */
export function checkSegments(maxSegments: unknown): void {
  checkType('maxSegments', maxSegments, 'a number')
  checkLeast('maxSegments', maxSegments as number, 1)
}

/** Errors REQUEST_ARGUMENT: documents that come in no order, and options that are none. */
export function checkPutMany(docs: unknown, options: unknown): void {
  const isMany =
    typeof docs === 'object' &&
    docs !== null &&
    !ArrayBuffer.isView(docs) &&
    (Symbol.iterator in docs || Symbol.asyncIterator in docs)
  if (!isMany)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `documents are ${typeName(docs)}, wanted an array or an iterable of pairs [id, document]`
    )
  checkMembers('putMany', options, putManyMembers)
}

/** Errors REQUEST_ARGUMENT: what a loop over `{ id, … }` gives. */
export function checkPair(pair: unknown): void {
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `an entry is ${typeName(pair)}${Array.isArray(pair) ? ` of ${pair.length}` : ''}, wanted a pair [id, document]`
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
  if (type !== 'an object')
    throw new VectorStoreError('DOC_PARSE', `document is ${type}, wanted an object`)
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
