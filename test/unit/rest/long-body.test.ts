/** Method: bodies that are read ahead in slices, beside the same ones that are read when they are asked for. */
import test from 'ava'
import { RequestBody } from '../../../src/rest/body.ts'
import type { BodyForm } from '../../../src/rest/body.ts'
import { readBulk } from '../../../src/rest/bulk-items.ts'
import type { WriteItem } from '../../../src/node/index.ts'
import { jsonAtOnceBytesMax, VectorStoreError } from '../../../src/util/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const readers: Readonly<Record<Exclude<BodyForm, 'bytes'>, (body: RequestBody) => unknown>> = {
  integer: (body) => [body.json(), body.requiredJson(), body.searchJson()],
  double: (body) => body.definition()
}

function told(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    return `${error.code} ${error.message}`
  }
}

const filler = JSON.stringify(Array.from({ length: jsonAtOnceBytesMax / 8 }, (_, at) => `key${at}`))

test('readAhead: gives what is read without it, and faults when they are asked for', async (t) => {
  const bodies = [
    `{"a":${filler},"b":[1.0,1e3,-0,9007199254740993]}`,
    `{"a":${filler},"b":`,
    `{"a":${filler},"a":1}`,
    `\ufeff{"a":${filler}}`
  ]
  for (const text of bodies)
    for (const form of ['integer', 'double'] as const) {
      const ahead = new RequestBody(text)
      t.true(ahead.isLong)
      await ahead.readAhead(form)
      const read = readers[form]
      t.deepEqual(
        told(() => read(ahead)),
        told(() => read(new RequestBody(text))),
        `${form} of ${text.slice(-40)}`
      )
    }
})

function docText(item: WriteItem): string {
  if (item.type !== 'update' || !(item.doc instanceof Uint8Array)) throw new Error(item.type)
  return Buffer.from(item.doc).toString()
}

test('readBulk: numbers of a long update are the text that came', async (t) => {
  const updates = [`{"doc":{"x":1.0,"a":${filler}}}`, '{"doc":{"x":1.0}}']
  const text = updates.map((line) => `{"update":{"_id":"1"}}\n${line}\n`).join('')
  const defaults = { index: 'i', routing: null, requireAlias: false, fetch: null }
  const items = await readBulk(new RequestBody(text), defaults)
  t.deepEqual(
    items.map(({ item }) => docText(item).slice(0, 8)),
    ['{"x":1.0', '{"x":1.0']
  )
})

test('handle: a long body of each kind is answered and refused as a short one', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const ask = async (method: string, path: string, text: string): Promise<string> => {
    const lines = path.endsWith('_msearch') || path.endsWith('_bulk')
    const headers = { 'content-type': lines ? 'application/x-ndjson' : 'application/json' }
    const { status, body } = await db.handle({ method, path, headers, body: Buffer.from(text) })
    return `${status} ${String(body).replaceAll(/"(?:took|_version|_seq_no)":\d+/g, '')}`
  }
  await ask('PUT', '/i', '{"mappings":{"properties":{"k":{"type":"keyword"}}}}')
  await ask('PUT', '/i/_doc/1', '{"k":"key1","x":1.0}')
  /** Blanks behind the value make any body long. */
  const blanks = ' '.repeat(jsonAtOnceBytesMax)
  const asked = [
    ['POST', '/i/_search', '{"query":{"terms":{"k":["key1"]}},"_source":false}'],
    ['POST', '/i/_search', '{"query":{"term":{"k":{"valeu":1}}}}'],
    ['POST', '/i/_search', '{"query":}'],
    ['POST', '/i/_mget', '{"ids":["1","2"]}'],
    ['POST', '/i/_update/1', '{"doc":{"x":1.0}}'],
    ['PUT', '/i/_mapping', '{"properties":{"y":{"type":"float"}}}'],
    ['PUT', '/i/_doc/2', '[1]'],
    ['PUT', '/i', '{}']
  ] as const
  for (const [method, path, text] of asked)
    t.is(await ask(method, path, `${text}${blanks}`), await ask(method, path, text), path)
  const line = '{"query":{"terms":{"k":["key1"]}},"_source":false}'
  t.is(
    await ask('POST', '/i/_msearch', `{}\n${line}${blanks}\n`),
    await ask('POST', '/i/_msearch', `{}\n${line}\n`)
  )
})

test('handle: long documents that add to the mapping at the same time lose nothing', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const ask = async (method: string, path: string, body: object): Promise<string> => {
    const { status, body: answer } = await db.handle({ method, path, body })
    t.true(status < 300, `${path}: ${String(answer)}`)
    return String(answer)
  }
  await ask('PUT', '/i', {})
  const put = async (name: string): Promise<string> => {
    const text = `{"${name}":${filler},"${name}2":1}`
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'PUT', path: `/i/_doc/${name}`, headers, body: Buffer.from(text) }
    return String((await db.handle(request)).body)
  }
  const names = ['a', 'b', 'c', 'd']
  await Promise.all([...names.map(put), ask('PUT', '/i/_doc/small', { small: 1 })])
  for (const name of names) {
    const query = { bool: { must: [{ exists: { field: name } }, { term: { [`${name}2`]: 1 } }] } }
    const found = JSON.parse(await ask('POST', '/i/_count', { query })) as { count: number }
    t.is(found.count, 1, name)
  }
})

test('handle: queries of more clauses than a tree may have are refused, wherever they stand', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const properties = { v: { type: 'dense_vector', dims: 2, similarity: 'l2_norm' } }
  await db.handle({ method: 'PUT', path: '/a', body: { mappings: { properties } } })
  await db.handle({ method: 'PUT', path: '/a/_doc/1', body: { v: [1, 2] } })
  const refused = async (path: string, body: unknown): Promise<void> => {
    const answer = await db.handle({ method: 'POST', path, body: JSON.stringify(body) })
    t.true(String(answer.body).includes('maxClauseCount is set to 4096'), path)
    t.is(answer.status, 400, path)
  }
  const words = (count: number): unknown[] =>
    Array.from({ length: count }, (_none, at) => ({ term: { v1: at } }))
  const knn = { field: 'v', query_vector: [1, 2], k: 1, num_candidates: 1 }
  const nested = Array.from({ length: 50 }, () => ({ bool: { must: words(100) } }))
  for (const should of [words(4_097), words(20_000), nested]) {
    const query = { bool: { should } }
    await refused('/a/_search', { query })
    await refused('/a/_search', { query: { dis_max: { queries: should } } })
    await refused('/a/_search', { post_filter: query })
    await refused('/a/_search', { knn: { ...knn, filter: should } })
    const rescore = { window_size: 10, query: { rescore_query: query } }
    await refused('/a/_search', { query: { match_all: {} }, rescore })
    await refused('/a/_count', { query })
    await refused('/a/_delete_by_query', { query })
  }
  const fits = JSON.stringify({ query: { bool: { should: words(4_096) } } })
  t.is((await db.handle({ method: 'POST', path: '/a/_search', body: fits })).status, 200)
})
