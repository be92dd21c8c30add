/**
 * Goal: a red index fails alone, in whatever way several are searched: 200 with `_shards.failures`,
 * and whole where Elasticsearch does. Method: three indices on a simulated disk, one with
 * damaged metadata, so that it does not open; one with a damaged posting, which only a query finds.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createHandler } from '../../../src/rest/handler.ts'
import { indexMetadataKey, parseKey } from '../../../src/store/index.ts'
import { fill, options } from '../../support/node-requests.ts'
import { openOnDisk } from '../../support/simulated-node.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'

type Json = Record<string, unknown>
type Ask = (method: string, path: string, body?: Json) => Promise<{ status: number; body: Json }>

async function withRed(t: ExecutionContext): Promise<Ask> {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'good', 4)
  await fill(node, 'red', 3)
  await fill(node, 'torn', 5)
  await node.flush(node.resolve(['*'], options))
  const [red, torn] = ['red', 'torn'].map((name) => node.findIndex(name)!.metadata.number)
  disk.crash()
  disk.flipBit(indexMetadataKey(red ?? 0, 1), 200)
  for (const name of disk.entries.keys()) {
    const key = Buffer.from(name, 'hex')
    const parts = parseKey(key)
    if (parts?.kind === 'columns' && parts.index === torn) disk.flipBit(key, 400)
  }
  const handler = createHandler(await openOnDisk(t, disk))
  return async (method, path, body) => {
    const answer = await handler.handle({ method, path, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, body: JSON.parse(String(answer.body)) as Json }
  }
}

/** Failed indices of `_shards`, and that the counts add up. */
function failedOf(t: ExecutionContext, body: Json, total: number): string[] {
  const shards = body['_shards'] as Json
  const failures = (shards['failures'] ?? []) as { index: string }[]
  t.is(shards['total'], total)
  t.is(shards['failed'], failures.length)
  t.is(shards['successful'], total - failures.length)
  return failures.map(({ index }) => index).toSorted()
}

const ids = (body: Json): unknown[] =>
  (body['hits'] as { hits: { _id: string }[] }).hits.map(({ _id }) => _id)

const years = { range: { year: { gte: 2 } } }

test('_count: counts the others and tells what failed; all failed is an error', async (t) => {
  const ask = await withRed(t)
  const all = await ask('GET', '/good,red/_count')
  t.is(all.status, 200)
  t.is(all.body['count'], 4)
  t.deepEqual(failedOf(t, all.body, 2), ['red'])
  const some = await ask('POST', '/_all/_count', { query: years })
  t.is(some.status, 200)
  t.is(some.body['count'], 2)
  t.deepEqual(failedOf(t, some.body, 3), ['red', 'torn'])
  const none = await ask('GET', '/red/_count')
  t.is(none.status, 500)
  t.like(none.body, { error: { type: 'search_phase_execution_exception' } })
})

test('scroll: goes through the others, and the first page tells what failed', async (t) => {
  const ask = await withRed(t)
  const path = '/good,red/_search?scroll=10h'
  const first = await ask('POST', path, { size: 3, sort: ['_doc'] })
  t.is(first.status, 200)
  t.deepEqual(failedOf(t, first.body, 2), ['red'])
  const scroll = { scroll: '10h', scroll_id: first.body['_scroll_id'] }
  const second = await ask('POST', '/_search/scroll', scroll)
  t.deepEqual([...ids(first.body), ...ids(second.body)], ['0', '1', '2', '3'])
  t.deepEqual(failedOf(t, second.body, 1), [])
})

test('scroll: where a part is not wanted it fails whole and leaves nothing open', async (t) => {
  const ask = await withRed(t)
  const path = '/good,red/_search?scroll=10h&allow_partial_search_results=false'
  const { status, body } = await ask('POST', path, {})
  t.is(status, 500)
  t.like(body, { error: { type: 'search_phase_execution_exception' } })
  const closed = await ask('DELETE', '/_search/scroll/_all')
  t.is(closed.body['num_freed'], 0)
})

test('point in time: is refused with a red index, unless a part will do; then each search tells what is left out', async (t) => {
  const ask = await withRed(t)
  const refused = await ask('POST', '/good,red/_pit?keep_alive=10h')
  t.is(refused.status, 500)
  t.like(refused.body, { error: { type: 'search_phase_execution_exception' } })
  const partly = 'keep_alive=10h&allow_partial_search_results=true'
  const opened = await ask('POST', `/good,red,torn/_pit?${partly}`)
  t.is(opened.status, 200)
  t.deepEqual(failedOf(t, opened.body, 3), ['red'])
  const search = { pit: { id: opened.body['id'] } }
  const plain = await ask('POST', '/_search', search)
  t.is(ids(plain.body).length, 9)
  t.deepEqual(failedOf(t, plain.body, 3), ['red'])
  const ranged = await ask('POST', '/_search', { ...search, query: years })
  t.deepEqual(ids(ranged.body), ['2', '3'])
  t.deepEqual(failedOf(t, ranged.body, 3), ['red', 'torn'])
})

test('delete by query, rank fusion: do nothing by halves', async (t) => {
  const ask = await withRed(t)
  const removed = await ask('POST', '/good,torn/_delete_by_query', { query: years })
  t.is(removed.status, 500)
  const counted = await ask('GET', '/good/_count')
  t.is(counted.body['count'], 4)
  const rrf = { retrievers: [{ standard: { query: years } }, { standard: { query: years } }] }
  const fused = await ask('POST', '/good,red/_search', { retriever: { rrf } })
  t.is(fused.status, 500)
  t.like(fused.body, { error: { type: 'search_phase_execution_exception' } })
})
