/** A socket around handle(): limits, who may ask, compression. It knows no route and no product. */
import { constants as bufferConstants } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import compress from '@fastify/compress'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import type { RestHandler, RestResponse } from '../rest/index.ts'
import type { Cancellation } from '../util/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { BodyBudget } from './body-budget.ts'
import { createGate } from './gate.ts'
import type { HttpOptions, ResolvedHttpOptions } from './options.ts'
import { resolveHttpOptions } from './options.ts'
import { readBody } from './read-body.ts'
import { RequestTurns } from './request-turns.ts'

export type HttpServer = {
  readonly url: string
  readonly port: number
  /** Takes no more requests; resolves when those under way are answered. */
  close(): Promise<void>
  /** Ends connections whose requests are not answered. */
  cut(): void
}

/** Longest id is 512 bytes, escaped up to three times as long; client 9 sends paths up to 4096. */
const paramLengthMax = 8_192
const noParameters: Readonly<Record<string, string>> = {}
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
/** Below this a compressed answer saves nothing. */
const compressThresholdBytes = 4_096

/**
 * Serves a handler on a port.
 *
 * Errors   OPTION_INVALID; the error of listen (EADDRINUSE …) as it is.
 */
export async function serveHttp(
  handler: RestHandler,
  options: HttpOptions = {}
): Promise<HttpServer> {
  const resolved = resolveHttpOptions(options)
  const app = createApp(handler, resolved)
  await app.listen({ port: resolved.port, host: resolved.host })
  const { port } = app.server.address() as AddressInfo
  const host = resolved.host.includes(':') ? `[${resolved.host}]` : resolved.host
  return {
    url: `http://${host}:${port}`,
    port,
    close: () => app.close(),
    cut: () => app.server.closeAllConnections()
  }
}

function createApp(handler: RestHandler, options: ResolvedHttpOptions): FastifyInstance {
  const bodyBytesMax = Math.min(options.bodyBytesMax, bufferConstants.MAX_LENGTH)
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: options.requestTimeoutMs,
    connectionTimeout: 2 * options.requestTimeoutMs,
    keepAliveTimeout: 72_000,
    exposeHeadRoutes: false,
    // A path that is no URL; it reaches no hook.
    frameworkErrors: (error, request, reply) =>
      answerError(handler, error, request as FastifyRequest, reply as FastifyReply),
    forceCloseConnections: 'idle',
    // Parameters of the URL are read behind the handler.
    routerOptions: { maxParamLength: paramLengthMax, querystringParser: () => noParameters },
    http: { headersTimeout: 10_000, maxHeaderSize: 32_768 }
  })
  app.server.maxConnections = options.connectionsMax
  // Bodies are read by a hook of the route: content type parsers cost a third of what Fastify costs.
  for (const method of methods)
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  const gate = createGate(options)
  const bodies = new BodyBudget(options)
  // With a callback: a promise for each request would cost as much as what is checked.
  app.addHook('onRequest', (request, reply, done) => {
    try {
      gate(request.raw)
      bodies.take(request.raw, reply.raw)
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  })
  void app.register(compress, {
    // Answers are handed over where they are long enough, see `send`: its hook costs each of them the same.
    globalCompression: false,
    globalDecompression: true,
    threshold: compressThresholdBytes,
    encodings: ['gzip', 'deflate'],
    requestEncodings: ['gzip', 'deflate', 'identity']
  })
  app.setErrorHandler((error, request, reply) => answerError(handler, error, request, reply))
  const turns = new RequestTurns<FastifyReply>((reply) => void answer(handler, reply))
  void app.register(async (routes) => {
    routes.route({
      method: methods,
      url: '*',
      preParsing: (request, reply, payload, done) => {
        if (!hasBody(request)) {
          done(null, payload)
          return
        }
        readBody(request.headers, payload, bodyBytesMax, (error, body) => {
          // The rest of the body may still come.
          if (error !== null) reply.raw.setHeader('connection', 'close')
          request.body = body
          done(error, payload)
        })
      },
      handler: (_request, reply) => {
        turns.add(reply)
      }
    })
  })
  return app
}

function hasBody({ method, headers }: FastifyRequest): boolean {
  if (method === 'HEAD') return false
  const length = headers['content-length']
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0'
}

/** Aborted when the connection was closed before the answer. */
class ClientGone implements Cancellation {
  readonly reason = 'the client closed its connection'
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  get aborted(): boolean {
    return this.#response.destroyed
  }
}

async function answer(handler: RestHandler, reply: FastifyReply): Promise<void> {
  const { request } = reply
  const [path, query] = splitUrl(request.raw.url ?? '/')
  const body = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : null
  const { method, headers } = request
  const signal = new ClientGone(reply.raw)
  const response = await handler.handle({ method, path, query, headers, body, signal })
  try {
    send(reply, response)
  } catch (error) {
    // A header that HTTP does not take.
    answerError(handler, error, request, reply)
  }
}

function send(reply: FastifyReply, response: RestResponse): void {
  const { status, headers, body } = response
  // A character has at most three bytes in UTF-8.
  const isLong = body !== null && 3 * body.length >= compressThresholdBytes
  if (isLong && reply.request.headers['accept-encoding'] !== undefined)
    reply.code(status).headers(headers).compress(body)
  else write(reply, response)
}

/** Without Fastify, whose replies guess at types and lengths that are known here. */
function write(reply: FastifyReply, { status, headers, body }: RestResponse): void {
  reply.hijack()
  const { raw } = reply
  const head: string[] = []
  for (const name of Object.keys(headers)) head.push(name, headers[name] ?? '')
  if (body !== null) head.push('content-length', String(Buffer.byteLength(body)))
  else if (reply.request.method !== 'HEAD') head.push('content-length', '0')
  raw.writeHead(status, head)
  raw.end(body)
}

function splitUrl(url: string): [string, string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

/** Faults found before the handler had the request. */
function answerError(
  handler: RestHandler,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply
): void {
  const response = handler.failure(known(error), {
    headers: request.headers,
    path: splitUrl(request.raw.url ?? '/')[0]
  })
  send(reply, response)
}

function known(error: unknown): unknown {
  const code = (error as { code?: string }).code
  const status = (error as { statusCode?: number }).statusCode
  if (error instanceof VectorStoreError || code === undefined) return error
  if (code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new VectorStoreError(
      'REQUEST_SYNTAX',
      'the connection was closed before the answer was compressed',
      { cause: error }
    )
  if (status === 413)
    return new VectorStoreError(
      'REQUEST_SIZE',
      `the request body is too large: ${(error as Error).message}`
    )
  if (status === 415) return new VectorStoreError('REQUEST_MEDIA_TYPE', (error as Error).message)
  return status !== undefined && status < 500
    ? new VectorStoreError('REQUEST_SYNTAX', (error as Error).message, { cause: error })
    : error
}
