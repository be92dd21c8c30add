/** From a hit to what the caller sees: source, fields, document values. */
import type { MappedField } from '../mapping/index.ts'
import type { SearchHit } from '../search/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { noColumnText } from './lower-search.ts'
import type { SourceFilter, SourceObject } from './source-json.ts'
import {
  filterSource,
  isObject,
  parseSource,
  plainValue,
  printSource,
  valuesAt
} from './source-json.ts'
import type { FetchSpec, NodeHit, NodeIndex } from './types.ts'

/** `_source` of one document as the caller wants it; null when not wanted. Untouched bytes where nothing is left out. */
export function fetchSource(
  index: NodeIndex,
  source: () => Uint8Array,
  fetch: FetchSpec
): Uint8Array | null {
  if (fetch.source === false) return null
  const filter = sourceFilter(index, fetch)
  if (filter === null) return source()
  return printSource(filterSource(parseSource(source()), filter))
}

function sourceFilter(index: NodeIndex, fetch: FetchSpec): SourceFilter | null {
  const wanted: SourceFilter =
    typeof fetch.source === 'object' ? fetch.source : { includes: [], excludes: [] }
  const setting = index.metadata.settings.get('mapping.exclude_source_vectors') === 'true'
  const vectors = (fetch.excludeVectors ?? setting) ? vectorFieldNames(index) : []
  if (wanted.includes.length === 0 && wanted.excludes.length === 0 && vectors.length === 0)
    return null
  return { includes: wanted.includes, excludes: [...wanted.excludes, ...vectors] }
}

function vectorFieldNames(index: NodeIndex): string[] {
  return index.mapping
    .fieldsMatching('*')
    .filter((field) => field.vector !== null)
    .map((field) => field.name)
}

export function fetchHit(
  index: NodeIndex,
  hit: SearchHit,
  sort: NodeHit['sort'],
  fetch: FetchSpec
): NodeHit {
  const common = { index: index.metadata.name, score: hit.score, sort, matched: hit.matched }
  if (wantsOnlyIds(fetch) && !hit.segment.reader.hasRouting) {
    const id = hit.segment.reader.idOf(hit.docId)
    return { ...common, id, routing: null, source: null, fields: null, version: null, seqNo: null }
  }
  const stored = hit.stored()
  let bytes: Uint8Array | null = null
  const source = (): Uint8Array => (bytes ??= stored.source())
  return {
    ...common,
    id: stored.id,
    routing: stored.routing,
    source: fetchSource(index, source, fetch),
    fields: fetchFields(index, hit, source, fetch),
    version: fetch.version ? stored.version : null,
    seqNo: fetch.seqNoPrimaryTerm ? stored.seqNo : null
  }
}

/** Nothing that lies in the stored document is asked for; the id is found without it. */
function wantsOnlyIds(fetch: FetchSpec): boolean {
  const { source, fields, docvalueFields, version, seqNoPrimaryTerm } = fetch
  return (
    source === false &&
    fields.length === 0 &&
    docvalueFields.length === 0 &&
    !version &&
    !seqNoPrimaryTerm
  )
}

function fetchFields(
  index: NodeIndex,
  hit: SearchHit,
  source: () => Uint8Array,
  fetch: FetchSpec
): ReadonlyMap<string, readonly unknown[]> | null {
  if (fetch.fields.length === 0 && fetch.docvalueFields.length === 0) return null
  const found = new Map<string, readonly unknown[]>()
  if (fetch.fields.length > 0) {
    const parsed = parseSource(source())
    for (const { field: pattern, format } of fetch.fields)
      for (const [name, field] of index.mapping.namesMatching(pattern)) {
        const values = sourceValues(index, field, parsed, format)
        if (values.length > 0) found.set(name, values)
      }
  }
  for (const { field: pattern, format } of fetch.docvalueFields)
    for (const [name, field] of index.mapping.namesMatching(pattern)) {
      const values = columnValues(index, field, hit, format)
      if (values.length > 0) found.set(name, values)
    }
  return found
}

/** Values from the source; a multi-field reads its parent's value. */
function sourceValues(
  index: NodeIndex,
  field: MappedField,
  source: SourceObject,
  format: string | null
): unknown[] {
  let values = valuesAt(source, field.name)
  const dot = field.name.lastIndexOf('.')
  if (values.length === 0 && dot > 0 && index.mapping.field(field.name.slice(0, dot)) !== null)
    values = valuesAt(source, field.name.slice(0, dot))
  const whole = field.vector !== null
  return values
    .flatMap((value) => (Array.isArray(value) && !whole ? value : [value]))
    .filter((value) => value !== null && !(isObject(value) && !whole))
    .flatMap((value) => field.fetchValues(plainValue(value), format))
}

function columnValues(
  index: NodeIndex,
  field: MappedField,
  hit: SearchHit,
  format: string | null
): unknown[] {
  const { info } = field
  const { reader } = hit.segment
  if (info === null) return []
  if (field.vector !== null) {
    const vectors = reader.vectors(info.number)
    const ord = vectors === null ? -1 : vectors.ordOf(hit.docId)
    return vectors === null || ord < 0
      ? []
      : [...field.fetchValues(vectors.index.vectorAt(ord), format ?? 'array')]
  }
  if (info.column === null)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      noColumnText(field.name, field.typeName, index.metadata.name)
    )
  const column = reader.column(info.number)
  if (column === null) return []
  const count = column.count(hit.docId)
  return Array.from({ length: count }, (_, at) => field.columnValue(column, hit.docId, at, format))
}
