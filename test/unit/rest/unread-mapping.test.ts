/**
 * Goal: an index whose stored metadata say what this version does not know fails alone. Method: the newest record of
 * one of two indices is written again with a sound checksum and other contents, as a newer version would leave it.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createHandler } from '../../../src/rest/handler.ts'
import {
  decodeRecord,
  encodeRecord,
  indexMetadataKey,
  indexMetadataRange,
  openStore
} from '../../../src/store/index.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'

type Json = Record<string, unknown>
type Ask = (method: string, path: string, body?: Json) => Promise<{ status: number; body: Json }>

async function ask(t: ExecutionContext, folder: string): Promise<[Ask, () => Promise<void>]> {
  const node = await openTestNode(t, folder)
  const handler = createHandler(node)
  const request: Ask = async (method, path, body) => {
    const answer = await handler.handle({ method, path, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, body: JSON.parse(String(answer.body)) as Json }
  }
  return [request, () => node.close()]
}

/** Both indices with a document and an alias; `change` rewrites the record of the second. */
async function withChanged(t: ExecutionContext, change: (record: Json) => Json): Promise<Ask> {
  const folder = await temporaryFolder(t)
  const [before, close] = await ask(t, folder)
  for (const name of ['good', 'newer']) {
    const properties = { tag: { type: 'keyword' } }
    await before('PUT', `/${name}`, { mappings: { properties }, aliases: { both: {} } })
    await before('PUT', `/${name}/_doc/1`, { tag: name })
  }
  await close()
  const store = await openStore(folder, { reserveFileBytes: 0 })
  const newest = await store.newest(indexMetadataRange(2))
  const record = decodeRecord(newest!.payload) as Json
  t.is(record['name'], 'newer')
  await store.commit([{ key: indexMetadataKey(2, 99), payload: encodeRecord(change(record)) }])
  await store.close()
  const [after] = await ask(t, folder)
  return after
}

const unknownType = JSON.stringify({ properties: { tag: { type: 'tensor_of_2031' } } })

const changes: Readonly<Record<string, (record: Json) => Json>> = {
  'a field type that is not known': (record) => ({
    ...record,
    mapping: { ...(record['mapping'] as Json), mapping: unknownType }
  }),
  'a mapping in another format': (record) => ({ ...record, mapping: { version: 2 } }),
  'a mapping that is no JSON': (record) => ({
    ...record,
    mapping: { ...(record['mapping'] as Json), mapping: '{' }
  }),
  'metadata of another shape': (record) => ({ ...record, settings: 7 })
}

for (const [what, change] of Object.entries(changes))
  test(`openNode: ${what} keeps one index red, the others serve`, async (t) => {
    const after = await withChanged(t, change)
    const good = await after('GET', '/good/_search')
    t.like(good.body, { hits: { total: { value: 1 } } })
    const written = await after('PUT', '/good/_doc/2', { tag: 'more' })
    t.is(written.status, 201)
    const health = await after('GET', '/_cluster/health/newer')
    t.is(health.body['status'], 'red')
    for (const [method, path, body] of [
      ['GET', '/newer/_search'],
      ['GET', '/newer/_doc/1'],
      ['PUT', '/newer/_doc/2', { tag: 'x' }],
      ['PUT', '/newer/_mapping', { properties: { other: { type: 'keyword' } } }],
      ['PUT', '/good,newer/_mapping', { properties: { other: { type: 'keyword' } } }]
    ] as const) {
      const answer = await after(method, path, body)
      t.is(answer.status, 500, `${method} ${path}`)
      t.regex(JSON.stringify(answer.body), /index \[newer\] cannot be read by this version/)
    }
    const mapping = await after('GET', '/good/_mapping')
    t.deepEqual(mapping.body, {
      good: { mappings: { properties: { tag: { type: 'keyword' } } } }
    })
    const both = await after('GET', '/*/_search')
    t.like(both.body, { hits: { total: { value: 2 } }, _shards: { failed: 1 } })
    // The name stays taken, and the index can be deleted.
    const taken = await after('PUT', '/newer', {})
    t.is(taken.status, 400)
    t.is((await after('DELETE', '/newer')).status, 200)
    t.is((await after('PUT', '/newer', {})).status, 200)
  })
