/**
 * Goal: nothing acknowledged is lost and nothing wrong is served, whatever the database below does. Method: the simulated
 * disk misbehaves from a seed, the expected state is kept outside the store. The last test is the canary: a committer
 * without our rule must be caught by the same check.
 */
import test from 'ava'
import {
  batchKey,
  batchRange,
  catalogueKey,
  catalogueRange,
  kindOf,
  manifestKey,
  opKey,
  opRange,
  pageKey,
  taskKey
} from '../../../src/store/index.ts'
import { writeSynced } from '../../../src/store/level.ts'
import { nextBatchRecord } from '../../../src/store/chain.ts'
import { sealRecord } from '../../../src/store/record.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { until } from '../../support/until.ts'
import { bytesOf, randomOf } from '../../suite/store.ts'
import type { ChainEnd } from '../../../src/store/chain.ts'
import type { DiskFaults } from '../../support/simulated-store.ts'
import type { Store } from '../../../src/store/index.ts'

const commitCount = 24

/** Commits in turns; gives what was acknowledged and what was refused. */
async function commitMany(store: Store, from: number, count: number): Promise<Outcome> {
  const acknowledged: number[] = []
  const codes: string[] = []
  for (let number = from; number < from + count; number++) {
    try {
      await store.commit([{ key: opKey(1, 1, number), payload: bytesOf(number, 50) }])
      acknowledged.push(number)
    } catch (error) {
      codes.push((error as { code: string }).code)
    }
  }
  return { acknowledged, codes }
}
type Outcome = { readonly acknowledged: readonly number[]; readonly codes: readonly string[] }

function lostOf(store: Store, acknowledged: readonly number[]): number[] {
  return acknowledged.filter((number) => {
    const payload = store.find(opKey(1, 1, number))
    return payload === null || Buffer.compare(payload, bytesOf(number, 50)) !== 0
  })
}

const untilOpen = (store: Store): Promise<void> =>
  until('the store was reopened', () => store.state !== 'poisoned')

for (const failedBatchStays of [false, true]) {
  const stays = failedBatchStays ? 'is on disk all the same' : 'is gone'
  test(`commit: the n-th write fails and ${stays}: refused, reopened, nothing acknowledged is lost, for every n`, async (t) => {
    for (let failWrite = 1; failWrite <= commitCount; failWrite++) {
      const disk = new SimulatedDisk({ seed: failWrite, failWrite, failedBatchStays })
      const store = await disk.openStore()
      let reopened = 0
      store.onReopen(() => reopened++)
      const first = await commitMany(store, 0, commitCount)
      t.true(first.codes.length >= 1, `n=${failWrite}`)
      t.true(first.codes.every((code) => code === 'STORE_POISONED'))
      await untilOpen(store)
      t.is(reopened, 1)
      t.is(store.state, 'open')
      const second = await commitMany(store, commitCount, 5)
      t.deepEqual(second.codes, [])
      t.deepEqual(lostOf(store, [...first.acknowledged, ...second.acknowledged]), [])
      await store.close()
      const again = await disk.openStore()
      t.deepEqual(lostOf(again, [...first.acknowledged, ...second.acknowledged]), [])
      t.deepEqual(again.report.truncatedFrom, [])
      t.is(disk.iteratorsOpen, 0)
      await again.close()
    }
  })
}

test('commit: calls in flight and waiting are all refused when a write fails', async (t) => {
  const disk = new SimulatedDisk({ seed: 3, failWrite: 1 })
  const store = await disk.openStore()
  const big = Array.from({ length: 8 }, (_, i) =>
    store.commit([{ key: opKey(1, 1, i), payload: new Uint8Array(600_000) }])
  )
  const results = await Promise.allSettled(big)
  t.true(results.every(({ status }) => status === 'rejected'))
  await untilOpen(store)
  await store.commit([{ key: opKey(1, 1, 100), payload: new Uint8Array(1) }])
  await store.close()
})

test('commit: a disk without room is STORE_FULL, not one of the three strikes', async (t) => {
  const faults: DiskFaults = {
    seed: 1,
    failWrite: 3,
    failText: 'IO error: /x/000003.log: No space left on device'
  }
  const disk = new SimulatedDisk(faults)
  const store = await disk.openStore()
  const { codes, acknowledged } = await commitMany(store, 0, 5)
  t.is(codes[0], 'STORE_FULL')
  await untilOpen(store)
  t.is(store.state, 'open')
  t.deepEqual(lostOf(store, acknowledged), [])
  await store.close()
})

test('commit: the third write error in ten minutes leaves the store read-only, reads go on', async (t) => {
  const disk = new SimulatedDisk({ seed: 1, failWrite: 4, failMode: 'forever' })
  const store = await disk.openStore()
  const { acknowledged } = await commitMany(store, 0, 3)
  t.is(acknowledged.length, 3)
  for (let strike = 0; strike < 3; strike++) {
    await t.throwsAsync(store.commit([]), { code: 'STORE_POISONED' })
    await untilOpen(store)
  }
  t.is(store.state, 'read-only')
  await t.throwsAsync(store.commit([]), { code: 'STORE_POISONED', message: /read-only/ })
  t.deepEqual(lostOf(store, acknowledged), [])
  await store.close()
})

test('crash: what was acknowledged before a power cut is there after it, at any moment', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const disk = new SimulatedDisk({ seed, tornBatches: seed % 2 === 0 })
    const random = randomOf(seed)
    const acknowledged: number[] = []
    const store = await disk.openStore()
    const writing = Array.from({ length: 30 }, async (_, number) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 10))
      await store.commit([{ key: opKey(1, 1, number), payload: bytesOf(number, 50) }])
      acknowledged.push(number)
    })
    const settled = Promise.allSettled(writing)
    await new Promise((resolve) => setTimeout(resolve, random() * 10))
    const before = [...acknowledged]
    disk.crash()
    const again = await disk.openStore()
    t.deepEqual(lostOf(again, before), [], `seed=${seed}`)
    t.deepEqual(again.report.truncatedFrom, [], `seed=${seed}`)
    const more = await commitMany(again, 100, 3)
    t.deepEqual(more.codes, [])
    await again.close()
    await settled
    await store.close()
  }
})

test('get: a flipped bit in any byte of a record is STORE_CHECKSUM, never served', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const key = pageKey(1, 2, 'vectors', 3, 4)
  const payload = bytesOf(1, 64)
  await store.commit([{ key, payload }])
  for (let bit = 0; bit < (64 + 16) * 8; bit++) {
    disk.flipBit(key, bit)
    const error = t.throws(() => store.get(key), { code: 'STORE_CHECKSUM' })
    t.like(error, { details: { index: 1, generation: 2, kind: 'vectors', field: 3, page: 4 } })
    disk.flipBit(key, bit)
  }
  t.deepEqual(Buffer.from(store.get(key)), Buffer.from(payload))
  await store.close()
})

test('get: a record that hides is STORE_MISSING; one under another key is STORE_CHECKSUM', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const [key, other] = [pageKey(1, 2, 'codes', 3, 4), pageKey(1, 2, 'codes', 3, 5)]
  await store.commit([
    { key, payload: bytesOf(1, 64) },
    { key: other, payload: bytesOf(2, 64) }
  ])
  disk.hide(key)
  t.throws(() => store.get(key), { code: 'STORE_MISSING' })
  disk.hidden.clear()
  const value = disk.entries.get(Buffer.from(other).toString('hex'))
  disk.entries.set(Buffer.from(key).toString('hex'), value ?? new Uint8Array(0))
  t.throws(() => store.get(key), { code: 'STORE_CHECKSUM' })
  await t.throwsAsync(
    store.scan({ gte: key, lt: other }, () => {}),
    { code: 'STORE_CHECKSUM' }
  )
  await store.close()
})

test('open: a batch that is missing in the middle truncates the store to the batches before it', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  await commitMany(store, 0, 10)
  await store.commit([
    { key: catalogueKey(1), payload: bytesOf(1, 5) },
    { key: manifestKey(1, 5), payload: bytesOf(1, 5) },
    { key: opKey(2, 1, 77), payload: bytesOf(1, 5) }
  ])
  await store.close()
  // Batch 5 held operation 4 of index 1 alone.
  disk.entries.delete(Buffer.from(batchKey(5)).toString('hex'))
  disk.entries.delete(Buffer.from(opKey(1, 1, 4)).toString('hex'))
  for (let opening = 0; opening < 2; opening++) {
    const again = await disk.openStore()
    const truncated = [
      { index: 1, seqNo: 5 },
      { index: 2, seqNo: 77 }
    ]
    // Told once: afterwards the store is whole again, as a prefix.
    t.deepEqual(again.report.truncatedFrom, opening === 0 ? truncated : [])
    t.is(again.report.recordsQuarantined > 0, opening === 0)
    const found: number[] = []
    await again.scanKeys(opRange(1, 1), (key) => {
      found.push(Number(Buffer.from(key).readBigUInt64BE(13)))
    })
    t.deepEqual(found, [0, 1, 2, 3])
    t.is(again.find(opKey(2, 1, 77)), null)
    t.is(await again.newest(catalogueRange()), null)
    t.is(again.find(manifestKey(1, 5)), null)
    await again.close()
  }
  const last = await disk.openStore()
  t.deepEqual((await commitMany(last, 200, 5)).codes, [])
  await last.close()
})

test('open: a damaged batch record is told, and no reason to throw away what follows it', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const { acknowledged } = await commitMany(store, 0, 10)
  await store.close()
  for (const batch of [5, 10]) {
    disk.flipBit(batchKey(batch), 200)
    const again = await disk.openStore()
    t.deepEqual(again.report.truncatedFrom, [])
    t.true(again.report.notes.some((note) => note.includes('damaged')))
    t.deepEqual(lostOf(again, acknowledged), [])
    await again.commit([])
    await again.close()
    disk.flipBit(batchKey(batch), 200)
  }
})

test('open: removed batch records that come back mean nothing', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const disk = new SimulatedDisk({ seed, staleChance: 0.5 })
    const acknowledged: number[] = []
    for (let round = 0; round < 3; round++) {
      const store = await disk.openStore()
      t.deepEqual(store.report.truncatedFrom, [], `seed=${seed}`)
      // Large payloads beside small operations, so that old batch records are dropped on the way.
      for (let i = 0; i < 12; i++) {
        const number = round * 12 + i
        await store.commit([
          { key: opKey(1, 1, number), payload: bytesOf(number, 50) },
          { key: opKey(2, 1, number), payload: new Uint8Array(4_000_000) }
        ])
        acknowledged.push(number)
      }
      t.deepEqual(lostOf(store, acknowledged), [], `seed=${seed}`)
      await store.close()
    }
    const dropped = [...disk.entries.keys()].filter(
      (name) => kindOf(Buffer.from(name, 'hex')) === 5
    )
    t.true(dropped.length < 36 * 5, `${dropped.length} batch records are kept`)
  }
})

test('commit: batch records older than the logs reach are dropped, the chain stays whole', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  for (let i = 0; i < 100; i++) {
    await store.commit([{ key: opKey(1, 1, i), payload: new Uint8Array(1_000_000) }])
    await store.commit([{ key: opKey(2, 1, i), payload: new Uint8Array(10) }])
  }
  await store.close()
  const again = await disk.openStore()
  t.deepEqual(again.report.truncatedFrom, [])
  t.is(again.report.lastBatch, store.stats().batches)
  let kept = 0
  await again.scanKeys(batchRange(), () => {
    kept++
  })
  // 20 MiB of 1 MB payloads, two batches each, and what waits to be dropped.
  t.true(kept >= 40 && kept < 60, `${kept} batch records are kept`)
  await again.close()
})

test('canary: a committer that goes on after a failed write loses acknowledged writes, and the check sees it', async (t) => {
  const disk = new SimulatedDisk({ seed: 1, failWrite: 5 })
  const level = await disk.open()
  const acknowledged: number[] = []
  let end: ChainEnd = { lastBatch: 0, lastCrc: 0, oldest: 1 }
  for (let number = 0; number < 20; number++) {
    const key = opKey(1, 1, number)
    const operations = [{ key, value: sealRecord(key, bytesOf(number, 50)) }]
    const next = nextBatchRecord(end, operations, { oldest: 1, timeMs: 0 })
    try {
      await writeSynced(level, [...operations, next.operation])
      acknowledged.push(number)
      end = next.end
    } catch {
      // The wrong rule: one failed write is one failed request.
    }
  }
  t.is(acknowledged.length, 19)
  await level.close()
  const store = await disk.openStore()
  t.is(lostOf(store, acknowledged).length, 15)
  await store.close()
})

test('reopen: acknowledged batches that are gone are told, and nothing more is written', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const put = (number: number): Promise<void> =>
    store.commit([{ key: taskKey(number), payload: Buffer.from([number]) }])
  await put(1)
  const synced = new Map(disk.entries)
  await put(2)
  // The disk answers from its own memory no longer: what it had synced is not there.
  disk.entries.clear()
  for (const [name, value] of synced) disk.entries.set(name, value)
  Object.assign(disk.faults, { failWrite: disk.writeCount + 1, failMode: 'once' })
  await t.throwsAsync(put(3), { code: 'STORE_POISONED' })
  const reopened = Promise.withResolvers<void>()
  store.onReopen(reopened.resolve)
  await reopened.promise
  t.is(store.state, 'read-only')
  t.true(store.report.notes.some((note) => note.includes('batch 2 was acknowledged')))
  await t.throwsAsync(put(4), { code: 'STORE_POISONED', message: /acknowledged batches are lost/ })
  await store.close()
})

test('onReopen: a listener that was taken away is not called', async (t) => {
  const disk = new SimulatedDisk({ seed: 1, failWrite: 2 })
  const store = await disk.openStore()
  const called: string[] = []
  const remove = store.onReopen(() => called.push('removed'))
  const reopened = Promise.withResolvers<void>()
  store.onReopen(() => {
    called.push('kept')
    reopened.resolve()
  })
  remove()
  await store.commit([{ key: taskKey(1), payload: Buffer.from([1]) }])
  await t.throwsAsync(store.commit([{ key: taskKey(2), payload: Buffer.from([2]) }]))
  await reopened.promise
  t.deepEqual(called, ['kept'])
  await store.close()
})
