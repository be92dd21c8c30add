/** `_msearch`: pairs of header and body lines, each answered on its own. */
import {
  illegalArgument,
  isObjectValue,
  printError,
  textOf,
  validationFailure
} from '../../dialect/index.ts'
import type { JsonObjectOut } from '../../dialect/index.ts'
import { bufferOf, loopSlice, parseJson } from '../../util/index.ts'
import type { LoopSlice } from '../../util/index.ts'
import { RequestBody, bodyMissing } from '../body.ts'
import { ndjsonLines } from '../ndjson.ts'
import { Parameters } from '../parameters.ts'
import { indicesOptions, reading, routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import {
  findPrepared,
  prepareSearch,
  printFound,
  searchAhead,
  shownOf,
  wholeOf
} from '../run-search.ts'
import type { FoundSearch, PreparedSearch, SearchCall } from '../run-search.ts'
import { targetsOf } from '../targets.ts'

/** Keys of a header line that are parameters of a search. */
const headerParameters = new Set([
  'search_type',
  'preference',
  'routing',
  'allow_partial_search_results',
  'ignore_unavailable',
  'expand_wildcards',
  'request_cache',
  'allow_no_indices',
  'ignore_throttled',
  'ccs_minimize_roundtrips'
])

/** Parameters of the URL that hold for every search. */
const shared = [
  'rest_total_hits_as_int',
  'include_named_queries_score',
  'ignore_unavailable',
  'allow_no_indices',
  'expand_wildcards',
  'search_type',
  'allow_partial_search_results'
]

export const multiSearchRoutes: readonly Route[] = reading(
  'bytes',
  routes(
    'GET,POST /_msearch /{index}/_msearch',
    `${indicesOptions} search_type routing allow_partial_search_results rest_total_hits_as_int typed_keys include_named_queries_score ccs_minimize_roundtrips max_concurrent_searches max_concurrent_shard_requests pre_filter_shard_size`,
    multiSearch
  )
)

type Line = Uint8Array | { readonly value: unknown }

/** Searches that are read, then run, then printed together: each of these has its code and data in the processor's caches. */
const togetherMax = 32

async function multiSearch(call: Call): Promise<Reply> {
  const started = performance.now()
  const lines = linesOf(call.body)
  const responses: unknown[] = []
  if (lines.length % 2 === 1)
    throw illegalArgument('a multi search needs a body line behind every header line')
  if (lines.length === 0) throw validationFailure(['no requests added'])
  const slice = loopSlice()
  for (let at = 0; at < lines.length; at += 2 * togetherMax) {
    const found: (FoundSearch | FailedSearch)[] = []
    for (const one of await prepareAll(call, lines.slice(at, at + 2 * togetherMax), slice)) {
      const done = one instanceof FailedSearch ? one : attemptWhole(one)
      found.push(done instanceof Promise ? await done : done)
      if (slice.due()) await slice.wait()
    }
    for (const one of found) responses.push(printOne(one))
  }
  return { body: { took: Math.floor(performance.now() - started), responses } }
}

/** A search that is over: the others go on. */
class FailedSearch {
  readonly answer: JsonObjectOut

  constructor(answer: JsonObjectOut) {
    this.answer = answer
  }
}

function attempt<T>(run: () => T): T | FailedSearch {
  try {
    return run()
  } catch (error) {
    const { body, status } = printError(error, (unexpected) => {
      throw unexpected
    })
    return new FailedSearch({ ...body, status })
  }
}

/** A promise where hits are still being read. */
function attemptWhole(
  prepared: PreparedSearch
): FoundSearch | FailedSearch | Promise<FoundSearch | FailedSearch> {
  const found = attempt(() => findPrepared(prepared))
  if (found instanceof FailedSearch || found.result.whole === undefined) return found
  return wholeOf(found).catch((error: unknown) =>
    attempt<FoundSearch>(() => {
      throw error
    })
  )
}

async function prepareAll(
  call: Call,
  lines: readonly Line[],
  slice: LoopSlice
): Promise<(PreparedSearch | FailedSearch)[]> {
  const prepared: (PreparedSearch | FailedSearch)[] = []
  const headers = new HeaderCalls(call)
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const header = headers.of(lines[at]!)
    const body = bodyOf(lines[at + 1]!)
    if (body.isLong) await body.readAhead('integer')
    const one = { ...header, body }
    const read = body.isLong ? await searchAhead(one) : one
    prepared.push(attempt(() => prepareSearch(read)))
    if (slice.due()) await slice.wait()
  }
  return prepared
}

function printOne(found: FoundSearch | FailedSearch): JsonObjectOut {
  if (found instanceof FailedSearch) return found.answer
  const answer = printFound(found)
  answer['status'] = 200
  return answer
}

function linesOf(body: RequestBody): Line[] {
  if (body.isEmpty) throw bodyMissing()
  if (body.bytes !== null) {
    const lines = [...ndjsonLines(body.bytes, 'msearch')]
    // A blank line is an empty header; blank lines at the end are nothing.
    while (lines.at(-1)?.length === 0) lines.pop()
    return lines
  }
  if (body.items === null)
    throw illegalArgument('a multi search that is a value must be an array of lines')
  return body.items.map((value) => (typeof value === 'string' ? Buffer.from(value) : { value }))
}

function valueOf(line: Line): unknown {
  if (!(line instanceof Uint8Array)) return line.value
  return line.length === 0 ? {} : parseJson(line)
}

type Header = { readonly index: string | null; readonly parameters: Record<string, string> }

/** Errors REQUEST_ARGUMENT. */
function headerOf(line: Line): Header {
  const value = valueOf(line)
  if (!isObjectValue(value)) throw illegalArgument('a header of a multi search must be an object')
  let index: string | null = null
  const parameters: Record<string, string> = {}
  for (const [key, member] of Object.entries(value)) {
    const text = Array.isArray(member) ? member.map(textOf).join(',') : textOf(member)
    if (key === 'index' || key === 'indices') index = text
    else if (headerParameters.has(key)) parameters[key] = text
    else throw illegalArgument(`key [${key}] is not supported in the metadata section`)
  }
  return { index, parameters }
}

function bodyOf(line: Line): RequestBody {
  return new RequestBody(line instanceof Uint8Array ? line : (line.value as object))
}

type HeaderCall = Omit<SearchCall, 'body'>

/** Searches that go together have few different headers, or one: each is read and its indices are found once. */
class HeaderCalls {
  readonly #call: Call
  readonly #byText = new Map<string, HeaderCall>()
  #last: { readonly bytes: Uint8Array; readonly header: HeaderCall } | null = null

  constructor(call: Call) {
    this.#call = call
  }

  /** Errors REQUEST_ARGUMENT. */
  of(line: Line): HeaderCall {
    if (!(line instanceof Uint8Array)) return headerCall(this.#call, line)
    const last = this.#last
    if (last !== null && areSame(last.bytes, line)) return last.header
    const text = bufferOf(line).toString('latin1')
    let header = this.#byText.get(text)
    if (header === undefined) {
      header = headerCall(this.#call, line)
      this.#byText.set(text, header)
    }
    this.#last = { bytes: line, header }
    return header
  }
}

/** Headers are short: a call out of JavaScript takes longer. */
function areSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/** Errors REQUEST_ARGUMENT. */
function headerCall(call: Call, line: Line): HeaderCall {
  const header = headerOf(line)
  const parameters: Record<string, string> = {}
  for (const name of shared) {
    const value = call.url.get(name)
    if (value !== undefined) parameters[name] = value
  }
  const url = new Parameters({ ...parameters, ...header.parameters })
  url.checkValues()
  const index = header.index ?? call.parts.get('index') ?? null
  const shown = shownOf(call.url.get('filter_path'), ['responses'])
  const { node, search, signal } = call
  let found: ReturnType<HeaderCall['targets']> | null = null
  const targets = (): ReturnType<HeaderCall['targets']> => (found ??= targetsOf(node, index, url))
  return { node, index, url, search, signal, shown, targets }
}
