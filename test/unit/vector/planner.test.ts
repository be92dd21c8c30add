/** The plan as a table: facts of an index and a request, and what is to be done. */
import test from 'ava'
import { planSearch } from '../../../src/vector/hnsw/planner.ts'
import type { Plan, PlanFacts, PlanRequest } from '../../../src/vector/hnsw/planner.ts'

const facts: PlanFacts = {
  count: 100_000,
  acceptCount: 100_000,
  m: 16,
  rowBytes: 512,
  codeBytes: 128,
  lossy: true,
  beamFactor: 1
}
const request: PlanRequest = { k: 10, candidates: 100, rescore: 0, strategy: 'planned' }

type Row = readonly [string, Partial<PlanRequest>, Partial<PlanFacts>, Partial<Plan>]
const rows: readonly Row[] = [
  [
    '100,000 vectors are walked with the beam that was asked for',
    {},
    {},
    { strategy: 'graph', ef: 100, rescoreCount: 30 }
  ],
  ['more candidates are obeyed', { candidates: 500 }, {}, { strategy: 'graph', ef: 500 }],
  [
    'three times k is rescored, as far as the beam goes',
    { k: 50, candidates: 400 },
    {},
    { strategy: 'graph', ef: 400, rescoreCount: 150 }
  ],
  ['a wanted oversample is obeyed', { rescore: 80 }, {}, { rescoreCount: 80 }],
  ['codes that lose nothing rescore k', {}, { lossy: false }, { rescoreCount: 10 }],
  [
    'few vectors are scanned sooner than walked',
    {},
    { count: 500, acceptCount: 500 },
    { strategy: 'exact' }
  ],
  [
    'as few of many dimensions are walked',
    {},
    { count: 1_000, acceptCount: 1_000, rowBytes: 3_072, codeBytes: 768 },
    { strategy: 'graph' }
  ],
  ['five thousand are walked', {}, { count: 5_000, acceptCount: 5_000 }, { strategy: 'graph' }],
  [
    'a graph that needs wider beams has them',
    { candidates: 50 },
    { beamFactor: 4 },
    { strategy: 'graph', ef: 200 }
  ],
  [
    'and where they are a little wider, whole ones',
    { candidates: 33 },
    { beamFactor: 1.25 },
    { strategy: 'graph', ef: 42 }
  ],
  [
    'and is scanned where they cost more',
    {},
    { count: 3_000, acceptCount: 3_000, beamFactor: 8 },
    { strategy: 'exact' }
  ],
  ['asked for a scan it scans', { strategy: 'exact' }, {}, { strategy: 'exact' }],
  [
    'asked for a walk it walks as narrow as asked',
    { strategy: 'graph', candidates: 32 },
    {},
    { strategy: 'graph', ef: 32 }
  ],
  [
    'asked for a walk it walks a small graph too',
    { strategy: 'graph' },
    { count: 500, acceptCount: 500 },
    { strategy: 'graph' }
  ],
  [
    'a few deletes are walked through',
    {},
    { acceptCount: 95_000 },
    { strategy: 'filtered-graph', twoHops: false }
  ],
  [
    'a tenth is walked in two hops',
    {},
    { acceptCount: 10_000 },
    { strategy: 'filtered-graph', twoHops: true }
  ],
  ['a hundredth is scanned', {}, { acceptCount: 1_000 }, { strategy: 'exact' }],
  [
    'a filtered walk has a beam of 64 at least where a walk without a filter finds .95',
    { candidates: 32 },
    { acceptCount: 10_000 },
    { strategy: 'filtered-graph', ef: 64 }
  ],
  [
    'with fewer candidates that share of it',
    { candidates: 16 },
    { acceptCount: 10_000 },
    { strategy: 'filtered-graph', ef: 32 }
  ],
  [
    'and never less than was asked for',
    { candidates: 80 },
    { acceptCount: 10_000 },
    { strategy: 'filtered-graph', ef: 80 }
  ],
  [
    'and a wider one where fewer are accepted',
    { candidates: 32 },
    { count: 1_000_000, acceptCount: 40_000 },
    { strategy: 'filtered-graph', ef: 122 }
  ],
  [
    'a share so small that accepted nodes do not hang together is scanned',
    {},
    { count: 10_000_000, acceptCount: 100_000 },
    { strategy: 'exact' }
  ],
  ['a thousandth is scanned', {}, { acceptCount: 100 }, { strategy: 'exact' }],
  [
    'no more accepted than wanted: all of them are returned',
    {},
    { acceptCount: 10 },
    { strategy: 'exact' }
  ],
  ['nothing accepted needs no walk', {}, { acceptCount: 0 }, { strategy: 'exact' }],
  ['10,000 hits of 100,000 are scanned', { k: 10_000 }, {}, { strategy: 'exact' }],
  [
    'a wide beam in a large index is walked',
    { k: 1_000, candidates: 3_000 },
    { count: 3_000_000, acceptCount: 3_000_000 },
    { strategy: 'graph', ef: 3_000 }
  ],
  [
    'a beam beyond the scratch is scanned',
    { candidates: 16_385 },
    { count: 9_000_000, acceptCount: 9_000_000 },
    { strategy: 'exact' }
  ]
]

for (const [what, requested, given, wanted] of rows) {
  test(`planSearch: ${what}`, (t) => {
    t.like(planSearch({ ...request, ...requested }, { ...facts, ...given }), wanted)
  })
}

test('planSearch: a beam is never narrower than what is compared again', (t) => {
  for (const k of [1, 7, 50, 300]) {
    for (const candidates of [1, 90, 1_000]) {
      const plan = planSearch({ ...request, k, candidates, strategy: 'graph' }, facts)
      t.true(plan.ef >= plan.rescoreCount && plan.ef >= k && plan.ef >= candidates)
    }
  }
})
