import test from 'ava'
import { openMemoryStore } from '../../support/memory-store.ts'
import {
  contentsOf,
  deleteOp,
  faultsOf,
  idsWithTag,
  indexOp,
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
