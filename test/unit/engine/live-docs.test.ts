import test from 'ava'
import * as fc from 'fast-check'
import {
  deletedBetween,
  encodeLiveDocs,
  LiveDocs,
  readLiveDocs
} from '../../../src/engine/live-docs.ts'
import { liveKey } from '../../../src/store/index.ts'
import { BitSet, VectorStoreError } from '../../../src/util/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'

test('LiveDocs: a snapshot does not change when documents are deleted later', (t) => {
  const live = new LiveDocs(100, 100, null, 0)
  const before = live.snapshot()
  live.deleteRoot(40, null)
  const between = live.snapshot()
  live.deleteRoot(41, null)
  t.is(before.liveDocs, null)
  t.is(before.liveRootCount, 100)
  t.true(between.liveDocs?.has(41))
  t.false(between.liveDocs?.has(40))
  t.is(between.liveRootCount, 99)
  t.is(live.snapshot(), live.snapshot())
  t.is(live.snapshot().liveRootCount, 98)
})

test('LiveDocs: deleting a root deletes its children, which stand before it', (t) => {
  const parents = new BitSet(6)
  for (const root of [0, 3, 5]) parents.add(root)
  const live = new LiveDocs(6, 3, null, 0)
  live.deleteRoot(3, parents)
  t.deepEqual(
    [0, 1, 2, 3, 4, 5].map((docId) => live.isLive(docId)),
    [true, false, false, false, true, true]
  )
  t.is(live.snapshot().liveRootCount, 2)
})

test('LiveDocs: a document is deleted once', (t) => {
  const live = new LiveDocs(2, 2, null, 0)
  live.deleteRoot(1, null)
  t.throws(() => live.deleteRoot(1, null), { message: 'a document is deleted once' })
})

test('deletedBetween: gives exactly the documents that died between two snapshots', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.nat(199)),
      fc.array(fc.nat(199)),
      (docCount, first, second) => {
        const live = new LiveDocs(docCount, docCount, null, 0)
        const kill = (docIds: readonly number[]): number[] => {
          const dead = [...new Set(docIds)].filter((id) => id < docCount && live.isLive(id))
          for (const docId of dead) live.deleteRoot(docId, null)
          return dead.sort((a, b) => a - b)
        }
        kill(first)
        const before = live.snapshot()
        const died = kill(second)
        t.deepEqual([...deletedBetween(before, live.snapshot())], died)
      }
    ),
    { seed: 20261121 }
  )
})

for (const docCount of [1, 31, 32, 33, 131_072, 131_073, 300_000])
  test(`readLiveDocs: ${docCount} documents come back as they were written`, async (t) => {
    const store = await openMemoryStore()
    const live = new LiveDocs(docCount, docCount, null, 0)
    for (let docId = 0; docId < docCount; docId += 7) live.deleteRoot(docId, null)
    const { liveDocs } = live.snapshot()
    await store.commit(encodeLiveDocs(1, 5, 9, live.snapshot()))
    t.deepEqual(readLiveDocs(store, 1, 5, 9, docCount).words, liveDocs?.words)
    await store.close()
  })

test('readLiveDocs: a page that is not there or too short is damage, not "all live"', async (t) => {
  const store = await openMemoryStore()
  const missing = t.throws(() => readLiveDocs(store, 1, 5, 9, 10), { instanceOf: VectorStoreError })
  t.is(missing.code, 'STORE_MISSING')
  await store.commit([{ key: liveKey(1, 5, 9, 0), payload: new Uint8Array(4) }])
  const short = t.throws(() => readLiveDocs(store, 1, 5, 9, 64), { instanceOf: VectorStoreError })
  t.is(short.code, 'STORE_CHECKSUM')
  await store.close()
})
