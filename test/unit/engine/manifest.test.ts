import test from 'ava'
import { manifestRecord, readManifest } from '../../../src/engine/manifest.ts'
import { encodeRecord, manifestKey } from '../../../src/store/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'

test('readManifest: an index that was never flushed has the empty one; the newest counts', async (t) => {
  const store = await openMemoryStore()
  const empty = await readManifest(store, 5)
  t.is(empty.generation, 0)
  t.is(empty.lastSeqNo, -1)
  t.deepEqual(empty.segments, [])
  for (const generation of [3, 300, 20])
    await store.commit([manifestRecord(5, { ...empty, generation, lastSeqNo: generation * 10 })])
  await store.commit([manifestRecord(6, { ...empty, generation: 1_000 })])
  t.is((await readManifest(store, 5)).lastSeqNo, 3_000)
  await store.close()
})

test('readManifest: a newer format is refused by number, something else is damage', async (t) => {
  const store = await openMemoryStore()
  const newer = { ...(await readManifest(store, 5)), format: 2 }
  await store.commit([{ key: manifestKey(5, 1), payload: encodeRecord(newer) }])
  await t.throwsAsync(readManifest(store, 5), {
    code: 'STORE_FORMAT',
    message: /format 2.*reads 1/
  })
  await store.commit([{ key: manifestKey(5, 2), payload: encodeRecord('no manifest') }])
  await t.throwsAsync(readManifest(store, 5), { code: 'STORE_CHECKSUM' })
  await store.close()
})
