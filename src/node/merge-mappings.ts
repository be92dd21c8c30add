import type { IndexMapping, MappingJson } from '../mapping/index.ts'
import { runInSlices } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import type { OpenIndex } from './open-index.ts'

/**
 * Puts a definition into the mappings of several indices, or where one refuses it of none. Documents may add to a mapping while it is
 * merged: then it is merged again.
 */
export async function mergeInto(
  indices: readonly OpenIndex[],
  definition: MappingJson,
  slice: LoopSlice
): Promise<void> {
  const merged = new Map<OpenIndex, { before: IndexMapping; after: IndexMapping }>()
  for (;;) {
    const index = indices.find((one) => merged.get(one)?.before !== one.mapping)
    if (index === undefined) break
    index.assertUndamaged()
    const before = index.mapping
    const after = await runInSlices(before.mergeInSteps(definition), slice)
    merged.set(index, { before, after })
  }
  for (const [index, { after }] of merged) index.replaceMapping(after)
}
