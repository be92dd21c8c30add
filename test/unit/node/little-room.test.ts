/** Little room on the disk: documents and jobs are refused before it is full, what frees room is not. */
import test from 'ava'
import { codeOf, countOf, fill, options, put } from '../../support/node-requests.ts'
import { fullError, openOnDisk, reopenAfterCrash, replaced } from '../../support/simulated-node.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'

test('flush: without room on the disk it is refused before it writes, and writes go on', async (t) => {
  const disk = new SimulatedDisk()
  let asked = 0
  let full = true
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      assertRoom: (bytes) => {
        asked = bytes
        return full ? Promise.reject(fullError()) : store.assertRoom(bytes)
      }
    })
  )
  await fill(node, 'one', 30)
  const flush = (): Promise<void> => node.flush(node.resolve(['one'], options))
  const before = disk.entries.size
  t.is(await codeOf(t, flush()), 'STORE_FULL')
  t.true(asked > 0)
  t.is(disk.entries.size, before)
  await fill(node, 'two', 3)
  t.is(countOf(node, 'one'), 30)
  full = false
  await flush()
  const again = await reopenAfterCrash(t, disk)
  t.is(countOf(again, 'one'), 30)
})

test('write: with little room left documents are refused before the disk is full, deleting an index is not', async (t) => {
  const disk = new SimulatedDisk()
  let full = false
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      get isFull() {
        return full
      }
    })
  )
  await fill(node, 'one', 3)
  await fill(node, 'two', 3)
  full = true
  const before = disk.writeCount
  const [refused] = await node.write([put('one', 'x', 1)])
  t.is(refused?.outcome.ok === false && refused.outcome.error.code, 'STORE_FULL')
  t.is(disk.writeCount, before)
  t.is(countOf(node, 'one'), 3)
  await node.deleteIndex('two')
  full = false
  const [taken] = await node.write([put('one', 'x', 1)])
  t.true(taken?.outcome.ok)
})
