import fc from 'fast-check'
import test from 'ava'
import { RequestBody } from '../../../src/rest/body.ts'
import { bulkSlices, readBulk } from '../../../src/rest/bulk-items.ts'
import type { BulkItem } from '../../../src/rest/bulk-items.ts'
import { ndjsonLines } from '../../../src/rest/ndjson.ts'
import type { LoopSlice } from '../../../src/util/index.ts'

const defaults = { index: 'i', routing: null, requireAlias: false, fetch: null }
const read = (body: string | object): Promise<BulkItem[]> =>
  readBulk(new RequestBody(body), defaults)

test('ndjsonLines: lines end with \\n or \\r\\n, the last one too', (t) => {
  const lines = (text: string): string[] =>
    Array.from(ndjsonLines(Buffer.from(text), 'bulk'), (line) => Buffer.from(line).toString())
  t.deepEqual(lines('a\r\n\nb\n'), ['a', '', 'b'])
  t.throws(() => lines('a\nb'), {
    message: 'The bulk request must be terminated by a newline [\\n]'
  })
})

test('readBulk: blank lines between actions do not count, in numbers of lines they do', async (t) => {
  const items = await read('\n{"index":{"_id":"1"}}\r\n{"a":1}\r\n\n{"delete":{"_id":"2"}}\n')
  t.deepEqual(
    items.map(({ action, item }) => [action, item.id]),
    [
      ['index', '1'],
      ['delete', '2']
    ]
  )
  await t.throwsAsync(read('\n\n{"foo":{}}\n'), { message: /line \[3\]/ })
})

test('readBulk: a document is the bytes that came', async (t) => {
  const [only] = await read('{"index":{}}\n{ "a" : 1.50 }\n')
  t.true(
    only?.item.type === 'index' &&
      Buffer.from(only.item.body as Uint8Array).toString() === '{ "a" : 1.50 }'
  )
})

test('readBulk: lines may come as values, or as texts', async (t) => {
  const items = await read([{ index: { _id: '1' } }, { a: 1 }, '{"create":{"_id":"2"}}', '{"b":2}'])
  t.like(items[0]?.item, { type: 'index', opType: 'index', body: { a: 1 } })
  t.like(items[1]?.item, { type: 'index', opType: 'create' })
})

test('readBulk: an update is read with the numbers it has', async (t) => {
  const [only] = await read(
    '{"update":{"_id":"1","_source":true}}\n{"doc":{"a":1.0},"doc_as_upsert":true}\n'
  )
  t.like(only?.item, { type: 'update', docAsUpsert: true, returnSource: true, detectNoop: true })
  const doc = only?.item.type === 'update' ? only.item.doc : null
  t.is(doc instanceof Uint8Array ? Buffer.from(doc).toString() : null, '{"a":1.0}')
})

test('readBulk: all faults of a request are in one error, and nothing else is done', async (t) => {
  const body = '{"index":{}}\n{}\n{"update":{}}\n{"doc":{}}\n'
  await t.throwsAsync(readBulk(new RequestBody(body), { ...defaults, index: null }), {
    message: 'Validation Failed: 1: index is missing;2: index is missing;3: id is missing;'
  })
  await t.throwsAsync(read('{"update":{"_id":"1"}}\n{"dok":{}}\n'), {
    message: /unknown field \[dok\]/
  })
  await t.throwsAsync(read('\n'), { message: 'Validation Failed: 1: no requests added;' })
  await t.throwsAsync(read('{"index":{}}\n'), { message: /terminated by a newline/ })
})

test('bulkSlices: every item once, in order, and no slice grows beyond a megabyte and an item', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 20 }), { maxLength: 30 }), (sizes) => {
      const items = sizes.map((byteLength) => ({ byteLength }) as BulkItem)
      const slices = [...bulkSlices(items)]
      t.deepEqual(slices.flat(), items)
      for (const slice of slices)
        t.true(slice.slice(0, -1).reduce((sum, one) => sum + one.byteLength, 0) <= 2 ** 20)
    }),
    { seed: 20_261_121 }
  )
})

test('readBulk: the event loop gets its turn between any two lines when it is due', async (t) => {
  let askedCount = 0
  const slice: LoopSlice = {
    due: () => {
      askedCount += 1
      return false
    },
    wait: () => Promise.resolve(),
    restart: () => undefined
  }
  const lines = Array.from({ length: 5000 }, (_, at) => `{"index":{}}\n{"a":${at}}\n`)
  await readBulk(new RequestBody(lines.join('')), defaults, slice)
  t.is(askedCount, 10_000)
})

test('bulkSlices: no slice has more than two thousand items', async (t) => {
  const items = await read('{"delete":{"_id":"1"}}\n'.repeat(7001))
  const lengths = Array.from(bulkSlices(items), (slice) => slice.length)
  t.true(lengths.every((length) => length <= 2000))
  t.is(
    lengths.reduce((sum, length) => sum + length, 0),
    7001
  )
})
