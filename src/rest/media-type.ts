/**
 * Media types of requests and answers.
 *
 * Source   Elasticsearch ParsedMediaType: an Accept that lists several types or any type counts as none; vendor types
 *          carry the version that the client speaks.
 */
import { PlainFailure, WireFailure, illegalArgument } from '../dialect/index.ts'

/** Majors that are served, the newest and the two before it. */
const versions = ['7', '8', '9']

type MediaType = {
  readonly name: string
  /** compatible-with of a vendor type, else null. */
  readonly version: string | null
  readonly parameters: ReadonlyMap<string, string>
}

/** Clients send the same few headers with every request: as many are kept, none of them longer than this. */
const keptMax = 200
const keptLengthMax = 200
const kept = new Map<string, MediaType | null>()

/** null for text that is no media type. */
function parseMediaType(text: string): MediaType | null {
  const known = kept.get(text)
  if (known !== undefined) return known
  const type = readMediaType(text)
  if (kept.size >= keptMax) kept.clear()
  if (text.length <= keptLengthMax) kept.set(text, type)
  return type
}

function readMediaType(text: string): MediaType | null {
  const [type = '', ...rest] = text.toLowerCase().split(';')
  const name = type.trim()
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+$|^\*\/\*$/.test(name)) return null
  const parameters = new Map<string, string>()
  for (const part of rest) {
    const [key = '', value = ''] = part.split('=')
    if (key.trim() !== '') parameters.set(key.trim(), value.trim().replaceAll('"', ''))
  }
  return { name, version: parameters.get('compatible-with') ?? null, parameters }
}

const requestTypes = new Set([
  'application/json',
  'application/x-ndjson',
  'application/x-json',
  'application/ndjson',
  'application/vnd.elasticsearch+json',
  'application/vnd.elasticsearch+x-ndjson',
  'application/vnd.opensearch+json'
])

/**
 * Refuses bodies of other types. A body without a type is JSON, as old clients send it.
 *
 * Errors   REQUEST_MEDIA_TYPE 406 (ARCHITECTURE.md R29: a page of another site can only send text/plain unasked),
 *          400 media_type_header_exception for a version that is not served.
 */
export function checkContentType(header: string | undefined, hasBody: boolean): void {
  if (header === undefined || header === '') return
  const type = parseMediaType(header)
  if (type === null || !requestTypes.has(type.name)) {
    if (!hasBody) return
    throw new PlainFailure(
      'REQUEST_MEDIA_TYPE',
      406,
      `Content-Type header [${header}] is not supported`
    )
  }
  checkVersion(type, header, 'Content-Type')
}

function checkVersion(type: MediaType, header: string, which: string): void {
  if (type.version === null || type.name.includes('opensearch') || versions.includes(type.version))
    return
  throw headerFailure(
    which,
    `${which} version must be either version 9 or 8, but found ${type.version}. ${which}=${header}`
  )
}

/**
 * A body in one version cannot be answered in another. A header that says no version goes with any.
 *
 * Errors   REQUEST_MEDIA_TYPE 400.
 */
export function checkVersionsAgree(
  contentType: string | undefined,
  accept: string | undefined,
  hasBody: boolean
): void {
  if (!hasBody || contentType === undefined || accept === undefined || accept.includes(',')) return
  const sent = parseMediaType(contentType)?.version ?? null
  const wanted = parseMediaType(accept)?.version ?? null
  if (sent === null || wanted === null || sent === wanted) return
  throw headerFailure(
    'Content-Type, Accept',
    `A compatible version is required on both Content-Type and Accept headers if either one has requested a compatible version and the compatible versions must match. Accept=${accept}, Content-Type=${contentType}`
  )
}

function headerFailure(headers: string, reason: string): WireFailure {
  return new WireFailure(
    'REQUEST_MEDIA_TYPE',
    { status: 400, type: 'media_type_header_exception' },
    `Invalid media-type value on headers [${headers}]`,
    {
      cause: new WireFailure(
        'REQUEST_MEDIA_TYPE',
        { status: 400, type: 'status_exception' },
        reason
      )
    }
  )
}

/** How an answer is written. */
export type ResponseType = {
  readonly contentType: string
  /** Tables as JSON instead of text. */
  readonly isJson: boolean
}

const textPlain = 'text/plain; charset=UTF-8'

/**
 * @param accept  Accept header; undefined: none.
 * @param format  `format` of the URL, which beats it.
 *
 * Errors   REQUEST_MEDIA_TYPE 406 for a type that is not served; REQUEST_ARGUMENT for an unknown format.
 */
export function responseType(
  accept: string | undefined,
  format: string | undefined,
  isTable: boolean
): ResponseType {
  if (format !== undefined && format !== '') return formatType(accept, format, isTable)
  const single = accept === undefined || accept.includes(',') ? null : parseMediaType(accept)
  const isAny = single === null || single.name.endsWith('/*')
  if (isTable && (isAny || single.name === 'text/plain'))
    return { contentType: textPlain, isJson: false }
  if (single !== null) checkVersion(single, accept ?? '', 'Accept')
  return { contentType: vendorType(accept) ?? 'application/json', isJson: true }
}

function formatType(accept: string | undefined, format: string, isTable: boolean): ResponseType {
  if (format !== 'json' && format !== 'text' && format !== 'txt')
    throw illegalArgument(`response format [${format}] is not supported, wanted [json] or [text]`)
  if (isTable && format !== 'json') return { contentType: textPlain, isJson: false }
  return { contentType: vendorType(accept) ?? 'application/json', isJson: true }
}

/** The vendor type that is asked for; clients 8 and 9 say "vendor type, text/plain". */
function vendorType(accept: string | undefined): string | null {
  const type = parseMediaType((accept ?? '').split(',')[0] ?? '')
  if (type?.version == null) return null
  const isOurs =
    type.name === 'application/vnd.elasticsearch+json' ||
    type.name === 'application/vnd.elasticsearch+x-ndjson'
  return isOurs ? `application/vnd.elasticsearch+json;compatible-with=${type.version}` : null
}
