/**
 * The official Elasticsearch client in this process: a Connection that hands requests to handle() instead of a socket.
 *
 *   const client = new Client(embedded(database))
 *
 * Source   the contract of BaseConnection in @elastic/transport 8 and 9.
 */
import { Readable } from 'node:stream'
import type { ClientOptions } from '@elastic/elasticsearch'
import { BaseConnection, errors } from '@elastic/elasticsearch'
import type { RestHandler, RestResponse } from '../rest/index.ts'

type RequestParams = Parameters<BaseConnection['request']>[0]
type RequestOptions = {
  readonly signal?: AbortSignal
  readonly timeout?: number | null
  readonly asStream?: boolean
}

/**
 * Client options that make it talk to an open database; spread more options behind them. No port is opened.
 *
 * Errors of the client: RequestAbortedError, TimeoutError and ResponseError as over HTTP.
 */
export function embedded(
  database: Pick<RestHandler, 'handle'>
): Pick<ClientOptions, 'node' | 'Connection'> {
  return { node: 'http://embedded', Connection: connectionTo(database) }
}

/** The Connection class alone, for those who build the options themselves. */
export function connectionTo(database: Pick<RestHandler, 'handle'>): typeof BaseConnection {
  class EmbeddedConnection extends BaseConnection {
    override async request(params: RequestParams, options: RequestOptions): Promise<never> {
      const response = await interruptible(ask(database, this.headers, params), options)
      return answerOf(response, options) as never
    }

    override async close(): Promise<void> {}
  }
  return EmbeddedConnection
}

async function ask(
  database: Pick<RestHandler, 'handle'>,
  own: BaseConnection['headers'],
  params: RequestParams
): Promise<RestResponse> {
  return database.handle({
    method: params.method,
    path: params.path,
    query: params.querystring ?? '',
    headers: { ...own, ...params.headers },
    body: await bodyOf(params.body)
  })
}

async function bodyOf(body: unknown): Promise<Uint8Array | string | null> {
  if (body === undefined || body === null || body === '') return null
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  const parts: Buffer[] = []
  for await (const part of body as AsyncIterable<Buffer | string>) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

/** Rejects with the client's own errors when the caller gives up or the time is over. */
async function interruptible<T>(job: Promise<T>, options: RequestOptions): Promise<T> {
  const { signal, timeout } = options
  if (signal?.aborted === true) throw new errors.RequestAbortedError('Request aborted')
  if (signal === undefined && (timeout === undefined || timeout === null)) return job
  let timer: NodeJS.Timeout | undefined
  let abort: (() => void) | undefined
  const interrupted = new Promise<never>((_resolve, reject) => {
    if (timeout !== undefined && timeout !== null)
      timer = setTimeout(() => reject(new errors.TimeoutError('Request timed out')), timeout)
    abort = () => reject(new errors.RequestAbortedError('Request aborted'))
    signal?.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([job, interrupted])
  } finally {
    clearTimeout(timer)
    if (abort !== undefined) signal?.removeEventListener('abort', abort)
  }
}

function answerOf(response: RestResponse, options: RequestOptions): unknown {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value])
  )
  const { body } = response
  const text =
    typeof body === 'string'
      ? body
      : body === null
        ? ''
        : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  return {
    statusCode: response.status,
    headers,
    body: options.asStream === true ? Readable.from([Buffer.from(text)]) : text
  }
}
