/** Scans in parts: whoever cuts them, the answer is that of one scan, equal values by the lower ordinal. */
import test from 'ava'
import { joinScans, scanRanges } from '../../../src/vector/index.ts'
import type { Space, VectorSearchResult } from '../../../src/vector/index.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_122

type Hit = { readonly ord: number; readonly value: number }

function resultOf(hits: readonly Hit[]): VectorSearchResult {
  return {
    ords: Uint32Array.from(hits, ({ ord }) => ord),
    values: Float32Array.from(hits, ({ value }) => value),
    strategy: 'exact',
    visitedCount: 1,
    rescoredCount: 0,
    pagesRead: 0
  }
}

for (const space of ['l2', 'dot'] satisfies Space[])
  test(`joinScans: the best of all parts, equal values by the lower ordinal, ${space}`, (t) => {
    const uniform = uniformOf(seed)
    const sign = space === 'l2' ? 1 : -1
    for (let round = 0; round < 50; round++) {
      const size = 1 + Math.floor(uniform() * 60)
      const k = 1 + Math.floor(uniform() * 30)
      // Few values: most have equals.
      const all = Array.from({ length: size }, (_, ord) => ({
        ord,
        value: Math.floor(uniform() * 4)
      }))
      const best = (hits: readonly Hit[]): Hit[] =>
        hits.toSorted((a, b) => sign * (a.value - b.value) || a.ord - b.ord).slice(0, k)
      const ranges = scanRanges(size, 1 + Math.floor(uniform() * 7))
      t.is(ranges[0]?.from, 0)
      t.is(ranges.at(-1)?.to, size)
      const parts = ranges.map(({ from, to }) => resultOf(best(all.slice(from, to))))
      const wanted = resultOf(best(all))
      const joined = joinScans(parts, k, space)
      t.deepEqual([...joined.ords], [...wanted.ords], `seed ${seed} round ${round}`)
      t.deepEqual([...joined.values], [...wanted.values])
      t.is(joined.visitedCount, parts.length)
    }
  })
