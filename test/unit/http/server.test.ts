/**
 * Goal     the socket lets through what may come, whole and unchanged, and turns away the rest before any handler sees it.
 * Method   real sockets against a handler that answers with what it got; raw bytes where a client library would not send them.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import type { HttpOptions, HttpServer } from '../../../src/http/index.ts'
import { resolveHttpOptions, serveHttp } from '../../../src/http/index.ts'
import type { RestHandler } from '../../../src/rest/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { until } from '../../support/until.ts'

type Asked = {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}
type Answer = {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: Buffer
}

/** Answers with what reached it. */
const echo: RestHandler = {
  async handle({ method, path, query, body }) {
    const text =
      body === null || body === undefined ? null : Buffer.from(body as Uint8Array).toString()
    const answer = JSON.stringify({ method, path, query, body: text })
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: method === 'HEAD' ? null : answer
    }
  },
  failure(error) {
    const code = error instanceof VectorStoreError ? error.code : 'UNKNOWN'
    const statuses = {
      REQUEST_FORBIDDEN: 403,
      REQUEST_SIZE: 413,
      REQUEST_SYNTAX: 400,
      MEMORY_LIMIT: 429
    }
    const status = statuses[code as 'REQUEST_SIZE'] ?? 500
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code })
    }
  }
}

async function start(t: ExecutionContext, options: HttpOptions = {}): Promise<number> {
  const server = await serveHttp(echo, { port: 0, ...options })
  t.teardown(() => server.close())
  return server.port
}

function ask(port: number, asked: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        method: asked.method,
        path: asked.path,
        headers: { ...length(asked.body), ...asked.headers }
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts)
          })
        )
      }
    )
    sent.on('error', reject)
    sent.end(asked.body)
  })
}

/** Node does not frame the body of a GET by itself. */
function length(body: Buffer | string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
}

/** First line of the answer to raw bytes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  socket.on('data', (part) => (answer += part.toString()))
  await once(socket, 'close')
  return answer.split('\r\n')[0] ?? ''
}

const parsed = (answer: Answer): Record<string, unknown> =>
  JSON.parse(answer.body.toString()) as Record<string, unknown>

test('serveHttp: path, query and body reach the handler as they were sent, GET and DELETE bodies too', async (t) => {
  const port = await start(t)
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    const answer = await ask(port, {
      method,
      path: '/a%2Fb/_doc/%20x?q=1&r=%2C',
      body: '{"x":1}',
      headers: { 'content-type': 'application/json' }
    })
    t.deepEqual(parsed(answer), {
      method,
      path: '/a%2Fb/_doc/%20x',
      query: 'q=1&r=%2C',
      body: '{"x":1}'
    })
  }
  t.is((await ask(port, { method: 'HEAD', path: '/a' })).body.length, 0)
})

test('serveHttp: an empty body with a JSON content type and a body without a content type are no faults', async (t) => {
  const port = await start(t)
  const empty = await ask(port, {
    method: 'POST',
    path: '/_pit',
    headers: { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=9' }
  })
  t.is(parsed(empty)['body'], null)
  t.is(parsed(await ask(port, { method: 'POST', path: '/x', body: 'plain' }))['body'], 'plain')
})

test('serveHttp: an id of 512 escaped bytes fits the path', async (t) => {
  const path = `/i/_doc/${encodeURIComponent('ü'.repeat(256))}`
  t.is(parsed(await ask(await start(t), { method: 'GET', path }))['path'], path)
})

test('serveHttp: a path that is no URL is told as every other fault', async (t) => {
  const { status, body } = await ask(await start(t), { method: 'GET', path: '/%zz/_search' })
  t.is(status, 400)
  t.deepEqual(JSON.parse(body.toString()), { code: 'REQUEST_SYNTAX' })
})

test('serveHttp: gzip comes in unpacked and goes out when asked for', async (t) => {
  const port = await start(t)
  const body = JSON.stringify({ text: 'x'.repeat(20_000) })
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'accept-encoding': 'gzip'
  }
  const answer = await ask(port, { method: 'POST', path: '/', body: gzipSync(body), headers })
  t.is(answer.headers['content-encoding'], 'gzip')
  t.is((JSON.parse(gunzipSync(answer.body).toString()) as { body: string }).body, body)
})

test('serveHttp: a body above the limit is 413, unpacked size counted', async (t) => {
  const port = await start(t, { bodyBytesMax: 10_000 })
  const large = 'x'.repeat(20_000)
  t.is((await ask(port, { method: 'POST', path: '/', body: large })).status, 413)
  const packed = await ask(port, {
    method: 'POST',
    path: '/',
    body: gzipSync(large),
    headers: { 'content-encoding': 'gzip' }
  })
  t.is(packed.status, 413)
  t.is((await ask(port, { method: 'POST', path: '/', body: 'x'.repeat(9_000) })).status, 200)
})

test('serveHttp: only a Host that names this machine is served', async (t) => {
  const port = await start(t, { allowedHosts: ['vectors.test'] })
  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:9200', 'vectors.test'])
    t.is((await ask(port, { method: 'GET', path: '/', headers: { host } })).status, 200, host)
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:9200',
    '169.254.169.254'
  ])
    t.is((await ask(port, { method: 'GET', path: '/', headers: { host } })).status, 403, host)
})

test('serveHttp: two Host headers, or none in HTTP/1.1, are refused', async (t) => {
  const port = await start(t)
  t.regex(
    await raw(
      port,
      'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'
    ),
    / 400 /
  )
  t.regex(await raw(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), / 400 /)
  t.regex(
    await raw(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    / 200 /
  )
})

test('serveHttp: pages of other sites are refused, our own and allowed ones are not', async (t) => {
  const port = await start(t, { allowedOrigins: ['https://app.example'] })
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await ask(port, { method: 'POST', path: '/', headers, body: '{}' })).status
  t.is(await status({ origin: 'https://evil.example' }), 403)
  t.is(await status({ origin: 'null' }), 403)
  t.is(await status({ 'sec-fetch-site': 'cross-site' }), 403)
  t.is(await status({ origin: 'https://app.example' }), 200)
  t.is(await status({ origin: `http://127.0.0.1:${port}` }), 200)
  t.is(await status({ 'sec-fetch-site': 'same-origin' }), 200)
})

test('serveHttp: a refused request gives no header that lets a page read it', async (t) => {
  const port = await start(t)
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  const answer = await ask(port, { method: 'OPTIONS', path: '/', headers })
  t.is(answer.status, 403)
  t.is(answer.headers['access-control-allow-origin'], undefined)
})

test('serveHttp: smuggled and malformed requests are 400', async (t) => {
  const port = await start(t)
  for (const lines of [
    'Content-Length: 3\r\nTransfer-Encoding: chunked',
    'Content-Length: 3\r\nContent-Length: 4',
    'Transfer-Encoding: xchunked',
    'Content-Length : 3'
  ])
    t.regex(
      await raw(
        port,
        `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n\r\nabc`
      ),
      / 400 /,
      lines
    )
})

test('resolveHttpOptions: an address beyond loopback needs to be said twice', (t) => {
  t.throws(() => resolveHttpOptions({ host: '0.0.0.0' }), {
    code: 'OPTION_INVALID',
    message: /beyond loopback/
  })
  t.is(resolveHttpOptions({ host: '0.0.0.0', insecure: true }).host, '0.0.0.0')
  t.throws(() => resolveHttpOptions({ port: 70_000, bodyBytesMax: 0 }), {
    message: /port is 70000.*bodyBytesMax is 0/
  })
})

test('bodies: those of all requests together are bounded, and room comes back with each answer', async (t) => {
  const waiting: (() => void)[] = []
  const slow: RestHandler = {
    ...echo,
    async handle(given) {
      if (given.path === '/slow') await new Promise<void>((resolve) => waiting.push(resolve))
      return echo.handle(given)
    }
  }
  const server = await serveHttp(slow, { port: 0, bodyBytesMax: 1_000, bodiesBytesMax: 1_500 })
  t.teardown(() => server.close())
  const headers = { 'content-type': 'application/json' }
  const post = (path: string, bytes: number): Promise<Answer> =>
    ask(server.port, { method: 'POST', path, headers, body: Buffer.alloc(bytes, 32) })
  for (let round = 0; round < 3; round++) {
    const held = post('/slow', 1_000)
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    t.is((await post('/quick', 600)).status, 429)
    t.is((await post('/quick', 400)).status, 200)
    t.is((await ask(server.port, { method: 'GET', path: '/quick' })).status, 200)
    waiting.splice(0).forEach((resolve) => resolve())
    t.is((await held).status, 200)
    t.is((await post('/quick', 1_000)).status, 200)
  }
})

const half = (head: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n`),
    body.subarray(0, 12)
  ])
const halfBodies: readonly (readonly [string, Buffer])[] = [
  ['plain', half('Content-Length: 19', Buffer.from('0123456789abcdefghi'))],
  [
    'compressed',
    half('Content-Encoding: gzip\r\nContent-Length: 40', gzipSync('0123456789'.repeat(9)))
  ],
  ['without a length', half('Transfer-Encoding: chunked', Buffer.from('8\r\n01234567\r\n'))]
]
/** A server that keeps what it was told of failures. */
async function serveTold(
  t: ExecutionContext,
  handler: Pick<RestHandler, 'handle'> = echo
): Promise<{ server: HttpServer; failures: unknown[] }> {
  const failures: unknown[] = []
  const failure: typeof echo.failure = (error, given) => {
    failures.push(error)
    return echo.failure(error, given)
  }
  const server = await serveHttp({ ...handler, failure }, { port: 0 })
  t.teardown(() => server.close())
  return { server, failures }
}

for (const [kind, sent] of halfBodies)
  test(`serveHttp: a client that goes away in the middle of its body is no failure of ours: ${kind}`, async (t) => {
    const { server, failures } = await serveTold(t)
    // Again where a slow machine had not read the head yet.
    while (failures.length === 0) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(sent)
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.like(failures[0], { code: 'REQUEST_SYNTAX' })
    t.is((await ask(server.port, { method: 'GET', path: '/' })).status, 200)
  })

test('serveHttp: a body that is not what its encoding says is a fault of the request', async (t) => {
  const { server, failures } = await serveTold(t)
  const whole = gzipSync('0123456789'.repeat(99))
  for (const body of [Buffer.from('no gzip'), whole.subarray(0, whole.length - 9)]) {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' }
    await ask(server.port, { method: 'POST', path: '/', headers, body })
  }
  t.is(failures.length, 2)
  for (const failure of failures) t.like(failure, { code: 'REQUEST_SYNTAX' })
})

test('serveHttp: a client that goes away before a compressed answer is there is no failure of ours', async (t) => {
  const body = randomBytes(3_000_000).toString('base64')
  let leave = (): void => undefined
  const { server, failures } = await serveTold(t, {
    async handle() {
      leave()
      return { status: 200, headers: { 'content-type': 'application/json' }, body }
    }
  })
  while (failures.length === 0) {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      'POST / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
    )
    await new Promise<void>((resolve) => {
      leave = () => {
        socket.destroy()
        setTimeout(resolve, 50)
      }
    })
  }
  t.true(failures[0] instanceof VectorStoreError, String(failures[0]))
})

test('serveHttp: the handler is told of a client that does not wait for its answer', async (t) => {
  const signals: Parameters<RestHandler['handle']>[0]['signal'][] = []
  let endedCount = 0
  const server = await serveHttp(
    {
      ...echo,
      async handle(given) {
        if (given.path !== '/slow') return echo.handle(given)
        signals.push(given.signal)
        await until('the client is gone', () => given.signal?.aborted === true)
        endedCount++
        return echo.handle(given)
      }
    },
    { port: 0 }
  )
  t.teardown(() => server.close())
  const socket = connect(server.port, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until('the request is there', () => signals.length === 1)
  t.false(signals[0]?.aborted)
  socket.destroy()
  await until('the handler has ended', () => endedCount === 1)
  t.is((await ask(server.port, { method: 'GET', path: '/' })).status, 200)
})
