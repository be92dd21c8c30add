/**
 * Who may ask. A service on loopback is reachable by every web page in the user's browser (DNS rebinding, CSRF), so the
 * Host header must name us and a request that a page of another site made is refused.
 *
 * Source   ARCHITECTURE.md R29; CVE-2025-66414 is the known class.
 */
import type { IncomingMessage } from 'node:http'
import { VectorStoreError } from '../util/index.ts'
import type { ResolvedHttpOptions } from './options.ts'

export type Gate = (request: IncomingMessage) => void

/** Errors   REQUEST_FORBIDDEN, REQUEST_SYNTAX (no or two Host headers). */
export function createGate(options: ResolvedHttpOptions): Gate {
  const hosts = new Set([
    'localhost',
    '127.0.0.1',
    '[::1]',
    ...options.allowedHosts.map((host) => host.toLowerCase())
  ])
  hosts.add(options.host.includes(':') ? `[${options.host}]` : options.host.toLowerCase())
  const origins = new Set(options.allowedOrigins)
  return (request) => {
    checkHost(request, hosts)
    checkOrigin(request, origins, hosts)
  }
}

function checkHost(request: IncomingMessage, hosts: ReadonlySet<string>): void {
  const { rawHeaders } = request
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (isHost(rawHeaders[at]!)) count += 1
  if (count !== 1)
    throw new VectorStoreError('REQUEST_SYNTAX', `the request has ${count} Host headers, wanted 1`)
  const name = hostName(request.headers.host ?? '')
  if (!hosts.has(name))
    throw new VectorStoreError(
      'REQUEST_FORBIDDEN',
      `Host [${name}] is not served here; allow it with --allow-host ${name}`
    )
}

function isHost(header: string): boolean {
  return header.length === 4 && header.toLowerCase() === 'host'
}

function checkOrigin(
  request: IncomingMessage,
  origins: ReadonlySet<string>,
  hosts: ReadonlySet<string>
): void {
  const { origin } = request.headers
  if (origin !== undefined) {
    if (!origins.has(origin) && !isOurs(origin, hosts, request.headers.host ?? ''))
      throw new VectorStoreError(
        'REQUEST_FORBIDDEN',
        `Origin [${origin}] is not allowed; allow it with --allow-origin ${origin}`
      )
    return
  }
  if (request.headers['sec-fetch-site'] === 'cross-site')
    throw new VectorStoreError('REQUEST_FORBIDDEN', 'a page of another site made this request')
}

/** A page that this server itself gave out: same host and port. */
function isOurs(origin: string, hosts: ReadonlySet<string>, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  return hosts.has(hostName(url.host)) && url.host === host.toLowerCase()
}

/** Without the port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}
