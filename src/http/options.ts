import { VectorStoreError } from '../util/index.ts'

export type HttpOptions = {
  /** @default 9200, Elasticsearch's port; 0 takes a free one. */
  readonly port?: number
  /** @default '127.0.0.1'. Anything but loopback needs `insecure: true`: there are no users and no TLS here. */
  readonly host?: string
  readonly insecure?: boolean
  /** Names beside loopback and `host` that a Host header may give, e.g. behind a proxy. @default [] */
  readonly allowedHosts?: readonly string[]
  /** Origins of web pages that may ask; all others get 403. @default [] */
  readonly allowedOrigins?: readonly string[]
  /** Bytes of a request body after decompression. @default 104_857_600 (100 MB, Elasticsearch's http.max_content_length) */
  readonly bodyBytesMax?: number
  /** Bytes of all request bodies held at once; what is beyond is refused with 429 before it is read. @default 268_435_456, or bodyBytesMax when that is more */
  readonly bodiesBytesMax?: number
  /** @default 60_000. Fastify's 0 would switch Node's own limit off. */
  readonly requestTimeoutMs?: number
  /** Connections served at once. @default 1_000 */
  readonly connectionsMax?: number
}

export type ResolvedHttpOptions = Readonly<Required<HttpOptions>>

const defaults: ResolvedHttpOptions = Object.freeze({
  port: 9200,
  host: '127.0.0.1',
  insecure: false,
  allowedHosts: [],
  allowedOrigins: [],
  bodyBytesMax: 100 * 2 ** 20,
  bodiesBytesMax: 256 * 2 ** 20,
  requestTimeoutMs: 60_000,
  connectionsMax: 1_000
})

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/** Errors   OPTION_INVALID, all faults in one. */
export function resolveHttpOptions(options: HttpOptions = {}): ResolvedHttpOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined))
  const bodiesBytesMax = Math.max(defaults.bodiesBytesMax, options.bodyBytesMax ?? 0)
  const resolved: ResolvedHttpOptions = { ...defaults, bodiesBytesMax, ...given }
  const faults: string[] = []
  for (const name of Object.keys(given)) if (!(name in defaults)) faults.push(`${name} is unknown`)
  if (!Number.isInteger(resolved.port) || resolved.port < 0 || resolved.port > 65_535)
    faults.push(`port is ${resolved.port}, wanted 0 to 65535`)
  for (const name of [
    'bodyBytesMax',
    'bodiesBytesMax',
    'requestTimeoutMs',
    'connectionsMax'
  ] as const)
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1)
      faults.push(`${name} is ${resolved[name]}, wanted 1 or more`)
  if (resolved.bodiesBytesMax < resolved.bodyBytesMax)
    faults.push(
      `bodiesBytesMax is ${resolved.bodiesBytesMax}, wanted at least bodyBytesMax (${resolved.bodyBytesMax})`
    )
  if (!loopback.has(resolved.host) && !resolved.insecure)
    faults.push(
      `host is ${resolved.host}: beyond loopback anyone on the network could read and delete everything; say insecure (--insecure) to allow it`
    )
  if (faults.length > 0)
    throw new VectorStoreError('OPTION_INVALID', `http options: ${faults.join('; ')}`)
  return Object.freeze(resolved)
}
