/** `_msearch`: pairs of header and body lines, each answered on its own. */
import {
  illegalArgument,
  isObjectValue,
  printError,
  textOf,
  validationFailure
} from '../../dialect/index.ts'
import { loopSlice, parseJson } from '../../util/index.ts'
import { RequestBody, bodyMissing } from '../body.ts'
import { ndjsonLines } from '../ndjson.ts'
import { Parameters } from '../parameters.ts'
import { routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { runSearch } from '../run-search.ts'
import { searchParameters } from './search.ts'

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

export const multiSearchRoutes: readonly Route[] = routes(
  'GET,POST /_msearch /{index}/_msearch',
  `${searchParameters} max_concurrent_searches`,
  multiSearch
)

type Line = { readonly bytes: Uint8Array } | { readonly value: unknown }

async function multiSearch(call: Call): Promise<Reply> {
  const started = performance.now()
  const lines = linesOf(call.body)
  const responses: unknown[] = []
  if (lines.length % 2 === 1)
    throw illegalArgument('a multi search needs a body line behind every header line')
  if (lines.length === 0) throw validationFailure(['no requests added'])
  const slice = loopSlice()
  for (let at = 0; at < lines.length; at += 2) {
    const [header, body] = [lines[at], lines[at + 1]]
    if (header === undefined || body === undefined) break
    responses.push(searchOne(call, headerOf(header), bodyOf(body)))
    if (slice.due()) await slice.wait()
  }
  return { body: { took: Math.floor(performance.now() - started), responses } }
}

function linesOf(body: RequestBody): Line[] {
  if (body.isEmpty) throw bodyMissing()
  if (body.bytes !== null) {
    const lines = Array.from(ndjsonLines(body.bytes, 'msearch'), (bytes) => ({ bytes }))
    // A blank line is an empty header; blank lines at the end are nothing.
    while (lines.at(-1)?.bytes.length === 0) lines.pop()
    return lines
  }
  if (body.items === null)
    throw illegalArgument('a multi search that is a value must be an array of lines')
  return body.items.map((value) =>
    typeof value === 'string' ? { bytes: Buffer.from(value) } : { value }
  )
}

function valueOf(line: Line): unknown {
  if (!('bytes' in line)) return line.value
  return line.bytes.length === 0 ? {} : parseJson(line.bytes)
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
  return new RequestBody('bytes' in line ? line.bytes : (line.value as object))
}

function searchOne(call: Call, header: Header, body: RequestBody): unknown {
  const parameters: Record<string, string> = {}
  for (const name of shared) {
    const value = call.url.get(name)
    if (value !== undefined) parameters[name] = value
  }
  const url = new Parameters({ ...parameters, ...header.parameters })
  const index = header.index ?? call.parts.get('index') ?? null
  try {
    const isFiltered = call.url.get('filter_path') !== undefined
    const { node, search } = call
    const answer = runSearch({ node, index, url, body, search, isFiltered })
    answer['status'] = 200
    return answer
  } catch (error) {
    const { body: printed, status } = printError(error, (unexpected) => {
      throw unexpected
    })
    return { ...printed, status }
  }
}
