/** Sets are compared by marks, by a walk of both or by searches, as their lengths and dims say. Judge: plain TypeScript. */
import test from 'ava'
import type { VectorSpec } from '../../../src/vector/index.ts'
import { differingCount, intersectionCount, jaccard } from '../../../src/vector/lsh/sparse-bool.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_123

for (const dims of [3, 64, 5_000, 65_536, 65_537, 2 ** 20, 2 ** 20 + 1, 2 ** 31 - 1]) {
  for (const frameCount of [1, 64]) {
    test(`rawValues: sets of ${dims} indices in ${frameCount} frames`, async (t) => {
      const uniform = uniformOf(seed + frameCount)
      const setOf = (size: number): Int32Array => {
        const near = Math.min(dims, 3 * size + 1)
        const members = new Set([dims - 1])
        for (let at = 0; at < size; at++) members.add(Math.floor(uniform() * near))
        return Int32Array.from(members).sort()
      }
      const sizes = [0, 1, 2, 5, 17, 60, 400, 6_000]
      const rows = [new Int32Array(0), ...sizes.map(setOf), ...sizes.map(setOf)]
      const index = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const
      const spec: VectorSpec = { dims, element: 'sparse-bool', space: 'jaccard', ...index }
      const pages = new ArrayPages()
      const given = { count: rows.length, row: (at: number) => rows[at]! }
      const format = newestFormat('sparse')
      const { meta } = await format.build(given, spec, pages.sink, { seed: 1, threads: 0 })
      const opened = format.open(meta, new ArrayPageSource(pages, frameCount))
      const ords = Uint32Array.from({ length: 200 }, () => Math.floor(uniform() * rows.length))
      for (const query of rows) {
        const common = Array.from(ords, (ord) => intersectionCount(query, rows[ord]!))
        const values = (of: typeof jaccard): number[] =>
          common.map((count, at) => Math.fround(of(query.length, rows[ords[at]!]!.length, count)))
        t.deepEqual([...opened.rawValues(query, 'jaccard', ords)], values(jaccard))
        t.deepEqual([...opened.rawValues(query, 'hamming', ords)], values(differingCount))
        // One row alone is not worth marking where there are many indices.
        const scorer = opened.rawScorer(query)
        for (const [at, ord] of ords.subarray(0, 20).entries()) {
          t.is(scorer(ord), values(jaccard)[at]!)
        }
      }
      opened.close()
    })
  }
}
