/** What every store promises, whatever lies below it: run on classic-level, on memory-level and on the simulated one. */
import type { ExecutionContext, TestFn } from 'ava'
import {
  generationsOf,
  indexRange,
  manifestKey,
  manifestRange,
  opKey,
  opRange,
  pageKey,
  segmentRange
} from '../../src/store/index.ts'
import { VectorStoreError } from '../../src/util/index.ts'
import type { RecordPut, Store } from '../../src/store/index.ts'

export type StoreHarness = {
  /** Opens, and opens again what was closed. */
  readonly open: () => Promise<Store>
  /** False when closing forgets everything. */
  readonly persistent: boolean
}

type Run = (t: ExecutionContext, harness: StoreHarness) => Promise<void>

export function storeSuite(test: TestFn, makeHarness: () => Promise<StoreHarness>): void {
  for (const [title, run] of Object.entries(cases)) {
    test(title, async (t) => run(t, await makeHarness()))
  }
}

const cases: Readonly<Record<string, Run>> = {
  'commit: what was committed is read back byte for byte': async (t, { open }) => {
    const store = await open()
    const payload = bytesOf(3, 5000)
    await store.commit([{ key: opKey(1, 1, 1), payload }])
    t.deepEqual(Buffer.from(store.get(opKey(1, 1, 1))), Buffer.from(payload))
    t.is(store.get(opKey(1, 1, 1)).byteOffset % 8, 0)
    await store.commit([{ key: opKey(1, 1, 2), payload: new Uint8Array(0) }])
    t.is(store.get(opKey(1, 1, 2)).length, 0)
    await store.close()
  },

  'commit: buffers may be used again as soon as it is called': async (t, { open }) => {
    const store = await open()
    const buffer = new Uint8Array(100).fill(7)
    const done = store.commit([{ key: opKey(1, 1, 1), payload: buffer }])
    buffer.fill(9)
    await done
    t.true(store.get(opKey(1, 1, 1)).every((byte) => byte === 7))
    await store.close()
  },

  'get: a record that is not there is STORE_MISSING with its name, find answers null': async (
    t,
    { open }
  ) => {
    const store = await open()
    const key = pageKey(3, 5, 'lists', 7, 11)
    t.is(store.find(key), null)
    const error = t.throws(() => store.get(key), { instanceOf: VectorStoreError })
    t.is(error.code, 'STORE_MISSING')
    t.like(error.details, { index: 3, generation: 5, kind: 'lists', field: 7, page: 11 })
    await store.close()
  },

  'commit: calls that wait share batches, in the order of the calls': async (t, { open }) => {
    const store = await open()
    const before = store.stats().batches
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        await store.commit([{ key: opKey(1, 1, i), payload: bytesOf(i, 100) }])
        order.push(i)
      })
    )
    t.deepEqual(
      order,
      Array.from({ length: 300 }, (_, i) => i)
    )
    const batches = store.stats().batches - before
    t.true(batches <= 3, `${batches} batches`)
    await store.close()
  },

  'commit: a call above 1 MB is split at records, and all of it is there': async (t, { open }) => {
    const store = await open()
    const before = store.stats().batches
    const records = Array.from({ length: 200 }, (_, page) => ({
      key: pageKey(1, 1, 'codes', 1, page),
      payload: bytesOf(page, 16384)
    }))
    await store.commit(records)
    t.true(store.stats().batches - before >= 4)
    for (const { key, payload } of records) t.is(Buffer.compare(store.get(key), payload), 0)
    const big = { key: opKey(1, 2, 0), payload: bytesOf(5, 3 << 20) }
    await store.commit([big])
    t.is(Buffer.compare(store.get(big.key), big.payload), 0)
    await store.close()
  },

  'scan: visits a range in key order, over many steps, and stops when told': async (
    t,
    { open }
  ) => {
    const store = await open()
    const count = 3000
    const records = Array.from({ length: count }, (_, i) => ({
      key: opKey(2, 4, i),
      payload: bytesOf(i, 20)
    }))
    await store.commit(records.toReversed())
    await store.commit([
      { key: opKey(2, 3, 9), payload: bytesOf(1, 1) },
      { key: opKey(2, 5, 9), payload: bytesOf(1, 1) }
    ])
    let at = 0
    await store.scan(opRange(2, 4), (key, payload) => {
      if (Buffer.compare(key, opKey(2, 4, at)) !== 0) t.fail(`key ${at} is out of order`)
      if (Buffer.compare(payload, bytesOf(at, 20)) !== 0) t.fail(`payload ${at} differs`)
      at++
    })
    t.is(at, count)
    let stopped = 0
    await store.scanKeys(opRange(2, 4), () => ++stopped < 10)
    t.is(stopped, 10)
    await t.throwsAsync(
      store.scan(opRange(2, 4), () => {
        throw new Error('visitor')
      }),
      { message: 'visitor' }
    )
    t.is(store.stats().iteratorsOpen, 0)
    await store.close()
  },

  'newest: is the record with the highest number of its own index': async (t, { open }) => {
    const store = await open()
    t.is(await store.newest(manifestRange(1)), null)
    for (const generation of [1, 2, 255, 256, 65_536, 2 ** 33]) {
      await store.commit([{ key: manifestKey(1, generation), payload: bytesOf(generation, 9) }])
    }
    await store.commit([{ key: manifestKey(2, 2 ** 40), payload: bytesOf(0, 1) }])
    const newest = await store.newest(manifestRange(1))
    t.deepEqual(Buffer.from(newest?.key ?? []), Buffer.from(manifestKey(1, 2 ** 33)))
    t.deepEqual(Buffer.from(newest?.payload ?? []), Buffer.from(bytesOf(2 ** 33, 9)))
    await store.close()
  },

  'generationsOf: names each generation once, of one index only': async (t, { open }) => {
    const store = await open()
    const records: RecordPut[] = []
    for (const generation of [3, 4, 9, 70_000]) {
      for (let i = 0; i < 50; i++) {
        records.push({ key: pageKey(1, generation, 'ids', 0, i), payload: bytesOf(i, 10) })
      }
    }
    records.push({ key: opKey(1, 12, 1), payload: bytesOf(1, 1) })
    records.push({ key: opKey(2, 13, 1), payload: bytesOf(1, 1) })
    await store.commit(records)
    t.deepEqual(await generationsOf(store, 1, 0), [3, 4, 9, 12, 70_000])
    t.deepEqual(await generationsOf(store, 1, 10), [12, 70_000])
    t.deepEqual(await generationsOf(store, 3, 0), [])
    await store.close()
  },

  'removeRange: removes its range and nothing else': async (t, { open }) => {
    const store = await open()
    const records: RecordPut[] = []
    for (const generation of [1, 2, 3]) {
      records.push({ key: opKey(1, generation, 1), payload: bytesOf(1, 30) })
      for (let page = 0; page < 1000; page++) {
        records.push({ key: pageKey(1, generation, 'terms', 2, page), payload: bytesOf(page, 30) })
      }
    }
    await store.commit(records)
    await store.removeRange(segmentRange(1, 2))
    t.is(await countOf(store, indexRange(1)), 2003)
    t.is(store.find(pageKey(1, 2, 'terms', 2, 999)), null)
    t.not(store.find(opKey(1, 2, 1)), null)
    await store.removeRange(indexRange(1))
    t.is(await countOf(store, indexRange(1)), 0)
    await store.removeRange(indexRange(1))
    await store.close()
  },

  'close: waits for what was asked before, refuses what comes after': async (t, { open }) => {
    const store = await open()
    const pending = store.commit([{ key: opKey(1, 1, 1), payload: bytesOf(1, 10) }])
    const closed = store.close()
    await pending
    await closed
    await store.close()
    t.is(store.state, 'closed')
    t.throws(() => store.get(opKey(1, 1, 1)), { code: 'NODE_CLOSED' })
    await t.throwsAsync(store.commit([]), { code: 'NODE_CLOSED' })
    await t.throwsAsync(countOf(store, indexRange(1)), { code: 'NODE_CLOSED' })
    await t.throwsAsync(store.newest(indexRange(1)), { code: 'NODE_CLOSED' })
  },

  'open: after any number of closes it has what a plain map has': async (t, harness) => {
    if (!harness.persistent) {
      t.pass('a store in memory forgets at close')
      return
    }
    const seed = 20261121
    const random = randomOf(seed)
    const model = new Map<number, Uint8Array>()
    let seqNo = 0
    for (let round = 0; round < 4; round++) {
      const store = await harness.open()
      t.is(await countOf(store, opRange(1, 1)), model.size, `seed=${seed} round=${round}`)
      for (const [number, payload] of model) {
        if (Buffer.compare(store.get(opKey(1, 1, number)), payload) !== 0) {
          t.fail(`seqNo ${number} differs, seed=${seed} round=${round}`)
        }
      }
      t.deepEqual(store.report.truncatedFrom, [])
      for (let step = 0; step < 30; step++) {
        const records = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
          const payload = bytesOf(seqNo, Math.floor(random() * 3000))
          model.set(seqNo, payload)
          return { key: opKey(1, 1, seqNo++), payload }
        })
        if (random() < 0.5) await store.commit(records)
        else void store.commit(records)
      }
      await store.close()
    }
    t.true(model.size > 100)
  }
}

async function countOf(store: Store, range: ReturnType<typeof indexRange>): Promise<number> {
  let count = 0
  await store.scanKeys(range, () => {
    count++
  })
  return count
}

/** Bytes that differ from number to number. */
export function bytesOf(number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (number % 0x7fff_fffe) + 1
  for (let at = 0; at < length; at++) {
    state = (state * 48_271) % 0x7fff_ffff
    bytes[at] = state >>> 8
  }
  return bytes
}

/** Seeded, in 0 .. 1. */
export function randomOf(seed: number): () => number {
  let state = seed % 0x7fff_ffff || 1
  return () => {
    state = (state * 48_271) % 0x7fff_ffff
    return state / 0x7fff_ffff
  }
}
