import { generationRange, parseKey } from './keys.ts'
import type { Store } from './types.ts'

/**
 * Generations of an index that have any key (operation rows or pages of a segment), ascending: which buffers to replay,
 * and which segments no manifest names.
 *
 * Cost     one seek a generation, not one a key.
 */
export async function generationsOf(store: Store, index: number, from: number): Promise<number[]> {
  const generations: number[] = []
  let next = from
  for (;;) {
    let found: number | null = null
    await store.scanKeys(generationRange(index, next), (key) => {
      found = parseKey(key)?.generation ?? null
      return false
    })
    if (found === null) return generations
    generations.push(found)
    next = found + 1
  }
}
