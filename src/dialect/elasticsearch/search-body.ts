/**
 * The body and URL of `_search` to a NodeSearch.
 *
 * Order of checks (Elasticsearch): the body from left to right, then what the URL overrides, then defaults of knn
 * sections (they need the size), then parts that contradict each other.
 */
import type { NodeSearch } from '../../node/index.ts'
import type { Query } from '../../query/index.ts'
import type { Steps } from '../../util/index.ts'
import { BodyNode, objectBody } from '../body-node.ts'
import { booleanOf, doubleOf, field, intOf, readObject, textOf } from '../body-values.ts'
import { timeValueMs } from '../time-value.ts'
import { illegalArgument, numberFormat, validationFailure } from '../wire-failure.ts'
import { applyUrlSource, readFieldList, readSource } from './fetch-spec.ts'
import type { UrlParameter } from './fetch-spec.ts'
import { completeKnnSection, readKnnSections } from './knn-section.ts'
import { parseClauses } from './clauses-ahead.ts'
import { parseQuery } from './query-parser.ts'
import { operatorOf, parseQueryString } from './query-parser-query-string.ts'
import type { QueryContext } from './query-context.ts'
import { checkFusionWindow, readRetriever } from './retriever.ts'
import type { RankFusion, Retriever } from './retriever.ts'
import { checkSearch, sortOf } from './search-checks.ts'
import { checkSearchType } from './search-type.ts'
import { SearchDraft, sizeDefault, trackedHitsDefault } from './search-draft.ts'
import type { PointInTimeBody } from './search-draft.ts'
import { readRescore } from './search-rescore.ts'
import { parseSort, parseUrlSort } from './search-sort.ts'

export type ParsedSearch = {
  readonly search: NodeSearch
  readonly pointInTime: PointInTimeBody | null
  /** Of a scroll that begins here. */
  readonly scrollKeepAliveMs: number | null
  /** Searches that are ranked together instead of `search`'s own query. */
  readonly fusion: RankFusion | null
}

/** Everything of a search that the surroundings know: fields of its indices. */
export type SearchContext = Pick<QueryContext, 'expandFields' | 'parsed'>

type MemberReader = (draft: SearchDraft, node: BodyNode, context: QueryContext) => void

const readers: Readonly<Record<string, MemberReader>> = {
  query: (draft, node, context) => {
    draft.search.query = parseQuery(node, context)
  },
  knn: (draft, node, context) => {
    draft.knn = readKnnSections(node, context)
  },
  post_filter: (draft, node, context) => {
    draft.search.postFilter = parseQuery(node, context)
  },
  from: (draft, node) => {
    draft.from = checkFrom(intOf(node.value))
  },
  size: (draft, node) => {
    draft.size = checkSize(intOf(node.value))
  },
  sort: (draft, node) => {
    draft.search.sort = parseSort(node)
  },
  search_after: (draft, node) => {
    draft.search.searchAfter = searchAfterOf(node)
  },
  min_score: (draft, node) => {
    draft.search.minScore = doubleOf(node.value)
  },
  track_total_hits: (draft, node) => {
    draft.search.trackTotalHits = trackTotalHitsOf(node.value)
  },
  track_scores: (draft, node) => {
    draft.search.trackScores = booleanOf(node.value)
  },
  rescore: (draft, node, context) => {
    draft.search.rescore = readRescore(node, context)
  },
  profile: (draft, node) => {
    draft.search.profile = booleanOf(node.value)
  },
  timeout: (draft, node) => {
    draft.search.timeoutMs = positive(timeValueMs(textOf(node.value), 'timeout'))
  },
  version: (draft, node) => {
    draft.fetch.version = booleanOf(node.value)
  },
  seq_no_primary_term: (draft, node) => {
    draft.fetch.seqNoPrimaryTerm = booleanOf(node.value)
  },
  _source: (draft, node) => {
    readSource(node, draft.fetch)
    draft.sourceAsked = draft.fetch.source !== false
  },
  fields: (draft, node) => {
    draft.fetch.fields = readFieldList(node, 'fields')
  },
  docvalue_fields: (draft, node) => {
    draft.fetch.docvalueFields = readFieldList(node, 'docvalue_fields')
  },
  stored_fields: (draft, node) => readStoredFields(draft, node),
  pit: (draft, node) => {
    draft.pointInTime = readPointInTime(node)
  },
  // Hints that change no answer of one node.
  stats: () => undefined,
  ext: () => undefined,
  explain: unbuiltUnless((value) => value === false),
  terminate_after: unbuiltUnless((value) => value === 0),
  indices_boost: unbuiltUnless(isEmptyValue),
  aggs: unbuiltUnless(isEmptyValue),
  aggregations: unbuiltUnless(isEmptyValue),
  highlight: unbuiltUnless(() => false),
  suggest: unbuiltUnless(isEmptyValue),
  script_fields: unbuiltUnless(isEmptyValue),
  runtime_mappings: unbuiltUnless(isEmptyValue),
  collapse: unbuiltUnless(() => false),
  slice: unbuiltUnless(() => false),
  retriever: (draft, node, context) => {
    draft.retriever = readRetriever(node, context)
  },
  rank: unbuiltUnless(() => false),
  sub_searches: unbuiltUnless(() => false)
}

/** Members whose value is an object or a list; all others are scalars. */
const structured = new Set(
  'query knn post_filter sort search_after rescore _source fields docvalue_fields stored_fields pit stats ext indices_boost aggs aggregations highlight suggest script_fields runtime_mappings collapse slice retriever rank sub_searches'.split(
    ' '
  )
)

/** A part of a request that is not built: an error, never an answer that ignores it. */
function unbuiltUnless(isIdle: (value: unknown) => boolean): MemberReader {
  return (_draft, node) => {
    if (!isIdle(node.value))
      throw illegalArgument(`[${String(node.step)}] of a search is not supported by this version`)
  }
}

function isEmptyValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/**
 * Source   Elasticsearch SearchSourceBuilder, RestSearchAction, SearchRequest.validate.
 * Errors   REQUEST_PARSE, REQUEST_FIELD, REQUEST_ARGUMENT, REQUEST_VALIDATION.
 *
 * @param body       The parsed body; null: none.
 * @param parameter  Reads the URL.
 */
export function parseSearch(
  body: unknown,
  parameter: UrlParameter,
  context: SearchContext
): ParsedSearch {
  const draft = new SearchDraft()
  const node = body === null || body === undefined ? null : objectBody(body)
  const queryContext = { ...context, requestSize: requestSizeOf(body, parameter) }
  if (node !== null) readBody(draft, node, queryContext)
  applyUrl(draft, parameter, queryContext)
  const { search } = draft
  search.from = draft.from ?? 0
  search.size = draft.size ?? sizeDefault
  search.knn = draft.knn.map((section) => completeKnnSection(section, search.size))
  if (draft.knn.length > 0 && parameter('search_type') !== undefined)
    throw illegalArgument(
      'cannot set [search_type] when using [knn] search, since the search type is determined automatically'
    )
  checkSearch(draft)
  const fusion = draft.retriever === null ? null : applyRetriever(draft, draft.retriever, parameter)
  const { pointInTime, scrollKeepAliveMs } = draft
  search.sort = sortOf(draft, search.sort)
  return { search, pointInTime, scrollKeepAliveMs, fusion }
}

/** Parses the clauses of a long body, in steps, for parseSearch. */
export function parseSearchClauses(
  body: unknown,
  parameter: UrlParameter,
  context: SearchContext
): Steps<SearchContext> {
  return parseClauses(body, { ...context, requestSize: requestSizeOf(body, parameter) })
}

/** A retriever stands where query, knn, sort … would; several of them stay apart. */
function applyRetriever(
  draft: SearchDraft,
  retriever: Retriever,
  parameter: UrlParameter
): RankFusion | null {
  const { search } = draft
  if (retriever.type === 'leaf') {
    Object.assign(search, retriever.leaf)
    return null
  }
  if (draft.scrollKeepAliveMs !== null)
    throw validationFailure(['cannot specify [rrf] and [scroll]'])
  if (parameter('allow_partial_search_results') === 'true')
    throw validationFailure(['cannot specify [rrf] and [allow_partial_search_results]'])
  if (draft.pointInTime !== null)
    throw illegalArgument('[pit] together with [rrf] is not supported by this version')
  checkFusionWindow(retriever.fusion, search.size)
  return retriever.fusion
}

/** A size that a query's default may build on: that of a page that holds anything; a wrong one is told by whoever owns it. */
function requestSizeOf(body: unknown, parameter: UrlParameter): number {
  const size = Number(parameter('size') ?? new BodyNode(body).member('size')?.value ?? sizeDefault)
  return Number.isInteger(size) && size > 0 ? size : sizeDefault
}

function readBody(draft: SearchDraft, node: BodyNode, context: QueryContext): void {
  for (const [key, member] of node.members()) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    const { token } = member
    const isStructured = token === 'START_OBJECT' || token === 'START_ARRAY'
    const isKnown = reader !== undefined && (!isStructured || structured.has(key))
    if (!isKnown || token === 'VALUE_NULL')
      throw member.parseFault(`Unknown key for a ${token} in [${key}].`)
    reader(draft, member, context)
  }
}

function readStoredFields(draft: SearchDraft, node: BodyNode): void {
  if (node.token !== 'VALUE_STRING' && node.token !== 'START_ARRAY')
    throw node.parseFault(
      `Expected [VALUE_STRING] or [START_ARRAY] in [stored_fields] but found [${node.token}]`
    )
  const names = node.elements().map((element) => textOf(element.value))
  if (names.includes('_none_')) {
    draft.storedFieldsOff = true
    draft.fetch.hidesIds = true
    return
  }
  draft.fetch.storedFields = names
  // `*` is sent together with _source by tools that mean "everything".
  if (names.some((name) => name !== '*' && name !== '_source' && name !== '_routing'))
    draft.fetch.source = false
}

function readPointInTime(node: BodyNode): PointInTimeBody {
  let id: string | null = null
  let keepAliveMs: number | null = null
  readObject(node, 'pit', {
    id: field.string((value) => {
      id = value
    }),
    keep_alive: field.string((value) => {
      keepAliveMs = timeValueMs(value, 'keep_alive')
    })
  })
  if (id === null) throw illegalArgument('point int time id is not provided')
  return { id, keepAliveMs }
}

function searchAfterOf(node: BodyNode): unknown[] {
  if (node.token !== 'START_ARRAY')
    throw node.parseFault(`Expected [START_ARRAY] in [search_after] but found [${node.token}]`)
  const values = node.elements().map((element) => {
    if (element.token === 'START_OBJECT' || element.token === 'START_ARRAY')
      throw element.parseFault(
        `Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [${element.token}] inside search_after.`
      )
    return element.value
  })
  if (values.length === 0) throw illegalArgument('Values must contains at least one value.')
  return values
}

function trackTotalHitsOf(value: unknown): boolean | number {
  if (typeof value === 'boolean' || value === 'true' || value === 'false') return booleanOf(value)
  const limit = intOf(value)
  if (limit === -1) return false
  if (limit < 0)
    throw illegalArgument(
      `[track_total_hits] parameter must be positive or equals to -1, got ${limit}`
    )
  return limit
}

/** An integer cannot say that there are more: the count must be exact, or not asked for. */
function integerTotal(tracked: boolean | number): boolean {
  if (tracked === trackedHitsDefault) return true
  if (typeof tracked === 'boolean') return tracked
  throw illegalArgument(
    `[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got ${tracked}`
  )
}

function checkFrom(from: number): number {
  if (from < 0) throw illegalArgument(`[from] parameter cannot be negative but was [${from}]`)
  return from
}

function checkSize(size: number): number {
  if (size < 0) throw illegalArgument(`[size] parameter cannot be negative, found [${size}]`)
  return size
}

function positive(ms: number): number | null {
  return ms > 0 ? ms : null
}

type UrlReader = (
  draft: SearchDraft,
  text: string,
  parameter: UrlParameter,
  context: QueryContext
) => void

const urlReaders: Readonly<Record<string, UrlReader>> = {
  q: ({ search }, text, parameter, context) => {
    search.query = urlQuery(text, parameter, context)
  },
  from: (draft, text) => {
    draft.from = checkFrom(urlInt('from', text))
  },
  size: (draft, text) => {
    draft.size = checkSize(urlInt('size', text))
  },
  sort: ({ search }, text) => {
    search.sort = parseUrlSort(text)
  },
  track_total_hits: ({ search }, text) => {
    search.trackTotalHits = trackTotalHitsOf(text === '' ? true : text)
  },
  track_scores: ({ search }, text) => {
    search.trackScores = urlBoolean(text)
  },
  version: ({ fetch }, text) => {
    fetch.version = urlBoolean(text)
  },
  seq_no_primary_term: ({ fetch }, text) => {
    fetch.seqNoPrimaryTerm = urlBoolean(text)
  },
  timeout: ({ search }, text) => {
    search.timeoutMs = positive(timeValueMs(text, 'timeout'))
  },
  docvalue_fields: ({ fetch }, text) => {
    fetch.docvalueFields = text.split(',').map((name) => ({ field: name, format: null }))
  },
  stored_fields: (draft, text) => readStoredFields(draft, new BodyNode(text.split(','))),
  explain: (_draft, text) => {
    if (urlBoolean(text)) throw illegalArgument('[explain] is not supported by this version')
  },
  terminate_after: (_draft, text) => {
    if (urlInt('terminate_after', text) !== 0)
      throw illegalArgument('[terminate_after] is not supported by this version')
  },
  search_type: (_draft, text) => checkSearchType(text),
  scroll: (draft, text) => {
    draft.scrollKeepAliveMs = timeValueMs(text, 'scroll')
  }
}

/** In the order in which faults are told. */
const urlReaderList: readonly (readonly [name: string, read: UrlReader])[] =
  Object.entries(urlReaders)

/** URL parameters beat the body. */
function applyUrl(draft: SearchDraft, parameter: UrlParameter, context: QueryContext): void {
  for (const [name, read] of urlReaderList) {
    const text = parameter(name)
    if (text !== undefined) read(draft, text, parameter, context)
  }
  const { search, fetch } = draft
  applyUrlSource(parameter, fetch)
  if (parameter('_source') !== undefined || typeof fetch.source === 'object')
    draft.sourceAsked = true
  const totalAsInt = parameter('rest_total_hits_as_int')
  if (totalAsInt !== undefined && urlBoolean(totalAsInt))
    search.trackTotalHits = integerTotal(search.trackTotalHits)
}

function urlBoolean(text: string): boolean {
  return booleanOf(text === '' ? 'true' : text)
}

function urlInt(name: string, text: string): number {
  if (/^[+-]?\d{1,10}$/.test(text)) return intOf(Number(text))
  throw illegalArgument(
    `Failed to parse int parameter [${name}] with value [${text}]`,
    numberFormat(text)
  )
}

/** `q`, with `df` and `default_operator`. */
export function urlQuery(text: string, parameter: UrlParameter, context: QueryContext): Query {
  const fieldName = parameter('df')
  const operator = operatorOf(parameter('default_operator') ?? 'or')
  const fields = fieldName === undefined ? ['*'] : [fieldName]
  return parseQueryString(text, { fields, operator }, context)
}
