/** Goal: searches of `_msearch` answer each in its place, however they are grouped. Method: a node that answers how many hits were asked for. */
import test from 'ava'
import type { Node, NodeSearchResult } from '../../../src/node/index.ts'
import { createHandler } from '../../../src/rest/handler.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { nodeInfo } from '../../support/node-info.ts'

type Seen = { resolved: string[] }

function stub(seen: Seen): Node {
  const parts: Partial<Node> = {
    info: nodeInfo,
    indices: () => [],
    findIndex: () => null,
    resolve: ([name = '']) => {
      seen.resolved.push(name)
      if (name === 'absent') throw new VectorStoreError('INDEX_ABSENT', 'no such index [absent]')
      return []
    },
    search: (_targets, { size }): NodeSearchResult => ({
      tookMs: 0,
      timedOut: false,
      hits: [],
      total: { value: size, relation: 'eq' },
      maxScore: null,
      indexCount: 0,
      failures: [],
      profile: []
    })
  }
  return parts as Node
}

type Response = {
  readonly status: number
  readonly hits?: { readonly total: { readonly value: number } }
  readonly error?: { readonly reason: string }
}

async function ask(node: Node, lines: readonly string[]): Promise<readonly Response[]> {
  const { body } = await createHandler(node).handle({
    method: 'POST',
    path: '/_msearch',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`
  })
  return (JSON.parse(String(body)) as { responses: Response[] }).responses
}

test('_msearch: each of many searches is answered in its place, and the wrong ones alone fail', async (t) => {
  const seen: Seen = { resolved: [] }
  const lines: string[] = []
  for (let at = 0; at < 200; at++) {
    const index = at % 5 === 0 ? 'absent' : `i${at % 2}`
    lines.push(
      JSON.stringify({ index }),
      JSON.stringify(at % 7 === 0 ? { sise: at } : { size: at })
    )
  }
  const responses = await ask(stub(seen), lines)
  t.is(responses.length, 200)
  for (const [at, { status, hits, error }] of responses.entries()) {
    if (at % 7 === 0) t.deepEqual([status, hits], [400, undefined], `search ${at}`)
    else if (at % 5 === 0) t.is(error?.reason, 'no such index [absent]', `search ${at}`)
    else t.deepEqual([status, hits?.total.value], [200, at], `search ${at}`)
  }
})

test('_msearch: what equal headers name is looked up once for searches that go together', async (t) => {
  const seen: Seen = { resolved: [] }
  const lines = Array.from({ length: 20 }, (_, at) => [`{"index":"i${at % 2}"}`, '{}']).flat()
  t.true((await ask(stub(seen), lines)).every(({ status }) => status === 200))
  t.deepEqual(seen.resolved, ['i0', 'i1'])
})

test('_msearch: headers of the same length one behind the other are told apart', async (t) => {
  const seen: Seen = { resolved: [] }
  const names = ['absent', 'exists', 'absent', 'exists', 'exists', 'absent']
  const lines = names.flatMap((index) => [JSON.stringify({ index }), '{}'])
  const responses = await ask(stub(seen), lines)
  t.deepEqual(
    responses.map(({ status }) => status),
    [404, 200, 404, 200, 200, 404]
  )
})
