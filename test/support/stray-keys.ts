import { readManifest } from '../../src/engine/manifest.ts'
import {
  describeKey,
  indexRange,
  manifestRange,
  parseKey,
  segmentRange
} from '../../src/store/index.ts'
import type { Store } from '../../src/store/index.ts'

/** Keys of an index that its newest manifest does not account for: what an interrupted job left behind. */
export async function strayKeys(store: Store, index: number): Promise<string[]> {
  const manifest = await readManifest(store, index)
  const segments = new Map(manifest.segments.map((each) => [each.info.generation, each]))
  const stray: string[] = []
  await store.scanKeys(indexRange(index), (key) => {
    const parts = parseKey(key)
    const segment = segments.get(parts?.generation ?? -1)
    let named = segment !== undefined
    if (parts?.kind === 'operation') named = parts.generation >= manifest.bufferGeneration
    if (parts?.kind === 'live') named = segment?.liveGeneration === parts.number
    if (!named) stray.push(JSON.stringify(describeKey(key)))
  })
  await store.scanKeys(manifestRange(index), (key) => {
    if (parseKey(key)?.number !== manifest.generation) stray.push(JSON.stringify(describeKey(key)))
  })
  return stray
}

/** Keys of a segment, or of the operation log of its generation. */
export async function segmentKeyCount(
  store: Store,
  index: number,
  generation: number
): Promise<number> {
  let count = 0
  await store.scanKeys(segmentRange(index, generation), () => void count++)
  return count
}
