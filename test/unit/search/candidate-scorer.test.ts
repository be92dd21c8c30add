/** Many candidates are compared in steps: the same documents and scores as at once, and looks at the clock between. */
import test from 'ava'
import { CandidateScorer } from '../../../src/search/candidate-scorer.ts'
import { Deadline } from '../../../src/search/deadline.ts'
import type { ScoredList } from '../../../src/search/scorer.ts'
import type { HashHits, NearestValues } from '../../../src/vector/index.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_122
const slice = { due: () => true, wait: () => Promise.resolve(), restart: () => undefined }

type Way = { readonly wanted: number; readonly areRoots: boolean; readonly hasNearest: boolean }

function scorerOf(
  hits: HashHits,
  raws: Float32Array,
  { areRoots, hasNearest }: Way
): { readonly scorer: CandidateScorer; readonly most: () => number } {
  let most = 0
  const compare = (ords: Uint32Array): Float32Array => {
    most = Math.max(most, ords.length)
    return Float32Array.from(ords, (ord) => raws[ord]!)
  }
  const nearest = ({ ords }: HashHits, wanted: number): NearestValues | null => {
    if (!hasNearest || wanted >= ords.length) return null
    const values = compare(ords)
    const worst = values.toSorted()[wanted - 1]!
    return { values, smallIsNear: true, worst, limit: Infinity }
  }
  const scorer = new CandidateScorer(
    hits,
    { compare, nearest, score: (raw) => Math.fround(1 / (1 + raw)) },
    { docsOf: (ords) => Int32Array.from(ords, (ord) => ord * 2), areRoots }
  )
  return { scorer, most: () => most }
}

/** The best documents of a list: by score, then in index order. */
function bestOf({ docs, scores }: ScoredList, wanted: number): [number, number][] {
  const all = Array.from(docs, (doc, at): [number, number] => [doc, scores[at]!])
  return all.toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, wanted)
}

test('listedSteps: the best of candidates that are compared part by part are the best of all', (t) => {
  const uniform = uniformOf(seed)
  const raws = new Float32Array(40_000).map(() => Math.floor(uniform() * 3_000))
  const ords = Uint32Array.from(raws.keys()).filter(() => uniform() < 0.7)
  const hits = { ords, counts: ords.map(() => 1) }
  const ways: Way[] = [
    { wanted: 10, areRoots: true, hasNearest: true },
    { wanted: 10, areRoots: true, hasNearest: false },
    { wanted: 10, areRoots: false, hasNearest: true },
    { wanted: 10_000, areRoots: true, hasNearest: true },
    { wanted: Infinity, areRoots: true, hasNearest: true }
  ]
  for (const way of ways) {
    const { scorer, most } = scorerOf(hits, raws, way)
    const steps = scorer.listedSteps(way.wanted, new Deadline(undefined, Infinity, slice))!
    let pauseCount = 0
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) pauseCount += 1
    t.true(pauseCount > 2 && most() <= 8192, `${pauseCount} pauses, ${most()} at once`)
    const list = step.value
    const whole = scorerOf(hits, raws, way).scorer.listed(way.wanted)
    t.deepEqual(bestOf(list, way.wanted), bestOf(whole, way.wanted))
    t.is(list.docs.length + list.leftOutCount, ords.length)
    t.true(list.docs.every((doc, at) => at === 0 || doc > list.docs[at - 1]!))
  }
})

test('listedSteps: few candidates are listed at once', (t) => {
  const ords = Uint32Array.of(1, 2, 3)
  const way = { wanted: 2, areRoots: true, hasNearest: true }
  const { scorer } = scorerOf({ ords, counts: ords }, Float32Array.of(0, 3, 1, 2), way)
  t.is(scorer.listedSteps(2, new Deadline(undefined, Infinity, slice)), null)
})
