/**
 * handle(): one request to one answer, the same for the socket, the in-process client, the tools and the tests.
 *
 * 1. method and path give the route;  2. media types are checked;  3. URL parameters are checked;  4. the route
 * answers;  5. filter_path, pretty, headers. Whatever is thrown on the way becomes the error envelope.
 */
import { randomUUID } from 'node:crypto'
import type { Node, NodeIndex } from '../node/index.ts'
import { illegalArgument, printError } from '../dialect/index.ts'
import type { SearchContext } from '../dialect/index.ts'
import { matchesWildcard } from '../util/index.ts'
import { RequestBody } from './body.ts'
import { selectionOf } from './filter-path.ts'
import type { Selection } from './filter-path.ts'
import { indentJson, writeJson } from './json-writer.ts'
import { isLong, writeLongJson } from './long-json.ts'
import { LongTurns, longTurnBytesMin } from './long-turns.ts'
import { checkContentType, checkVersionsAgree, responseType } from './media-type.ts'
import { Parameters } from './parameters.ts'
import type { Call, Reply, Route } from './route.ts'
import { Router } from './router.ts'
import { allRoutes } from './routes/index.ts'
import { targetsOf } from './targets.ts'
import type { HeaderMap, OnInternalError, RestRequest, RestResponse } from './types.ts'

export type RestHandler = {
  /** Never rejects: every failure is an answer. */
  handle(request: RestRequest): Promise<RestResponse>
  /** The answer to a failure that was found before the request got here (a socket's limits). */
  failure(
    error: unknown,
    request: { readonly headers?: HeaderMap; readonly path?: string }
  ): RestResponse
}

function writeInternalError(id: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`internal error [${id}] ${text}\n`)
}

/** Of requests that came through no socket: a Connection in this process does not look at it. */
const addressDefault = '127.0.0.1:9200'

const router = new Router(allRoutes)

/** Errors of the handler's answers are those of the dialect; handle itself never rejects. */
export function createHandler(
  node: Node,
  onInternalError: OnInternalError = writeInternalError
): RestHandler {
  const context = { node, onInternalError, longTurns: new LongTurns() }
  return {
    handle: (request) => answer(context, request),
    failure: (error, { headers = {} }) =>
      printFailure(onInternalError, error, null, inLowerCase(headers))
  }
}

type Context = {
  readonly node: Node
  readonly onInternalError: OnInternalError
  readonly longTurns: LongTurns
}

async function answer(context: Context, request: RestRequest): Promise<RestResponse> {
  const { node, onInternalError } = context
  if (!isRequest(request)) {
    const error = illegalArgument('a request is no object with a method and a path')
    return printFailure(onInternalError, error, null, {})
  }
  const headers = inLowerCase(request.headers ?? {})
  const [path, query] = splitQuery(request)
  const url = new Parameters(query)
  const uri = typeof query === 'string' && query !== '' ? `${path}?${query}` : path
  const method = request.method.toUpperCase()
  try {
    const { route, parts } = router.find(method, path, uri)
    const body = new RequestBody(request.body)
    checkBody(body, headers)
    const type = responseType(
      headerOf(headers, 'accept'),
      url.get('format'),
      route.isTable === true
    )
    url.checkKnown(path, route.parameters)
    const call: Call = {
      node,
      method,
      path,
      parts,
      url,
      body,
      isJson: type.isJson,
      search: fieldsOf(node, parts, url),
      address: addressOf(headers),
      signal: request.signal
    }
    const reply = await replyOf(route, call, context.longTurns)
    const draft = draftOf(method, url, headers, reply, type.contentType)
    const { value, selection, isPretty } = draft
    if (value === undefined || !isLong(value, selection)) return respond(draft)
    return { ...draft.head, body: await writeLongJson(value, { selection, isPretty }) }
  } catch (error) {
    return printFailure(onInternalError, error, { method, url }, headers)
  }
}

async function replyOf(route: Route, call: Call, longTurns: LongTurns): Promise<Reply> {
  const { body } = call
  const form = route.body ?? 'integer'
  if (!body.isLong || form === 'bytes') return route.handle(call)
  const work = async (): Promise<Reply> => {
    await body.readAhead(form)
    return route.handle(call)
  }
  return body.byteLength < longTurnBytesMin ? work() : longTurns.run(work)
}

/** Callers in JavaScript may pass anything. */
function isRequest(request: Partial<RestRequest> | null | undefined): request is RestRequest {
  return typeof request?.method === 'string' && typeof request.path === 'string'
}

function splitQuery(request: RestRequest): [string, string | Readonly<Record<string, string>>] {
  const mark = request.path.indexOf('?')
  if (mark < 0) return [request.path, request.query ?? '']
  return [request.path.slice(0, mark), request.query ?? request.path.slice(mark + 1)]
}

function checkBody(body: RequestBody, headers: HeaderMap): void {
  const contentType = headerOf(headers, 'content-type')
  checkContentType(contentType, !body.isEmpty)
  checkVersionsAgree(contentType, headerOf(headers, 'accept'), !body.isEmpty)
}

/** The same headers where no name has to change, as from a socket. The first of two that differ in case counts. */
function inLowerCase(headers: HeaderMap): HeaderMap {
  const names = Object.keys(headers)
  if (names.every((name) => name === name.toLowerCase())) return headers
  const result = Object.create(null) as Record<string, HeaderMap[string]>
  for (const name of names)
    if (!(name.toLowerCase() in result)) result[name.toLowerCase()] = headers[name]
  return result
}

/** @param headers  Names in lower case. */
function headerOf(headers: HeaderMap, name: string): string | undefined {
  if (!Object.hasOwn(headers, name)) return undefined
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : (value as string | undefined)
}

/** Not what is listened on: 0.0.0.0 and the inside of a container are addresses that no client reaches. */
function addressOf(headers: HeaderMap): string {
  const host = headerOf(headers, 'host') ?? addressDefault
  return /:\d+$/.test(host) ? host : `${host}:80`
}

/** Fields that a query over all fields means: searchable leaves of the indices of the request, once each. */
function fieldsOf(node: Node, parts: Call['parts'], url: Parameters): SearchContext {
  return {
    expandFields: (pattern, wordsOnly = false) => {
      const names = new Set<string>()
      for (const { index } of targetsOf(node, parts.get('index') ?? null, url))
        for (const field of index.mapping.fieldsMatching(pattern))
          if (isSearchable(field, wordsOnly)) names.add(field.name)
      return [...names].filter((name) => matchesWildcard(pattern, name))
    }
  }
}

type MappedField = ReturnType<NodeIndex['mapping']['fieldsMatching']>[number]

/** Patterns and phrases over all fields mean the fields that hold words. */
function isSearchable(field: MappedField, wordsOnly: boolean): boolean {
  if (field.info === null || field.vector !== null) return false
  const { postings, column } = field.info
  if (postings === 'none' && column === null) return false
  return !wordsOnly || field.typeName === 'text' || field.typeName === 'keyword'
}

type AnsweredCall = { readonly method: string; readonly url: Parameters }

function printFailure(
  onInternalError: OnInternalError,
  error: unknown,
  call: AnsweredCall | null,
  headers: HeaderMap
): RestResponse {
  const printed = printError(error, (unexpected) => {
    const id = randomUUID()
    onInternalError(id, unexpected)
    return id
  })
  const reply: Reply = { status: printed.status, body: printed.body, headers: printed.headers }
  const url = call?.url ?? new Parameters('')
  return respond(draftOf(call?.method ?? 'GET', url, headers, reply, failureType(headers)))
}

/** Errors are JSON whatever was asked for. */
function failureType(headers: HeaderMap): string {
  try {
    return responseType(headerOf(headers, 'accept'), undefined, false).contentType
  } catch {
    return 'application/json'
  }
}

/** An answer before it is printed. */
type Draft = {
  readonly head: Pick<RestResponse, 'status' | 'headers'>
  /** undefined: there is no body, or it is text. */
  readonly value: unknown
  readonly text: string | null
  /** What of the value is printed; null: all of it. */
  readonly selection: Selection | null
  readonly isPretty: boolean
}

function respond({ head, value, text, selection, isPretty }: Draft): RestResponse {
  if (value === undefined) return { ...head, body: text }
  const json = selection === null ? writeJson(value) : (selection.text(value) ?? '{}')
  return { ...head, body: isPretty ? `${indentJson(json)}\n` : json }
}

function draftOf(
  method: string,
  url: Parameters,
  requestHeaders: HeaderMap,
  reply: Reply,
  contentType: string
): Draft {
  const { status = 200 } = reply
  const opaqueId = headerOf(requestHeaders, 'x-opaque-id')
  const headers: Record<string, string> = {
    'x-elastic-product': 'Elasticsearch',
    ...(opaqueId === undefined ? {} : { 'x-opaque-id': opaqueId }),
    'content-type': contentType,
    ...reply.headers
  }
  const head = { status, headers }
  const pretty = url.get('pretty')
  const isPretty = pretty !== undefined && pretty !== 'false'
  const draft = { head, value: undefined, text: null, selection: null, isPretty }
  if (method === 'HEAD') return draft
  if (typeof reply.body === 'string') return { ...draft, text: reply.body }
  const paths = url.get('filter_path')
  if (paths === undefined || paths === '') return { ...draft, value: reply.body }
  return { ...draft, value: reply.body, selection: selectionOf(paths) }
}
