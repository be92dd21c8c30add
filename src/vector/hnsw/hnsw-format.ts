/**
 * HNSW, version 7. Ordinals are numbered by graph locality (renumber.ts). Vectors and codes of 512 bytes and more lie in pages of at
 * most 4 KiB where those are three quarters full (geometry.ts), lists where they are half full.
 *
 * | pages   | what                                                                                                    |
 * | ------- | ------------------------------------------------------------------------------------------------------- |
 * | codes   | what walks compare, by ord: 7-bit codes, floats, bytes or bits (code-layout.ts), and the f32 correction |
 * |         | or u32 squared norm of the kinds that have one, at the next multiple of 16 bytes                        |
 * | lists   | level 0, by ord: neighbours of `listBits` bits (packed-lists.ts)                                        |
 * | upper   | `mapPages` pages u32[4096]: 1 + first record of an ord, 0 when it is on level 0 only; then records:     |
 * |         | u32 count, u32[M] neighbours, padded to 16 bytes; a node's levels 1, 2 … follow one another             |
 * | vectors | the rows (row-table.ts), by ord, packed as `packing` says; not there where the codes are the rows       |
 * | norms   | row-table.ts, for cosine over float32                                                                   |
 *
 * All integers and floats are little-endian. Parameters: codes (kind), rangeLow and rangeScale of 7-bit codes, codedDims (coded-dims.ts), entry (ord),
 * topLevel (-1: empty), records (upper lists), mapPages, smallPageBytes, listBits, listsPerPage, listPageBytes, packing (row-packing.ts); beamFactor, farDistance and spread (walk-check.ts); seed and
 * sampleRecall tell how it was built.
 */
import { VectorStoreError } from '../../util/index.ts'
import { KernelContext } from '../kernels/context.ts'
import type { PageSource, VectorIndex, VectorIndexFormat, VectorIndexMeta } from '../types.ts'
import { buildGraph } from './build.ts'
import { codeLayout } from './code-layout.ts'
import { graphParameters, graphVersion } from './graph-parameters.ts'
import { HnswIndex } from './hnsw-index.ts'
import { HnswPages } from './hnsw-pages.ts'

export const hnswFormat: VectorIndexFormat = {
  name: 'hnsw',
  version: graphVersion,
  build: buildGraph,
  open
}

function open(meta: VectorIndexMeta, source: PageSource): VectorIndex {
  const parameters = graphParameters(meta)
  const layout = codeLayout(meta.spec, parameters.codes.startsWith('i7'), parameters.codedDims)
  if (layout.kind !== parameters.codes) {
    throw new VectorStoreError(
      'STORE_FORMAT',
      `codes are ${parameters.codes}, wanted ${layout.kind} for ${meta.spec.element} and ${meta.spec.space}`
    )
  }
  KernelContext.of(source).reserveVisited(meta.count)
  return new HnswIndex(meta, source, layout, new HnswPages(meta, parameters, layout, source))
}
