import { MemoryLevel } from 'memory-level'
import { openLevelStore } from '../../src/store/index.ts'
import type { Level, Store } from '../../src/store/index.ts'

/** A store in memory, for tests of what stands on it. Gone when it is closed. */
export function openMemoryStore(): Promise<Store> {
  return openLevelStore(openMemoryLevel)
}

export async function openMemoryLevel(): Promise<Level> {
  const level = new MemoryLevel<Uint8Array, Uint8Array>({
    storeEncoding: 'view',
    keyEncoding: 'view',
    valueEncoding: 'view'
  })
  await level.open()
  return level
}
