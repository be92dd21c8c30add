/** Where the vectors of a write buffer live: pinned pages of the shared cache, searched by the same kernels as segments. */
import { openGrowingIndex } from '../vector/index.ts'
import { assert } from '../util/index.ts'
import type { PageCache } from '../cache/index.ts'
import type { GrowingVectors, MemorySegmentOptions } from '../segment/index.ts'

/** Pages a field of one buffer may have: 1 GiB, far beyond what a flush by bytes lets it become. */
const pageCountMax = 65_536

/** @returns the factory that a MemorySegment asks for. */
export function growingVectorsIn(cache: PageCache): MemorySegmentOptions['growingVectors'] {
  return (spec): GrowingVectors => {
    const source = cache.source(() => () => {
      assert(false, 'a write buffer has no page in the store')
    })
    const index = openGrowingIndex(spec, source, (kind) => cache.pinnedTable(kind, pageCountMax))
    return {
      get size() {
        return index.size
      },
      append: (vector) => index.append(vector),
      at: (size) => index.at(size),
      sizeInBytes: () => index.sizeInBytes(),
      close: () => {
        index.close()
        source.close()
      }
    }
  }
}
