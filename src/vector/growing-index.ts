/** The index of a write buffer, by the elements of its vectors. */
import { GrowingFlatIndex } from './flat/growing-flat.ts'
import type { PinnedPages } from './flat/growing-flat.ts'
import { GrowingSparseIndex } from './sparse/growing-sparse.ts'
import type { PageKind, PageSource, Vector, VectorBytes, VectorIndex, VectorSpec } from './types.ts'

export type GrowingIndex = {
  readonly size: number
  /** Adds a vector; returns its ordinal. A search begun later sees it. */
  append(vector: Vector): number
  /** The first `size` vectors as an index of their own. */
  at(size: number): VectorIndex
  sizeInBytes(): VectorBytes
  close(): void
}

export function openGrowingIndex(
  spec: VectorSpec,
  source: PageSource,
  pinned: (kind: PageKind) => PinnedPages
): GrowingIndex {
  return spec.element === 'sparse-bool'
    ? new GrowingSparseIndex(spec, source, pinned)
    : new GrowingFlatIndex(spec, source, pinned)
}
