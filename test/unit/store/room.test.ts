/**
 * Goal: commits become durable in the order of the calls, also when the disk was full and they waited for room. A later row
 * without the earlier one would be a hole in the operation log.
 */
import test from 'ava'
import { opKey, parseKey } from '../../../src/store/index.ts'
import { GuardedStore } from '../../../src/store/guarded-store.ts'
import { emptyReport, recoverChain } from '../../../src/store/recovery.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import type { Medium } from '../../../src/store/medium.ts'

/** A store whose disk was full just now, and which is open again. */
async function fullStore(
  regain: Medium['regain']
): Promise<{ readonly store: GuardedStore; readonly disk: SimulatedDisk }> {
  const failText = 'IO error: /x/000003.log: No space left on device'
  const disk = new SimulatedDisk({ seed: 1, failWrite: 1, failText })
  const medium: Medium = {
    folder: null,
    readersPath: null,
    ownsValues: false,
    open: async () => {
      const level = await disk.open()
      const { end } = await recoverChain(level, () => Promise.resolve())
      return { level, end, report: emptyReport }
    },
    prepareReopen: () => Promise.resolve(true),
    freeBytes: () => Promise.resolve(Infinity),
    regain,
    closed: () => Promise.resolve(),
    release: () => Promise.resolve()
  }
  const store = await GuardedStore.open(medium)
  const reopened = Promise.withResolvers<void>()
  store.onReopen(reopened.resolve)
  await store.commit([row(0)]).catch(() => {})
  await reopened.promise
  return { store, disk }
}

const row = (seqNo: number) => ({ key: opKey(1, 1, seqNo), payload: Buffer.from([seqNo]) })

/** Sequence numbers of the rows in the order in which they reached the disk. */
function written(disk: SimulatedDisk): number[] {
  return [...disk.entries.keys()].flatMap((name) => {
    const key = parseKey(Buffer.from(name, 'hex'))
    return key?.kind === 'operation' ? [key.number] : []
  })
}

test('commit: what comes while others wait for room, or just as there is some, does not overtake them', async (t) => {
  const rooms: PromiseWithResolvers<boolean>[] = []
  const { store, disk } = await fullStore(() => {
    const room = Promise.withResolvers<boolean>()
    rooms.push(room)
    // A second question takes its time.
    if (rooms.length > 1) setTimeout(() => room.resolve(true), 20)
    return room.promise
  })
  const commits = [store.commit([row(1)]), store.commit([row(2)])]
  rooms[0]?.resolve(true)
  // One commit in each of the next microtasks: the answer travels through some of them.
  for (let seqNo = 3; seqNo < 30; seqNo++) {
    commits.push(store.commit([row(seqNo)]))
    await Promise.resolve()
  }
  await Promise.all(commits)
  t.deepEqual(
    written(disk),
    Array.from({ length: 29 }, (_, at) => at + 1)
  )
  t.is(rooms.length, 1)
  await store.close()
})

test('commit: without room all that wait are refused with STORE_FULL, and the next one asks again', async (t) => {
  let hasRoom = false
  const { store, disk } = await fullStore(() =>
    hasRoom ? Promise.resolve(true) : Promise.reject(new Error('cannot ask'))
  )
  const refused = await Promise.allSettled([store.commit([row(1)]), store.commit([row(2)])])
  for (const each of refused) t.like(each, { status: 'rejected', reason: { code: 'STORE_FULL' } })
  hasRoom = true
  await store.commit([row(3)])
  t.deepEqual(written(disk), [3])
  await store.close()
})
