/** From a hit to what the caller sees: source, fields, document values. */
import type { SearchHit } from '../search/index.ts'
import { fetchFields } from './fetch-fields.ts'
import type { SourceFilter } from './source-json.ts'
import { filterSource, parseSource, printSource } from './source-json.ts'
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
  const { name } = index.metadata
  const { score, matched } = hit
  if (!needsStored(fetch) && !hit.segment.reader.hasRouting) {
    return {
      index: name,
      id: hit.segment.reader.idOf(hit.docId),
      routing: null,
      score,
      sort,
      source: null,
      fields: fetchFields(index, hit, () => hit.segment.reader.stored(hit.docId).source(), fetch),
      matched,
      version: null,
      seqNo: null
    }
  }
  const stored = hit.segment.reader.stored(hit.docId)
  let bytes: Uint8Array | null = null
  const source = (): Uint8Array => (bytes ??= stored.source())
  return {
    index: name,
    id: stored.id,
    routing: stored.routing,
    score,
    sort,
    source: fetchSource(index, source, fetch),
    fields: fetchFields(index, hit, source, fetch),
    matched,
    version: fetch.version ? stored.version : null,
    seqNo: fetch.seqNoPrimaryTerm ? stored.seqNo : null
  }
}

/** Something is asked for that lies in the stored document; ids and columns are found without it. */
function needsStored(fetch: FetchSpec): boolean {
  const { source, fields, storedFields = [], version, seqNoPrimaryTerm } = fetch
  return (
    source !== false || fields.length > 0 || storedFields.length > 0 || version || seqNoPrimaryTerm
  )
}
