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
  beamFactor: 1,
  hasSpread: true
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
    'a few more are scanned by their codes',
    {},
    { count: 1_500, acceptCount: 1_500 },
    { strategy: 'code-scan', rescoreCount: 30 }
  ],
  [
    'five thousand of many dimensions are walked',
    {},
    { count: 5_000, acceptCount: 5_000, rowBytes: 3_072, codeBytes: 768 },
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
    { strategy: 'code-scan' }
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
    { strategy: 'filtered-graph', ef: 98, rescoreCount: 30 }
  ],
  [
    'a half is walked with a beam a quarter narrower, which looks at more nodes',
    {},
    { acceptCount: 50_000 },
    { strategy: 'filtered-graph', ef: 76, rescoreCount: 30 }
  ],
  [
    'a tenth is walked while the beam is short',
    { candidates: 32 },
    { acceptCount: 10_000 },
    { strategy: 'filtered-graph', ef: 13, rescoreCount: 30 }
  ],
  [
    'then it is scanned by codes',
    { candidates: 192 },
    { acceptCount: 10_000 },
    { strategy: 'code-scan', rescoreCount: 30 }
  ],
  [
    'a tenth of many is walked',
    {},
    { count: 1_000_000, acceptCount: 100_000 },
    { strategy: 'filtered-graph', ef: 40 }
  ],
  [
    'a filtered walk with few candidates has a beam below k where it ends by distance',
    { candidates: 16 },
    { count: 1_000_000, acceptCount: 100_000 },
    { strategy: 'filtered-graph', ef: 7 }
  ],
  [
    'three tenths of the candidates where fewer are accepted, up to k',
    { candidates: 30 },
    { count: 3_000_000, acceptCount: 30_000 },
    { strategy: 'filtered-graph', ef: 9 }
  ],
  [
    'a filtered walk that does not end by distance has a beam of k at least',
    { candidates: 16 },
    { count: 1_000_000, acceptCount: 100_000, hasSpread: false },
    { strategy: 'filtered-graph', ef: 10 }
  ],
  ['a hundredth is scanned by codes', {}, { acceptCount: 1_000 }, { strategy: 'code-scan' }],
  [
    'codes that are the rows are scanned for k alone',
    {},
    { acceptCount: 1_000, lossy: false, rowBytes: 128 },
    { strategy: 'code-scan', rescoreCount: 10 }
  ],
  [
    'a scan of codes compares as many rows again as were asked for',
    { rescore: 80 },
    { acceptCount: 1_000 },
    { strategy: 'code-scan', rescoreCount: 80 }
  ],
  [
    'so many that their codes take milliseconds are scanned by rows, which can be shared out',
    { candidates: 10_000 },
    { count: 10_000_000, acceptCount: 1_000_000 },
    { strategy: 'exact' }
  ],
  ['a thousandth is scanned', {}, { acceptCount: 40 }, { strategy: 'exact' }],
  [
    'no more accepted than wanted: all of them are returned',
    {},
    { acceptCount: 10 },
    { strategy: 'exact' }
  ],
  ['nothing accepted needs no walk', {}, { acceptCount: 0 }, { strategy: 'exact' }],
  ['10,000 hits of 100,000 are scanned', { k: 10_000 }, {}, { strategy: 'exact' }],
  [
    'a scan that is asked for is one of the rows',
    { strategy: 'exact' },
    { acceptCount: 1_000 },
    { strategy: 'exact' }
  ],
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

test('planSearch: what the tables do not have costs', (t) => {
  const missing = { pageCount: 800, residentCount: 80 }
  const tables = { codes: {}, lists: {}, rows: { pageCount: 3_200, residentCount: 320 } }
  const few = { ...facts, acceptCount: 40 }
  t.is(planSearch(request, few).strategy, 'exact')
  t.is(planSearch(request, few, tables).strategy, 'code-scan')
  const tenth = { ...facts, acceptCount: 10_000 }
  const wide = { ...request, candidates: 192 }
  t.is(planSearch(wide, tenth).strategy, 'code-scan')
  t.is(planSearch(wide, tenth, { ...tables, codes: missing }).strategy, 'filtered-graph')
})

test('planSearch: a filtered walk is given up when a scan is sooner done', (t) => {
  const tenth = { ...facts, count: 1_000_000, acceptCount: 100_000 }
  const { scoredMax } = planSearch(request, tenth)
  t.true(scoredMax > 10_000 && scoredMax < 30_000, `${scoredMax}`)
  t.is(planSearch({ ...request, strategy: 'graph' }, tenth).scoredMax, 0xffff_ffff)
})
