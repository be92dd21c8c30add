/** The walk for one kind of code, as compiled from simd/assembly/walk.ts. */
import { instantiate, moduleFor } from '../../simd/index.ts'
import type { KernelImports } from '../../simd/index.ts'

export type CodeKind =
  | 'f32-l2'
  | 'f32-dot'
  | 'f32-l1'
  | 'f32-linf'
  | 'i7-l2'
  | 'i7-dot'
  | 'i8-l2'
  | 'i8-dot'
  | 'i8-cos'
  | 'bit-hamming'

/** Limit of a search that no distance is above. */
export const unlimited = 0xffff_ffff

/** Meanings: simd/assembly/walk.ts. Everything is a count, a node or an address. */
export type WalkKernel = {
  bind(indexBlock: number, scratchBlock: number): void
  encodeQuery(source: number): number
  encodeNode(source: number, node: number): void
  search(
    ef: number,
    limit: number,
    floor: number,
    rank: number,
    ratio: number,
    atLeast: number
  ): number
  searchAccepted(
    ef: number,
    accept: number,
    limit: number,
    floor: number,
    rank: number,
    ratio: number,
    atLeast: number,
    scoredMax: number
  ): number
  scanCodes(most: number, accept: number): number
  scored(): number
  insertRange(from: number, to: number, ef: number, starts: number): number
  findStarts(from: number, to: number, starts: number): number
  mendRange(from: number, to: number): number
  distancesInRange(from: number, to: number, out: number): void
}

/** 7-bit codes are compared in the fastest way the machine has: the distances are the same. */
export function walkKernel(kind: CodeKind, imports: KernelImports): WalkKernel {
  const name = `walk-${kind}`
  return instantiate(
    kind.startsWith('i7') ? moduleFor(name) : name,
    imports
  ) as unknown as WalkKernel
}
