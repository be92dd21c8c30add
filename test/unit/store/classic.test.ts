import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../../src/store/index.ts'
import { storeSuite } from '../../suite/store.ts'

const folders: string[] = []
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

storeSuite(test, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leveret-store-'))
  folders.push(folder)
  return { persistent: true, open: () => openStore(folder, { reserveFileBytes: 1 << 20 }) }
})
