import test from 'ava'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { storeSuite } from '../../suite/store.ts'

storeSuite(test, () => {
  const disk = new SimulatedDisk({ seed: 7 })
  return Promise.resolve({ persistent: true, open: () => disk.openStore() })
})
