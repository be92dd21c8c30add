import test from 'ava'
import { indexRange, opKey } from '../../../src/store/index.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { storeSuite } from '../../suite/store.ts'

storeSuite(test, () => {
  const disk = new SimulatedDisk({ seed: 7 })
  return Promise.resolve({ persistent: true, open: () => disk.openStore() })
})

test('removeRange: where there is nothing, nothing is written', async (t) => {
  const disk = new SimulatedDisk({ seed: 7 })
  const store = await disk.openStore()
  await store.commit([{ key: opKey(1, 1, 1), payload: Buffer.from('a') }])
  const { writeCount } = disk
  await store.removeRange(indexRange(2))
  t.is(disk.writeCount, writeCount)
  await store.removeRange(indexRange(1))
  t.true(disk.writeCount > writeCount)
  await store.close()
})
