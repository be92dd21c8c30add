/** A cache that has no room for what is opened says so, and has lost nothing by it. */
import test from 'ava'
import { openSegment } from '../../../src/segment/index.ts'
import type { DiskSegment } from '../../../src/segment/index.ts'
import { PageCache } from '../../../src/cache/index.ts'
import { parseKey } from '../../../src/store/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { hashQuery } from '../../../src/vector/index.ts'
import { fields, randomGroups, randomOf } from '../../support/segment-documents.ts'
import { indexNumber, SegmentStore } from '../../support/segment-store.ts'

/** Takes all that the heap still gives: a little of it in the smallest blocks there are, which come last. */
function fill(cache: PageCache): number[] {
  const little = cache.allocate(16_384)
  const taken: number[] = []
  for (let bytes = 1 << 20; bytes >= 64;) {
    try {
      taken.push(cache.allocate(bytes))
    } catch {
      bytes /= 2
    }
  }
  cache.free(little)
  for (let bytes = 0; bytes < 16_384; bytes += 64) taken.push(cache.allocate(64))
  return taken
}

function isFull(error: unknown): boolean {
  return error instanceof VectorStoreError && error.code === 'MEMORY_LIMIT'
}

/** Opens all vectors and asks their hash terms. */
function readVectors(segment: DiskSegment): void {
  for (const { number, vector } of segment.fields) {
    const reader = vector === null ? null : segment.vectors(number)
    if (reader?.index.hashes == null) continue
    const { index } = reader
    index.hashes!.candidates(
      hashQuery(index.hashes!.spec, index.vectorAt(0) as Float32Array, 0),
      1,
      null
    )
  }
}

test('vectors: what was taken for vectors that found no room is given back', async (t) => {
  const store = await SegmentStore.open()
  const { info, fields: named } = await store.flush(randomGroups(randomOf(7), 60))
  t.true(named.includes(fields.vector) || named.some(({ name }) => name === 'vector'))
  const read = (key: Uint8Array): Uint8Array => store.store.get(key)
  const cache = new PageCache({ budgetBytes: 16 * 2 ** 20, reserveBytes: 0, read })
  const open = (): DiskSegment =>
    openSegment({ info, index: indexNumber, store: store.store, cache })
  // What is kept for all searches of a memory is there from now on.
  const first = open()
  readVectors(first)
  first.close()
  const taken = fill(cache)
  let refusedCount = 0
  for (let bytes = 64; bytes <= 8_192; bytes += 64) {
    cache.free(taken.pop()!)
    const { allocatedBytes } = cache.stats()
    const segment = open()
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        readVectors(segment)
      } catch (error) {
        if (!isFull(error)) throw error
        refusedCount += 1
      }
    }
    segment.close()
    t.is(cache.stats().allocatedBytes, allocatedBytes)
  }
  t.true(refusedCount > 10)
  const last = open()
  t.notThrows(() => readVectors(last))
  last.close()
  await store.store.close()
})

test('candidates: of hash terms that cannot be read, asking again takes no more memory', async (t) => {
  const store = await SegmentStore.open()
  const { info } = await store.flush(randomGroups(randomOf(7), 60))
  const read = (key: Uint8Array): Uint8Array => {
    if (parseKey(key)?.kind !== 'hashTerms') return store.store.get(key)
    throw new VectorStoreError('STORE_CHECKSUM', 'damaged')
  }
  const cache = new PageCache({ budgetBytes: 16 * 2 ** 20, reserveBytes: 0, read })
  const segment = openSegment({ info, index: indexNumber, store: store.store, cache })
  const ask = (): void => void t.throws(() => readVectors(segment), { code: 'STORE_CHECKSUM' })
  ask()
  const { allocatedBytes } = cache.stats()
  ask()
  t.is(cache.stats().allocatedBytes, allocatedBytes)
  segment.close()
  await store.store.close()
})
