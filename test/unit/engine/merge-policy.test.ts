import test from 'ava'
import * as fc from 'fast-check'
import { chooseForcedMerges, chooseMerges } from '../../../src/engine/merge-policy.ts'
import type { MergeCandidate } from '../../../src/engine/merge-policy.ts'

const mib = 1024 * 1024
const options = {
  segmentsPerTier: 4,
  floorBytes: 2 * mib,
  mergedBytesMax: 100 * mib,
  deletedShareMax: 0.25,
  unindexedBytesMax: 50 * mib,
  unindexedAgeMs: 1_000,
  quietMs: 100
}

/** Segments of 100 documents: size in MiB, deleted documents. Generations count from 1. */
function segments(
  ...rows: readonly (readonly [mebibytes: number, deleted?: number])[]
): MergeCandidate[] {
  return rows.map(([mebibytes, deleted = 0], at) => ({
    generation: at + 1,
    docCount: 100,
    deletedCount: deleted,
    bytes: mebibytes * mib,
    unindexedBytes: 0
  }))
}

const cases: readonly {
  readonly title: string
  readonly given: MergeCandidate[]
  readonly wanted: number[][]
}[] = [
  { title: 'nothing for no segment', given: [], wanted: [] },
  { title: 'nothing for one segment without deletes', given: segments([5]), wanted: [] },
  { title: 'nothing below a full tier', given: segments([1], [1], [1]), wanted: [] },
  { title: 'a full tier', given: segments([1], [1], [1], [1]), wanted: [[1, 2, 3, 4]] },
  {
    title: 'tiny segments of different size share the floor tier',
    given: segments([0.1], [1], [1.9], [0.5]),
    wanted: [[1, 4, 2, 3]]
  },
  {
    title: 'a segment of a higher tier stays out',
    given: segments([1], [1], [30], [1], [1]),
    wanted: [[1, 2, 4, 5]]
  },
  {
    title: 'two full tiers, the smaller first',
    given: segments([10], [10], [10], [10], [1], [1], [1], [1]),
    wanted: [
      [5, 6, 7, 8],
      [1, 2, 3, 4]
    ]
  },
  {
    title: 'a merge stops at the greatest merged size',
    given: segments([40], [40], [40], [40]),
    wanted: [[1, 2]]
  },
  {
    title: 'segments above half the greatest size are merged no more',
    given: segments([60], [60], [60], [60]),
    wanted: []
  },
  {
    title: 'a big segment with many deletes is written again alone',
    given: segments([500, 30]),
    wanted: [[1]]
  },
  { title: 'a share of deletes at the limit is left', given: segments([500, 25]), wanted: [] },
  {
    title: 'a segment in a full tier is not also written alone',
    given: segments([1, 90], [1], [1], [1]),
    wanted: [[1, 2, 3, 4]]
  },
  {
    title: 'deleted bytes do not count towards the tier',
    given: segments([10, 90], [1], [1], [1]),
    wanted: [[1, 2, 3, 4]]
  },
  {
    title: 'the segment with the greatest share of deletes comes first',
    given: segments([50, 30], [50, 60]),
    wanted: [[2], [1]]
  }
]

for (const { title, given, wanted } of cases)
  test(`chooseMerges: ${title}`, (t) => {
    t.deepEqual(chooseMerges(given, options, false), wanted)
    t.deepEqual(chooseMerges(given, options, true), wanted)
  })

test('chooseMerges: no generation stands in two groups, groups keep the size limit, and it comes to an end', (t) => {
  const candidate = fc.record({
    docCount: fc.integer({ min: 1, max: 10_000 }),
    deletedShare: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.integer({ min: 1, max: 200 * mib }),
    isIndexed: fc.boolean()
  })
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 60 }), (all) => {
      let now = all.map(({ docCount, deletedShare, bytes, isIndexed }, at) => {
        return {
          generation: at,
          docCount,
          deletedCount: Math.floor(deletedShare * docCount),
          bytes,
          unindexedBytes: isIndexed ? 0 : bytes
        }
      })
      let next = now.length
      for (let round = 0; ; round++) {
        const groups = chooseMerges(now, options, true)
        t.is(new Set(groups.flat()).size, groups.flat().length)
        const group = groups[0]
        if (group === undefined) break
        t.true(round < 200)
        const sources = now.filter((each) => group.includes(each.generation))
        const merged = {
          generation: next++,
          docCount: sources.reduce((sum, each) => sum + each.docCount - each.deletedCount, 0),
          deletedCount: 0,
          unindexedBytes: 0,
          bytes: sources.reduce((sum, { bytes, docCount, deletedCount }) => {
            return sum + (bytes * (docCount - deletedCount)) / docCount
          }, 0)
        }
        t.true(sources.length === 1 || merged.bytes <= options.mergedBytesMax)
        now = now.filter((each) => !group.includes(each.generation))
        if (merged.docCount > 0) now.push(merged)
      }
      t.true(now.every((each) => each.unindexedBytes === 0))
      t.true(now.every((each) => each.deletedCount / each.docCount <= options.deletedShareMax))
    }),
    { seed: 20261121, numRuns: 50 }
  )
})

/** As segments(), and all of their vectors wait for a graph. */
const unindexed = (
  ...rows: readonly (readonly [mebibytes: number, deleted?: number])[]
): MergeCandidate[] => segments(...rows).map((each) => ({ ...each, unindexedBytes: each.bytes }))

test('chooseMerges: vectors without a graph are left alone until graphs are due, then they go together', (t) => {
  const indexed = segments([1], [1], [1]).map((each) => ({
    ...each,
    generation: each.generation + 10
  }))
  const given = [...unindexed([1], [9], [1, 60], [2]), ...indexed]
  t.deepEqual(chooseMerges(given, options, false), [])
  t.deepEqual(chooseMerges(given, options, true), [[1, 2, 3, 4]])
  t.deepEqual(chooseMerges(unindexed([60], [30], [20], [5]), options, true), [[1, 2]])
  t.deepEqual(chooseMerges(unindexed([500]), options, true), [[1]])
})

test('chooseForcedMerges: vectors without a graph get it, whatever number of segments is asked for', (t) => {
  t.deepEqual(chooseForcedMerges(unindexed([10]), { maxSegments: 1 }), [[1]])
  t.deepEqual(chooseForcedMerges(unindexed([10], [1]), { maxSegments: 5 }), [[1], [2]])
  t.deepEqual(chooseForcedMerges(unindexed([10], [1]), { maxSegments: 1 }), [[2, 1]])
})

test('chooseForcedMerges: merges the smallest ones down to the number asked for', (t) => {
  const given = segments([10], [1], [5], [20])
  t.deepEqual(chooseForcedMerges(given, { maxSegments: 1 }), [[2, 3, 1, 4]])
  t.deepEqual(chooseForcedMerges(given, { maxSegments: 3 }), [[2, 3]])
  t.deepEqual(chooseForcedMerges(given, { maxSegments: 4 }), [])
})

test('chooseForcedMerges: one segment with deletes is written again, one without is left', (t) => {
  t.deepEqual(chooseForcedMerges(segments([10, 1]), { maxSegments: 1 }), [[1]])
  t.deepEqual(chooseForcedMerges(segments([10]), { maxSegments: 1 }), [])
})

test('chooseForcedMerges: onlyExpungeDeletes writes each segment with deletes again, alone', (t) => {
  const given = segments([10, 1], [1], [5, 2])
  t.deepEqual(chooseForcedMerges(given, { onlyExpungeDeletes: true }), [[1], [3]])
})
