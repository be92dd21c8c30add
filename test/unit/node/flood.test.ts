/** More writes than may wait for a flush: refused one by one with 429, and taken again when the flush has made room. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Node } from '../../../src/node/index.ts'
import { openRest } from '../../../src/rest/index.ts'
import type { VectorStoreError } from '../../../src/util/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'
import { until } from '../../support/until.ts'

type BulkAnswer = {
  readonly errors: boolean
  readonly items: readonly {
    readonly index: {
      readonly _id: string
      readonly status: number
      readonly error?: { readonly type: string; readonly reason: string }
    }
  }[]
}

/** A row of 8.4 KB: a page of 16 KiB holds one, so that buffers take about twice what the rows have. */
const dims = 2_100
const bulkCount = 15
const documentsPerBulk = 60

function bulkOf(numbers: readonly number[]): Buffer {
  const lines: string[] = []
  for (const at of numbers) {
    const v = Array.from({ length: dims }, (_, d) => ((at * 31 + d * 17) % 97) / 97 + 0.25)
    lines.push(
      JSON.stringify({ index: { _index: 'flood', _id: String(at) } }),
      JSON.stringify({ at, v })
    )
  }
  return Buffer.from(`${lines.join('\n')}\n`)
}

test('bulk: a flood beyond pendingBytesMax is refused item by item, and what was acknowledged is there', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t), {
    cacheBytes: 32 << 20,
    flushBytes: 4 << 20,
    pendingBytesMax: 8 << 20
  })
  const call = async (
    method: string,
    path: string,
    body: unknown
  ): Promise<{ status: number; body: unknown }> => {
    const response = await db.handle({
      method,
      path,
      query: '',
      headers: {
        'content-type': Buffer.isBuffer(body) ? 'application/x-ndjson' : 'application/json'
      },
      body: Buffer.isBuffer(body) ? body : body === null ? null : Buffer.from(JSON.stringify(body))
    })
    const { status } = response
    return { status, body: JSON.parse(String(response.body)) as unknown }
  }
  const properties = {
    at: { type: 'integer' },
    v: { type: 'dense_vector', dims, index: true, similarity: 'l2_norm' }
  }
  t.is((await call('PUT', '/flood', { mappings: { properties } })).status, 200)
  const acknowledged = new Set<string>()
  const refusals = new Set<string>()
  const send = async (numbers: readonly number[]): Promise<void> => {
    const { status, body } = await call('POST', '/_bulk', bulkOf(numbers))
    t.is(status, 200)
    for (const { index } of (body as BulkAnswer).items)
      if (index.status === 201) acknowledged.add(index._id)
      else refusals.add(`${index.status} ${index.error?.reason.replaceAll(/\d+/g, 'n')}`)
  }
  const first = Array.from({ length: bulkCount }, (_, bulk) =>
    Array.from(Array(documentsPerBulk).keys(), (at) => bulk * documentsPerBulk + at)
  )
  await Promise.all(first.map(send))
  t.true(acknowledged.size > 0)
  t.deepEqual(
    [...refusals],
    ['429 n bytes more than the n that wait for a flush, wanted at most n in all']
  )
  await until('it takes writes again', async () => {
    const left = first.flat().filter((at) => !acknowledged.has(String(at)))
    if (left.length > 0) await send(left.slice(0, documentsPerBulk))
    return acknowledged.size === bulkCount * documentsPerBulk
  })
  t.deepEqual(
    [...refusals],
    ['429 n bytes more than the n that wait for a flush, wanted at most n in all']
  )
  const { body } = await call('POST', '/flood/_count', null)
  t.is((body as { count: number }).count, bulkCount * documentsPerBulk)
})

test('put: a document whose fields take more pages than buffers may have is refused, and hurts no other', async (t) => {
  const folder = await temporaryFolder(t)
  // Reserve of the buffers: 14 MiB. A page for the vectors of a field and one for their norms.
  const options = { cacheBytes: 20 << 20 }
  const names = Array.from({ length: 450 }, (_, at) => `v${at}`)
  const definition = { type: 'vector', dims: 2, space: 'cosine' }
  const db = await openDatabase(t, folder, options)
  const index = await db.createIndex<Record<string, number[]>>(
    'wide',
    Object.fromEntries(names.map((name) => [name, definition]))
  )
  const doc = (count: number): Record<string, number[]> =>
    Object.fromEntries(names.slice(0, count).map((name, at) => [name, [1, at]]))
  await index.put('1', doc(1))
  const refused = await t.throwsAsync(index.put('all', doc(450)))
  t.is((refused as VectorStoreError).code, 'QUEUE_FULL')
  await index.put('2', doc(200))
  // They would take more than one.
  const results = await Promise.allSettled(['3', '4'].map((id) => index.put(id, doc(438))))
  for (const result of results)
    if (result.status === 'rejected') t.is(result.reason.code, 'QUEUE_FULL')
  await index.flush()
  await index.put('5', doc(438))
  await db.close()
  const again = await openDatabase(t, folder, options)
  const acknowledged = 3 + results.filter(({ status }) => status === 'fulfilled').length
  t.is(again.index('wide').count(), acknowledged)
})

/**
 * Whoever opens a point in time waits seconds at most for a flush, and keeps the memory of the buffers when it takes longer, as
 * it may where others work too. Here such a wait ends with the flush.
 */
const setTimer = globalThis.setTimeout
test.before(() => {
  globalThis.setTimeout = ((call: () => void, delayMs?: number) =>
    setTimer(call, (delayMs ?? 0) >= 5_000 ? 2 ** 31 - 1 : delayMs)) as typeof setTimeout
})

type Held = {
  readonly node: Node
  readonly call: (method: string, path: string, body?: object | string) => Promise<HeldAnswer>
  /** Codes of what is refused of sixty documents of 16 KiB each. */
  readonly writeRound: (round: number) => Promise<readonly string[]>
}
type HeldAnswer = {
  readonly id?: string
  readonly _scroll_id?: string
  readonly count?: number
  readonly hits?: { readonly total: { readonly value: number } }
  readonly items?: readonly { readonly index: { readonly status: number } }[]
}

/** An index `held` of a node whose buffers have 14 MiB. */
async function openHeld(t: ExecutionContext): Promise<Held> {
  const { handler, node } = await openRest(await temporaryFolder(t), {
    cacheBytes: 20 << 20,
    reserveFileBytes: 0
  })
  t.teardown(() => node.close())
  const call: Held['call'] = async (method, path, body) => {
    const headers = typeof body === 'string' ? { 'content-type': 'application/x-ndjson' } : {}
    const request = { method, path, headers, ...(body !== undefined && { body }) }
    return JSON.parse(String((await handler.handle(request)).body)) as HeldAnswer
  }
  const v = { type: 'vector', dims: 2_049, space: 'cosine', index: 'flat' }
  await call('PUT', '/held', { mappings: { properties: { v } } })
  const writeRound = async (round: number): Promise<readonly string[]> => {
    const lines = Array.from({ length: 60 }, (_, at) => [
      JSON.stringify({ index: { _id: `${round} ${at}` } }),
      JSON.stringify({ v: Array.from({ length: 2_049 }, () => at + 1) })
    ])
    const { items = [] } = await call('POST', '/held/_bulk', `${lines.flat().join('\n')}\n`)
    return items.filter(({ index }) => index.status !== 201).map(({ index }) => `${index.status}`)
  }
  return { node, call, writeRound }
}

test('bulk: while searchers hold what was flushed writes are refused item by item, and go on when they let go', async (t) => {
  const { node, call, writeRound } = await openHeld(t)
  const searchers: { release(): void }[] = []
  const statuses = new Set<string>()
  let writtenCount = 0
  for (let round = 0; round < 18; round++) {
    const refused = await writeRound(round)
    for (const status of refused) statuses.add(status)
    writtenCount += 60 - refused.length
    searchers.push(node.findIndex('held')!.engine!.acquireSearcher())
  }
  t.deepEqual([...statuses], ['429'])
  const { engine } = node.findIndex('held')!
  t.deepEqual(engine?.stats().jobFailures, [])
  await engine?.flush()
  await call('DELETE', '/held/_doc/0%200')
  t.is((await call('GET', '/held/_count')).count, writtenCount - 1, 'what takes no pages is taken')
  for (const searcher of searchers) searcher.release()
  t.deepEqual(await writeRound(18), [])
  t.is((await call('GET', '/held/_count')).count, writtenCount - 1 + 60)
})

for (const [kind, open, search] of [
  [
    'points in time',
    (held: Held) => held.call('POST', '/held/_pit?keep_alive=10h'),
    (held: Held, { id }: HeldAnswer) => held.call('POST', '/_search', { pit: { id } })
  ],
  [
    'scrolls',
    (held: Held) => held.call('POST', '/held/_search?scroll=10h', { size: 1 }),
    (held: Held, { _scroll_id }: HeldAnswer) =>
      held.call('POST', '/_search/scroll', { scroll_id: _scroll_id! })
  ]
] as const)
  test(`bulk: ${kind} opened while documents come hold no memory that writes need`, async (t) => {
    const held = await openHeld(t)
    const opened: { readonly answer: HeldAnswer; readonly round: number }[] = []
    const statuses = new Set<string>()
    // Twice what buffers may have.
    for (let round = 0; round < 30; round += 2) {
      for (const status of await held.writeRound(round)) statuses.add(status)
      const [answer, refused] = await Promise.all([open(held), held.writeRound(round + 1)])
      for (const status of refused) statuses.add(status)
      opened.push({ answer, round })
    }
    t.deepEqual([...statuses], [])
    for (const { answer, round } of opened) {
      const count = (await search(held, answer)).hits?.total.value ?? 0
      // All that was acknowledged before, and some of what came meanwhile.
      t.true(count >= 60 * (round + 1) && count <= 60 * (round + 2), `${count} in round ${round}`)
    }
  })

test('put: a large document that finds too little left is taken soon, not when the buffer has its age', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t), { cacheBytes: 20 << 20 })
  const definition = { type: 'object', enabled: false }
  const index = await db.createIndex<{ text: { a: string } }>('large', { text: definition })
  const doc = (length: number): { text: { a: string } } => ({ text: { a: 'x'.repeat(length) } })
  // A little below the 5 MiB that are flushed by themselves; 10 MiB may wait in all.
  for (let at = 0; at < 47; at++) await index.put(`${at}`, doc(100_000))
  const refused = await t.throwsAsync(index.put('large', doc(6_000_000)))
  t.is((refused as VectorStoreError).code, 'QUEUE_FULL')
  await until('it is taken', () =>
    index.put('large', doc(6_000_000)).then(
      () => true,
      () => false
    )
  )
  t.is(index.count(), 48)
})
