/** Goal: what handle() does around its routes. Method: a node that is a stub. */
import test from 'ava'
import type { Node } from '../../../src/node/index.ts'
import { createHandler } from '../../../src/rest/handler.ts'
import type { RestResponse } from '../../../src/rest/types.ts'
import { AssertionFailure, VectorStoreError } from '../../../src/util/index.ts'
import { nodeInfo } from '../../support/node-info.ts'

function stub(parts: Partial<Node>): Node {
  return {
    info: nodeInfo,
    indices: () => [],
    findIndex: () => null,
    resolve: () => [],
    ...parts
  } as unknown as Node
}

const get = (node: Node, path: string): Promise<RestResponse> =>
  createHandler(node, () => undefined).handle({ method: 'GET', path })

test('handle: a failure nobody expected is 500 with an id that was reported', async (t) => {
  const reported: [string, unknown][] = []
  const failure = new AssertionFailure('ord < graph size')
  const node = stub({
    count: () => {
      throw failure
    }
  })
  const handler = createHandler(node, (id, error) => reported.push([id, error]))
  const answer = await handler.handle({ method: 'GET', path: '/_count' })
  t.is(answer.status, 500)
  t.is(reported.length, 1)
  t.is(reported[0]?.[1], failure)
  t.true(String(answer.body).includes(reported[0]?.[0] ?? 'nothing'))
  t.false(String(answer.body).includes('graph'))
})

test('handle: what is no request is a 400 too, it never rejects', async (t) => {
  const handler = createHandler(stub({}))
  for (const request of [undefined, null, '/_search', {}, { method: 'GET' }, { path: '/' }]) {
    const answer = await handler.handle(request as never)
    t.is(answer.status, 400)
    t.true(String(answer.body).includes('is no object with a method and a path'))
  }
})

test('handle: how long a body may be is for the socket to say, which may be told of more than the default', async (t) => {
  const node = stub({
    count: () => {
      throw new VectorStoreError('INDEX_ABSENT', 'enough')
    }
  })
  const body = Buffer.alloc(101 * 2 ** 20, ' ')
  body.write('{}')
  const answer = await createHandler(node).handle({ method: 'POST', path: '/_count', body })
  t.is(answer.status, 404)
})

test('handle: nesting of ten thousand is refused before it is parsed', async (t) => {
  const body = `{"query":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
  const answer = await createHandler(stub({})).handle({ method: 'POST', path: '/_search', body })
  t.is(answer.status, 400)
  t.regex(String(answer.body), /nesting depth \(1001\) exceeds the maximum allowed \(1000\)/)
})

test('handle: a body that is parsed already is taken as it is', async (t) => {
  const seen: unknown[] = []
  const node = stub({
    search: (_targets, search) => {
      seen.push(search.knn[0]?.vector)
      throw new VectorStoreError('INDEX_ABSENT', 'enough')
    }
  })
  const vector = new Float32Array([1, 2])
  const body = { knn: { field: 'v', query_vector: vector } }
  await createHandler(node).handle({ method: 'POST', path: '/_search', body })
  t.deepEqual(seen, [vector])
})

test('handle: pretty indents; a question mark in the path counts', async (t) => {
  const answer = await get(stub({}), '/_cluster/settings?pretty')
  t.is(answer.body, '{\n  "persistent" : { },\n  "transient" : { }\n}\n')
})

test('handle: unknown parameters are refused', async (t) => {
  const request = { method: 'GET', path: '/_cluster/settings', query: { mappings: '' } }
  t.is((await createHandler(stub({})).handle(request)).status, 400)
})

test('failure: limits of a socket are told in the same envelope', (t) => {
  const answer = createHandler(stub({})).failure(
    new VectorStoreError('REQUEST_FORBIDDEN', 'Host [x]'),
    {
      headers: { 'x-opaque-id': 'o' }
    }
  )
  t.is(answer.status, 403)
  t.is(answer.headers['x-opaque-id'], 'o')
  t.like(JSON.parse(String(answer.body)), { error: { type: 'security_exception' }, status: 403 })
})

test('handle: scripts that fail deep in a body are failures of the shards', async (t) => {
  const body = {
    query: { bool: { must: [{ script_score: { query: { match_all: {} }, script: '1 +' } }] } }
  }
  const answer = await createHandler(stub({})).handle({ method: 'POST', path: '/_search', body })
  t.like(JSON.parse(String(answer.body)), {
    error: { type: 'search_phase_execution_exception', root_cause: [{ type: 'script_exception' }] }
  })
})

test('handle: a full queue is a 429 of each item inside a 200, which clients repeat', async (t) => {
  const node = stub({
    write: async (items) =>
      items.map((item, at) => ({
        index: item.index,
        indexUuid: 'u',
        id: String(item.id),
        outcome:
          at === 0
            ? { ok: true, id: '1', result: 'created', version: 1, seqNo: 0, primaryTerm: 1 }
            : { ok: false, id: '2', error: new VectorStoreError('QUEUE_FULL', 'rejected') }
      }))
  })
  const body = '{"index":{"_id":"1"}}\n{}\n{"index":{"_id":"2"}}\n{}\n'
  const answer = await createHandler(node).handle({ method: 'POST', path: '/i/_bulk', body })
  t.is(answer.status, 200)
  t.like(JSON.parse(String(answer.body)), {
    errors: true,
    items: [
      { index: { status: 201 } },
      {
        index: {
          _id: '2',
          status: 429,
          error: { type: 'es_rejected_execution_exception', reason: 'rejected' }
        }
      }
    ]
  })
})

test('handle: a long bulk lets others have their turn', async (t) => {
  const sizes: number[] = []
  const node = stub({
    write: async (items) => {
      sizes.push(items.length)
      return items.map((item) => ({
        index: item.index,
        indexUuid: 'u',
        id: '1',
        outcome: { ok: true, id: '1', result: 'created', version: 1, seqNo: 0, primaryTerm: 1 }
      }))
    }
  })
  const line = `{"index":{}}\n{"a":"${'x'.repeat(100_000)}"}\n`
  // Turns of the event loop, not of the clock: a timer may not be due however often the loop goes round.
  let turns = 0
  let isTicking = true
  const tick = (): void => {
    turns += 1
    if (isTicking) setImmediate(tick)
  }
  setImmediate(tick)
  await createHandler(node).handle({ method: 'POST', path: '/i/_bulk', body: line.repeat(50) })
  isTicking = false
  t.is(
    sizes.reduce((sum, size) => sum + size),
    50
  )
  t.true(sizes.length >= 4, `slices ${sizes.join(', ')}`)
  t.true(turns >= sizes.length - 1, `turns ${turns}`)
})

test('handle: nothing that comes in makes it reject', async (t) => {
  const handler = createHandler(stub({}))
  const requests = [
    { method: '', path: '' },
    { method: 'GET', path: '/%' },
    { method: 'POST', path: '/_search', body: new Uint8Array([0xff, 0xfe]) },
    { method: 'POST', path: '/_msearch', body: '1\n2\n' },
    { method: 'POST', path: '/_bulk', body: 5 as unknown as object },
    { method: 'POST', path: '/_search', body: '[]' },
    { method: 'POST', path: '/_mget', body: 'null' },
    { method: 'DELETE', path: '/_pit', body: '"x"' },
    { method: 'POST', path: '/_aliases', body: '{"actions":[1]}' },
    { method: 'PUT', path: '/i', body: '[]' },
    { method: 'POST', path: '/_count', body: '[]' },
    { method: 'POST', path: '/i/_delete_by_query', body: '1' },
    { method: 'POST', path: '/_aliases', body: '[]' },
    { method: 'PUT', path: '/i', body: '{"settings":1,"mappings":1,"aliases":1}' }
  ]
  for (const request of requests) {
    const { status } = await handler.handle(request)
    t.true(status >= 400 && status < 500, JSON.stringify(request))
  }
})

test('nodes: clients are told the address that they asked, with a port', async (t) => {
  const handler = createHandler(stub({}))
  const told = async (headers: Record<string, string>): Promise<unknown> => {
    const path = '/_nodes/http?filter_path=nodes.*.http.publish_address,nodes.*.host'
    const { body } = await handler.handle({ method: 'GET', path, headers })
    return Object.values(JSON.parse(String(body)).nodes)
  }
  const node = (host: string, address: string): unknown => [
    { host, http: { publish_address: address } }
  ]
  t.deepEqual(await told({ host: 'db.local:9201' }), node('db.local', 'db.local:9201'))
  t.deepEqual(await told({ Host: '[::1]:9201' }), node('[::1]', '[::1]:9201'))
  t.deepEqual(await told({ host: 'db.local' }), node('db.local', 'db.local:80'))
  t.deepEqual(await told({}), node('127.0.0.1', '127.0.0.1:9200'))
})
