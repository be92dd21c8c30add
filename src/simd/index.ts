/** Here is a memory, give me kernels that compare vectors in it. */
export { workerUrl } from './locate.ts'
export {
  codeSums,
  createKernelMemory,
  evictionsAddress,
  frameShift,
  framesLockAddress,
  instantiate,
  kernelMemoryBytesMax,
  loadModule,
  moduleFor,
  othersAddress,
  referenceBase,
  reservedBytes
} from './loader.ts'
export type { KernelImports } from './loader.ts'
export { distanceKernels } from './distance.ts'
export type { DistanceKernels } from './distance.ts'
export { hashPostingKernels } from './hash-postings.ts'
export type { HashPostingKernels } from './hash-postings.ts'
export { sparseRowKernels } from './sparse-rows.ts'
export type { SparseRowKernels } from './sparse-rows.ts'
export { projectionGroup, projectionKernels } from './projections.ts'
export type { ProjectionKernels } from './projections.ts'
export { setKernels } from './sets.ts'
export * as twin from './twin.ts'
