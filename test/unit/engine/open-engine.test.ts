import test from 'ava'
import { Jobs } from '../../../src/engine/index.ts'
import type { Operation } from '../../../src/engine/index.ts'
import { indexMetadataKey } from '../../../src/store/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import {
  contentsOf,
  deleteOp,
  faultsOf,
  idsWithTag,
  indexOp,
  newCache,
  openTestEngine,
  sourceOf
} from '../../support/engine-fixture.ts'

const doc = { tag: 'a', count: 1 }

test('apply: what is acknowledged can be got and searched at once', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const [result] = await engine.apply([indexOp('1', doc)])
  t.deepEqual(result, {
    ok: true,
    id: '1',
    result: 'created',
    version: 1,
    seqNo: 0,
    primaryTerm: 1
  })
  const got = engine.get('1')
  t.is(new TextDecoder().decode(got?.stored.source()), sourceOf('1', doc))
  t.is(got?.version, 1)
  t.is(got?.seqNo, 0)
  t.deepEqual(contentsOf(engine), new Map([['1', sourceOf('1', doc)]]))
  t.deepEqual(idsWithTag(engine, 'a'), ['1'])
  await engine.close()
  await store.close()
})

test('apply: operations on one id in one request are applied in order', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const results = await engine.apply([
    indexOp('1', doc),
    indexOp('1', { tag: 'b', count: 2 }),
    indexOp('1', doc, {}, 'create'),
    deleteOp('1'),
    deleteOp('1'),
    indexOp('1', { tag: 'c', count: 3 }, {}, 'create')
  ])
  t.deepEqual(
    results.map((each) => (each.ok ? [each.result, each.version, each.seqNo] : each.error.code)),
    [
      ['created', 1, 0],
      ['updated', 2, 1],
      'DOC_VERSION',
      ['deleted', 3, 2],
      ['not_found', 4, 3],
      ['created', 5, 4]
    ]
  )
  t.deepEqual(contentsOf(engine), new Map([['1', sourceOf('1', { tag: 'c', count: 3 })]]))
  await engine.close()
  await store.close()
})

test('apply: requests that overlap meet what was planned before them', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const both = await Promise.all([
    engine.apply([indexOp('1', doc, {}, 'create')]),
    engine.apply([indexOp('1', doc, {}, 'create')]),
    engine.apply([indexOp('1', doc, { ifSeqNo: 0, ifPrimaryTerm: 1 })])
  ])
  t.deepEqual(
    both.flat().map((each) => (each.ok ? each.version : each.error.code)),
    [1, 'DOC_VERSION', 2]
  )
  await engine.close()
  await store.close()
})

test('flush: makes a segment that answers as the buffer did, and reopens without replay', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  for (let at = 0; at < 50; at++)
    await engine.apply([
      indexOp(`${at}`, { tag: at % 2 === 0 ? 'even' : 'odd', count: at, childCount: at % 3 })
    ])
  await engine.apply([deleteOp('3'), indexOp('4', { tag: 'odd', count: 44 })])
  const before = contentsOf(engine)
  await engine.flush()
  t.deepEqual(contentsOf(engine), before)
  t.deepEqual(faultsOf(engine), [])
  t.is(engine.get('4')?.version, 2)
  t.is(engine.get('3'), null)
  t.deepEqual(idsWithTag(engine, 'even').length, 24)
  await engine.close({ flush: false })
  const again = await openTestEngine(store, {
    parse: () => {
      throw new Error('a flushed document is not parsed again')
    }
  })
  t.deepEqual(contentsOf(again), before)
  t.is(again.stats().maxSeqNo, 51)
  t.is(again.get('4')?.version, 2)
  await again.close()
  await store.close()
})

test('apply: what does not fit into the pending bytes is refused item by item, until a flush', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store, { pendingBytesMax: 3_000 })
  const many = Array.from({ length: 100 }, (_, at) => indexOp(`${at}`, { tag: 'a', count: at }))
  const results = await engine.apply(many)
  const accepted = results.filter((each) => each.ok).length
  t.true(accepted > 5 && accepted < 60)
  t.is(contentsOf(engine).size, accepted)
  const refused = results[accepted]
  t.is(refused?.ok === false ? refused.error.code : null, 'QUEUE_FULL')
  t.is(refused?.ok === false ? refused.error.kind : null, 'busy')
  const [again] = await engine.apply([indexOp('99', { tag: 'a', count: 99 })])
  t.false(again?.ok)
  await engine.flush()
  const [later] = await engine.apply([indexOp('99', { tag: 'a', count: 99 })])
  t.is(later?.ok === true ? later.seqNo : null, accepted)
  await engine.close()
  await store.close()
})

test('apply: the metadata record is durable with its operations, and also when all of them conflict', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const first = { key: indexMetadataKey(7, 1), payload: Uint8Array.of(1) }
  const second = { key: indexMetadataKey(7, 2), payload: Uint8Array.of(2) }
  await engine.apply([indexOp('1', doc)], first)
  t.deepEqual([...store.get(first.key)], [1])
  const [result] = await engine.apply([indexOp('1', doc, {}, 'create')], second)
  t.false(result?.ok)
  t.deepEqual([...store.get(second.key)], [2])
  await engine.close()
  await store.close()
})

test('apply: versions go on over deletes, before and after a flush, and over reopening', async (t) => {
  const store = await openMemoryStore()
  let engine = await openTestEngine(store)
  const write = async (operation: Operation): Promise<number | string> => {
    const [result] = await engine.apply([operation])
    if (result === undefined) return 'no result'
    return result.ok ? result.version : result.error.code
  }
  t.is(await write(indexOp('1', doc)), 1)
  t.is(await write(deleteOp('1')), 2)
  t.is(await write(indexOp('1', doc)), 3)
  await engine.flush()
  t.is(await write(deleteOp('1')), 4)
  await engine.close({ flush: false })
  engine = await openTestEngine(store)
  t.is(engine.get('1'), null)
  t.is(await write(indexOp('1', doc, { ifSeqNo: 2, ifPrimaryTerm: 1 })), 'DOC_VERSION')
  t.is(await write(indexOp('1', doc, {}, 'create')), 5)
  await engine.flush()
  t.is(await write(deleteOp('1')), 6)
  await engine.flush()
  // The buffer that held the delete is gone.
  t.is(await write(indexOp('1', doc, {}, 'create')), 7)
  t.is(engine.get('1')?.version, 7)
  await engine.close()
  await store.close()
})

test('apply: external versions are kept and compared, also with what is in a segment', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const at = async (
    version: number,
    versionType: 'external' | 'external_gte'
  ): Promise<unknown> => {
    const [result] = await engine.apply([indexOp('1', doc, { version, versionType })])
    return result?.ok === true ? result.version : result?.error.details['currentVersion']
  }
  t.is(await at(10, 'external'), 10)
  await engine.flush()
  t.is(await at(10, 'external'), 10)
  t.is(engine.get('1')?.seqNo, 0)
  t.is(await at(10, 'external_gte'), 10)
  t.is(engine.get('1')?.seqNo, 1)
  t.is(await at(9, 'external_gte'), 10)
  t.is(await at(900, 'external'), 900)
  await engine.close()
  await store.close()
})

test('apply: if_seq_no of what get gave is accepted once', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await engine.apply([indexOp('0', doc), indexOp('1', doc)])
  await engine.flush()
  const seen = engine.get('1')
  const conditions = { ifSeqNo: seen?.seqNo ?? -1, ifPrimaryTerm: seen?.primaryTerm ?? -1 }
  const results = await engine.apply([
    indexOp('1', { tag: 'b', count: 2 }, conditions),
    indexOp('1', { tag: 'c', count: 3 }, conditions)
  ])
  t.deepEqual(
    results.map((each) => each.ok),
    [true, false]
  )
  await engine.close()
  await store.close()
})

test('openEngine: indices of one store do not see each other', async (t) => {
  const store = await openMemoryStore()
  const cache = newCache(store)
  const jobs = new Jobs()
  const one = await openTestEngine(store, { cache, jobs, index: 7 })
  const other = await openTestEngine(store, { cache, jobs, index: 8 })
  await Promise.all([
    one.apply([indexOp('1', doc)]),
    other.apply([indexOp('2', doc), deleteOp('1')])
  ])
  await Promise.all([one.flush(), other.flush()])
  t.deepEqual([...contentsOf(one).keys()], ['1'])
  t.deepEqual([...contentsOf(other).keys()], ['2'])
  await one.forceMerge({ maxSegments: 1 })
  await Promise.all([one.close(), other.close()])
  const again = await openTestEngine(store, { index: 8 })
  t.deepEqual([...contentsOf(again).keys()], ['2'])
  await again.close()
  await store.close()
})

test('close: waits for writes, then everything is refused with NODE_CLOSED', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const writing = engine.apply([indexOp('1', doc)])
  const closing = engine.close()
  t.is((await writing)[0]?.ok, true)
  await closing
  await engine.close()
  t.throws(() => engine.get('1'), { code: 'NODE_CLOSED' })
  t.throws(() => engine.acquireSearcher(), { code: 'NODE_CLOSED' })
  await t.throwsAsync(engine.apply([deleteOp('1')]), { code: 'NODE_CLOSED' })
  await t.throwsAsync(engine.flush(), { code: 'NODE_CLOSED' })
  await store.close()
})

test('stats: counts documents, segments and operations, also after reopening', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await engine.apply([
    indexOp('1', { ...doc, childCount: 2 }),
    indexOp('2', doc),
    indexOp('3', doc)
  ])
  await engine.flush()
  await engine.apply([deleteOp('2'), indexOp('4', doc)])
  const stats = engine.stats()
  t.is(stats.liveDocCount, 3)
  t.is(stats.deletedDocCount, 1)
  t.is(stats.bufferDocCount, 1)
  t.is(stats.maxSeqNo, 4)
  t.is(stats.indexCount, 4)
  t.is(stats.deleteCount, 1)
  t.is(stats.flushCount, 1)
  t.deepEqual(
    stats.segments.map(({ docCount, liveDocCount, deletedDocCount, committed }) => {
      return { docCount, liveDocCount, deletedDocCount, committed }
    }),
    [
      { docCount: 5, liveDocCount: 2, deletedDocCount: 1, committed: true },
      { docCount: 1, liveDocCount: 1, deletedDocCount: 0, committed: false }
    ]
  )
  await engine.close({ flush: false })
  const again = await openTestEngine(store)
  const { indexCount, deleteCount, flushCount, maxSeqNo } = again.stats()
  t.deepEqual(
    { indexCount, deleteCount, flushCount, maxSeqNo },
    { indexCount: 4, deleteCount: 1, flushCount: 1, maxSeqNo: 4 }
  )
  await again.close()
  await store.close()
})

test('apply: an id that UTF-8 cannot hold is refused, others of the request are not', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const results = await engine.apply([indexOp('a\ud800', doc), indexOp('\ufeff\u{1f407}', doc)])
  t.deepEqual(
    results.map((each) => (each.ok ? each.seqNo : each.error.code)),
    ['DOC_ID', 0]
  )
  await engine.flush()
  t.is(engine.get('\ufeff\u{1f407}')?.version, 1)
  await engine.close()
  await store.close()
})

test('apply: a request of many operations leaves the event loop free and keeps their order', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const many = Array.from({ length: 3_000 }, (_, at) =>
    indexOp(`${at % 1_000}`, { tag: 'a', count: at })
  )
  let turns = 0
  const progress = { done: false }
  const counting = (async () => {
    while (!progress.done) {
      await new Promise((resolve) => setImmediate(resolve))
      turns += 1
    }
  })()
  const results = await engine.apply(many)
  progress.done = true
  await counting
  t.true(turns > 10)
  t.deepEqual(
    results.map((each) => (each.ok ? [each.seqNo, each.version] : each.error.code)),
    many.map((_, at) => [at, Math.floor(at / 1_000) + 1])
  )
  t.is(contentsOf(engine).get('7'), sourceOf('7', { tag: 'a', count: 2_007 }))
  await engine.close()
  await store.close()
})
