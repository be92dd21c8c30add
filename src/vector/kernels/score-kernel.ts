/** Raw values of rows, as compiled from simd/assembly/walk-score.ts. */
import { instantiate } from '../../simd/index.ts'
import type { KernelImports } from '../../simd/index.ts'

/** Meanings: simd/assembly/walk-score.ts, of metrics row-value.ts. */
export type ScoreKernel = {
  bind(rowBlock: number, metric: number, largeIsNear: number, batch: number): void
  score(query: number, ord: number): number
  values(query: number, ords: number, count: number, out: number): void
  nearest(
    query: number,
    ords: number,
    counts: number,
    count: number,
    first: number,
    out: number
  ): void
  sketch(query: number, out: number): number
  nearestSketched(
    query: number,
    querySketch: number,
    reach: number,
    error: number,
    ords: number,
    distances: number,
    count: number,
    first: number,
    out: number
  ): void
  worst(): number
  farthest(): number
  squaredMagnitude(address: number, count: number): number
  startHeap(heap: number, k: number): void
  limitHeap(order: number): void
  scan(query: number, from: number, to: number, accept: number): number
  rescore(query: number, keys: number, count: number, unit: number): number
  finishHeap(): number
}

export function scoreKernel(imports: KernelImports): ScoreKernel {
  return instantiate('walk-score', imports) as unknown as ScoreKernel
}
