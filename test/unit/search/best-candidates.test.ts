/** Judge: all candidates scored and sorted. */
import test from 'ava'
import { bestCandidates } from '../../../src/search/best-candidates.ts'
import type { CandidateScores } from '../../../src/search/best-candidates.ts'
import type { HashHits, NearestValues } from '../../../src/vector/index.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_123
const slack = 1.001

/** Values of those who are far are anything beyond the limit; where large ones are near, all are exact. */
function scoresOf(
  values: ReadonlyMap<number, number>,
  score: (raw: number) => number,
  smallIsNear: boolean = true
): CandidateScores {
  const compare = (ords: Uint32Array): Float32Array =>
    Float32Array.from(ords, (ord) => values.get(ord)!)
  const nearest = ({ ords }: HashHits, wanted: number): NearestValues | null => {
    if (wanted >= ords.length) return null
    const all = compare(ords)
    if (!smallIsNear) {
      const worst = all.toSorted((a, b) => b - a)[wanted - 1]!
      return { values: all, smallIsNear, worst, limit: 0 }
    }
    const worst = all.toSorted()[wanted - 1]!
    const limit = Math.fround(worst * slack)
    const told = all.map((value) => (value > limit ? limit * 2 + 1 : value))
    return { values: told, smallIsNear, worst, limit }
  }
  return { compare, nearest, score }
}

test('bestCandidates: the best and who ties with the last of them, ascending', (t) => {
  const uniform = uniformOf(seed)
  // Steps of scores: none, as fine as float32, coarse.
  const formulas = [
    (raw: number) => Math.fround(1 / (1 + Math.sqrt(raw))),
    (raw: number) => -raw,
    (raw: number) => -Math.floor(raw / 10_000)
  ]
  let [found, refused] = [0, 0]
  for (let round = 0; round < 400; round++) {
    const count = 1 + Math.floor(uniform() * 300)
    const ords = Uint32Array.from({ length: count }, (_, at) => at * 3 + 1)
    const counts = Uint32Array.from(ords, () => 1 + Math.floor(uniform() * 5))
    const range = round % 2 === 0 ? 50 : 1e6
    const values = new Map(Array.from(ords, (ord) => [ord, Math.floor(uniform() * range)] as const))
    const score = formulas[round % 3]!
    const wanted = 1 + Math.floor(uniform() * 60)
    const best = bestCandidates({ ords, counts }, wanted, scoresOf(values, score))
    if (best === null) {
      refused += 1
      continue
    }
    found += 1
    const sorted = [...values.values()].map(score).toSorted((a, b) => b - a)
    const least = sorted[wanted - 1]!
    const expected = [...ords].filter((ord) => score(values.get(ord)!) >= least)
    t.deepEqual([...best.ords], expected, `seed ${seed}, round ${round}`)
    t.deepEqual(
      [...best.scores],
      expected.map((ord) => Math.fround(score(values.get(ord)!)))
    )
  }
  t.true(found > 100 && refused > 20, `${found} found, ${refused} refused`)
})

test('bestCandidates: raw values that differ and score alike are ties', (t) => {
  const uniform = uniformOf(seed)
  const score = (raw: number): number => Math.fround(1 / (1 + Math.sqrt(raw)))
  let tieCount = 0
  for (let round = 0; round < 100; round++) {
    const count = 20 + Math.floor(uniform() * 80)
    const ords = Uint32Array.from({ length: count }, (_, at) => at)
    // A sixteenth is what float32 tells apart there; scores do not.
    const values = new Map(
      Array.from(ords, (ord) => [ord, 1e6 + Math.floor(uniform() * 60) / 16] as const)
    )
    const wanted = 1 + Math.floor(uniform() * 15)
    const best = bestCandidates({ ords, counts: ords }, wanted, scoresOf(values, score))
    const raws = [...values.values()].toSorted((a, b) => a - b)
    const least = score(raws[wanted - 1]!)
    const expected = [...ords].filter((ord) => score(values.get(ord)!) >= least)
    t.deepEqual([...best!.ords], expected, `seed ${seed}, round ${round}`)
    if (values.get(expected.at(-1)) !== raws[wanted - 1]) tieCount += 1
  }
  t.true(tieCount > 20)
})

test('bestCandidates: of large values that are near the largest, and who ties in score', (t) => {
  const uniform = uniformOf(seed)
  const formulas = [
    (share: number) => share,
    (share: number) => Math.fround(share * 0.1),
    // Coarse: many shares have one score.
    (share: number) => Math.floor(share * 20) / 20
  ]
  let tieCount = 0
  for (let round = 0; round < 300; round++) {
    const count = 2 + Math.floor(uniform() * 300)
    const ords = Uint32Array.from({ length: count }, (_, at) => at * 2)
    const values = new Map(
      Array.from(ords, (ord) => [ord, Math.fround(Math.floor(uniform() * 90) / 120)] as const)
    )
    const score = formulas[round % 3]!
    const wanted = 1 + Math.floor(uniform() * (count - 1))
    const best = bestCandidates({ ords, counts: ords }, wanted, scoresOf(values, score, false))
    const sorted = [...values.values()].map(score).toSorted((a, b) => b - a)
    const expected = [...ords].filter((ord) => score(values.get(ord)!) >= sorted[wanted - 1]!)
    t.deepEqual([...best!.ords], expected, `seed ${seed}, round ${round}`)
    t.deepEqual(
      [...best!.scores],
      expected.map((ord) => Math.fround(score(values.get(ord)!)))
    )
    if (expected.length > wanted) tieCount += 1
  }
  t.true(tieCount > 50, `${tieCount} rounds with ties`)
})

test('bestCandidates: nothing is said where the last of the best is farther than float32 can tell', (t) => {
  const ords = Uint32Array.of(1, 2, 3)
  const values = new Map([5, Infinity, Infinity].map((value, at) => [at + 1, value]))
  const score = (raw: number): number => 1 / (1 + raw)
  const hits = { ords, counts: Uint32Array.of(1, 1, 1) }
  t.is(bestCandidates(hits, 2, scoresOf(values, score)), null)
  t.deepEqual(bestCandidates(hits, 1, scoresOf(values, score))?.ords, ords.slice(0, 1))
})

test('bestCandidates: nothing is said where a score like that of the last may lie behind the limit', (t) => {
  const ords = Uint32Array.of(1, 2, 3, 4)
  const counts = Uint32Array.of(1, 1, 1, 1)
  const values = new Map([10, 20, 30, 40].map((value, at) => [at + 1, value]))
  const coarse = (raw: number): number => (raw < 25 ? 1 : 0)
  t.is(bestCandidates({ ords, counts }, 1, scoresOf(values, coarse)), null)
  const fine = (raw: number): number => -raw
  t.deepEqual(bestCandidates({ ords, counts }, 1, scoresOf(values, fine))?.ords, ords.slice(0, 1))
})
