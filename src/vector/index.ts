/** Here are vectors and a query, give me the nearest ordinals. Knows no keys, no documents, no files. */
export type * from './hash-postings.ts'
export type * from './types.ts'
export { flatFormat } from './flat/flat-format.ts'
export { chooseFormat, formatOf } from './formats.ts'
export { firstPagesBytes, openGrowingIndex, pinnedBytesOf } from './growing-index.ts'
export type { PinnedPages } from './pinned-pages.ts'
export { absentRow } from './geometry.ts'
export { GraphAhead } from './hnsw/graph-ahead.ts'
export { candidatesDefaultMin } from './hnsw/planner.ts'
export { reserveMarks } from './kernels/context.ts'
export { threadMarksBytes, threadScratchBytes } from './kernels/scratch.ts'
export { NearestSoFar } from './nearest-so-far.ts'
export { ScanWanted } from './scan-wanted.ts'
export type { DenseHashSpec, SparseHashSpec } from './lsh/hash-model.ts'
export type { HashTerms } from './lsh/hash-terms.ts'
export { hashQuery } from './lsh/model-cache.ts'
export { sortedTrueIndices } from './lsh/sparse-bool.ts'
export { joinScans, scanRanges } from './scan-parts.ts'
export { selfRecall } from './self-recall.ts'
export {
  firstNotFinite,
  isUnit,
  magnitude,
  normalise,
  smallIsNear,
  squaredMagnitude,
  vectorByteLength
} from './spaces.ts'
