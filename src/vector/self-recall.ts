/** Recall of an index measured by itself: its own vectors as queries, its exact search as the judge. */
import { assert } from '../util/index.ts'
import { randomSource } from './hnsw/levels.ts'
import type { VectorIndex, VectorSearchRequest } from './types.ts'

export type SelfRecallOptions = {
  readonly sampleCount: number
  readonly k: number
  readonly candidates: number
  readonly seed: number
}

/** Share of the exact hits that a graph search finds, 0 .. 1. Of equals at the end either may be the exact one, so sets of many tell less. */
export function selfRecall(index: VectorIndex, options: SelfRecallOptions): number {
  assert(index.size > 0, 'an index with vectors')
  const random = randomSource(options.seed)
  let found = 0
  let wanted = 0
  for (let i = 0; i < options.sampleCount; i++) {
    const query = index.vectorAt(Math.floor(random() * index.size) % index.size)
    const request: VectorSearchRequest = {
      query,
      k: options.k,
      candidates: options.candidates,
      rescore: 0,
      accept: null,
      strategy: 'exact'
    }
    const exact = new Set(index.search(request).ords)
    const { ords } = index.search({ ...request, strategy: 'graph' })
    for (const ord of ords) if (exact.has(ord)) found += 1
    wanted += exact.size
  }
  return found / wanted
}
