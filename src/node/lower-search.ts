/** A search as a dialect parsed it, bound to one index: field names become fields, alias filters become conditions. */
import type { LowerContext, MappedField } from '../mapping/index.ts'
import { checkClauseCount, countClauses, leavesOf, mapChildren } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { noColumnText } from '../search/index.ts'
import type { SearchTarget, SortKey, SortValue } from '../search/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { NodeIndex, NodeSearch, ResolvedIndex, SortSpec } from './types.ts'

type KnnSection = NodeSearch['knn'][number]

/** One index of a search with the documents of its moment. */
export type PinnedIndex = ResolvedIndex & { readonly segments: readonly SegmentView[] }

/** Errors   QUERY_LIMIT, QUERY_SHARD, REQUEST_ARGUMENT (sort on a field without columns). */
export function lowerTarget(
  target: PinnedIndex,
  position: number,
  search: NodeSearch,
  lower: Lowering
): SearchTarget {
  const filter = target.aliasFilter
  const knn = search.knn.map((section) => {
    const lowered = lower(withPreFilter(section, filter))
    return lowered.type === 'knn' ? lowered : null
  })
  return {
    index: position,
    indexName: target.index.metadata.name,
    segments: target.segments,
    field: (name) => target.index.mapping.field(name),
    filter: filter === null ? null : lower(filter),
    query: search.query === null ? null : lower(withPreFilters(search.query, filter)),
    knn,
    postFilter: search.postFilter === null ? null : lower(search.postFilter),
    sort: search.sort.map((spec) => sortKey(target.index, spec)),
    rescore: search.rescore.map((rescore) => ({ ...rescore, query: lower(rescore.query) }))
  }
}

/** As Elasticsearch has it. */
const termsMaxDefault = 65_536

/** What lowering knows of an index beside its mapping. */
class IndexContext implements LowerContext {
  readonly indexName: string
  readonly allowUnmappedFields: boolean
  readonly #settings: ReadonlyMap<string, string>
  lowered: Map<Query, Query> | null = null
  #nowMs: number | null = null

  constructor({ metadata }: NodeIndex) {
    this.indexName = metadata.name
    this.#settings = metadata.settings
    this.allowUnmappedFields =
      metadata.settings.get('query.parse.allow_unmapped_fields') !== 'false'
  }

  get termsMax(): number {
    return Number(this.#settings.get('max_terms_count') ?? termsMaxDefault)
  }

  /** One moment for a whole query. Asked for by dates in words only: the clock costs as much as the rest of lowering. */
  get nowMs(): number {
    this.#nowMs ??= Date.now()
    return this.#nowMs
  }
}

/** A query with field names becomes one that an index can answer. Errors QUERY_LIMIT, QUERY_SHARD. */
export type Lowering = (query: Query) => Query

/** The mapping's lowering with this index's settings. */
export function lowering(index: NodeIndex): Lowering {
  return loweringIn(new IndexContext(index), index)
}

function loweringIn(context: IndexContext, { mapping }: NodeIndex): Lowering {
  return (query) => {
    checkClauseCount(query)
    return mapping.lower(query, context)
  }
}

/** What is lowered in one piece: some hundred microseconds, as a text of a clause is analysed. */
const clausesAtOnceMax = 64

/** Whether queries are better lowered in steps. */
export function haveManyClauses(queries: readonly Query[]): boolean {
  return queries.some((query) => countClauses(query, clausesAtOnceMax) > clausesAtOnceMax)
}

/**
 * A lowering that knows the clauses of some queries, which are lowered one by one, each in a step. What is wrong with one is told by
 * who lowers the whole.
 *
 * Errors   QUERY_LIMIT.
 */
export function* loweringAhead(index: NodeIndex, queries: readonly Query[]): Steps<Lowering> {
  const context = new IndexContext(index)
  const whole = loweringIn(context, index)
  const lowered = new Map<Query, Query>()
  context.lowered = lowered
  for (const query of queries) {
    checkClauseCount(query)
    for (const leaf of leavesOf(query)) {
      try {
        lowered.set(leaf, index.mapping.lower(leaf, context))
      } catch (error) {
        if (error instanceof VectorStoreError) return whole
        throw error
      }
      yield
    }
  }
  return whole
}

/** The queries of a search. */
export function queriesOf({ query, knn, postFilter, rescore }: NodeSearch): Query[] {
  const filters = knn.map(({ filter }) => filter)
  const rescored = rescore.map((one) => one.query)
  return [query, ...filters, postFilter, ...rescored].filter((one) => one !== null)
}

/** A condition of the target narrows the neighbours that are looked for, not those that were found. */
function withPreFilter(section: KnnSection, filter: Query | null): KnnSection {
  if (filter === null) return section
  const both: Query =
    section.filter === null
      ? filter
      : {
          type: 'bool',
          must: [],
          should: [],
          filter: [filter, section.filter],
          mustNot: [],
          minimumShouldMatch: null
        }
  return { ...section, filter: both }
}

function withPreFilters(query: Query, filter: Query | null): Query {
  if (filter === null) return query
  if (query.type === 'fieldKnn') return withPreFilter(query, filter)
  return mapChildren(query, (child) => withPreFilters(child, filter))
}

function sortKey(index: NodeIndex, spec: SortSpec): SortKey {
  if (spec.type !== 'field') return { type: spec.type, descending: spec.descending }
  return columnKey(index, spec)
}

type FieldSort = Extract<SortSpec, { type: 'field' }>

const needsNumbers: ReadonlySet<string | null> = new Set(['avg', 'sum', 'median'])

/** The mapping's field, or one of the type that the sort names for indices without it. */
function fieldOf({ mapping }: NodeIndex, { field: name, unmappedType }: FieldSort): MappedField {
  const field = mapping.field(name)
  if (field !== null) return field
  if (unmappedType === null)
    throw new VectorStoreError('QUERY_SHARD', `No mapping found for [${name}] in order to sort on`)
  return mapping.unmappedField(name, unmappedType)
}

function columnKey(index: NodeIndex, spec: FieldSort): SortKey {
  const field = fieldOf(index, spec)
  const { info, typeName } = field
  if (info === null || info.column === null)
    throw new VectorStoreError('REQUEST_ARGUMENT', unsortableText(field, index.metadata.name))
  if (typeName !== 'date' && spec.format !== null)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `[format] of a sort by a field of type [${typeName}] is not supported by this version`
    )
  if (info.column === 'keyword' && needsNumbers.has(spec.mode))
    throw new VectorStoreError(
      'QUERY_SHARD',
      'we only support AVG, MEDIAN and SUM on number based fields'
    )
  const missing =
    spec.missing === 'last' || spec.missing === 'first'
      ? spec.missing
      : (field.sortValue(spec.missing) ?? 'last')
  const mode = spec.mode ?? (spec.descending ? 'max' : 'min')
  return { type: 'column', field: info, descending: spec.descending, missing, mode }
}

function unsortableText(field: MappedField, index: string): string {
  const { name, typeName, vector } = field
  if (vector === null) return noColumnText(name, typeName, index)
  return `Field [${name}] of type [${typeName}] doesn't support sort`
}

/** search_after values as the columns compare them. Errors REQUEST_ARGUMENT (count or type). */
export function searchAfterValues(
  index: NodeIndex,
  search: NodeSearch
): readonly SortValue[] | null {
  if (search.searchAfter === null) return null
  if (search.searchAfter.length !== search.sort.length)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `search_after has ${search.searchAfter.length} value(s) but sort has ${search.sort.length}.`
    )
  return search.sort.map((spec, at) => {
    const value = search.searchAfter?.[at] ?? null
    if (spec.type !== 'field') return numeric(value, sortNames[spec.type])
    return value === null ? null : fieldOf(index, spec).sortValue(value)
  })
}

const sortNames = { score: '_score', doc: '_doc', shardDoc: '_shard_doc', seqNo: '_seq_no' }

function numeric(value: unknown, what: string): number {
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number))
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `Failed to parse search_after value for field [${what}], got [${String(value)}], wanted a number`
    )
  return number
}
