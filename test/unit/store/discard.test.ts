import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { openStore, pageKey } from '../../../src/store/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'

const key = pageKey(1, 1, 'codes', 0, 0)
const payload = new Uint8Array(16_384).fill(7)

test('discard: a payload read from disk gives its memory back, and is read again as it was', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-discard-'))
  const store = await openStore(folder, { reserveFileBytes: 0 })
  await store.commit([{ key, payload }])
  const read = store.get(key)
  store.discard(read)
  t.is(read.length, 0)
  t.deepEqual(new Uint8Array(store.get(key)), payload)
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

test('discard: a database in memory keeps what it gave out, for it gave no copy', async (t) => {
  const store = await openMemoryStore()
  await store.commit([{ key, payload }])
  const read = store.get(key)
  store.discard(read)
  t.is(read.length, payload.length)
  t.deepEqual(new Uint8Array(store.get(key)), payload)
  await store.close()
})
