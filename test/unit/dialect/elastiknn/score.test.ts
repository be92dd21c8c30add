/** Formulas of spec section 5. */
import test from 'ava'
import { scoreFormula, scoreMax } from '../../../../src/dialect/elastiknn/score.ts'

const { fround } = Math

test('scoreFormula: scores of raw values', (t) => {
  t.is(scoreFormula('jaccard', 10)(0.3), fround(0.3))
  t.is(scoreFormula('hamming', 10)(3), fround(0.7))
  t.is(scoreFormula('cosine', 10)(0.5), 1.5)
  t.is(scoreFormula('cosine', 10)(-1.0000001), 0)
  t.is(scoreFormula('l1', 10)(3), 0.25)
  // The root of the squared distance.
  t.is(scoreFormula('l2', 10)(9), 0.25)
})

test('scoreFormula: equal vectors have the greatest score', (t) => {
  const best = { jaccard: [1, 1], hamming: [0, 1], cosine: [1, 2], l1: [0, 1], l2: [0, 1] } as const
  for (const similarity of ['jaccard', 'hamming', 'cosine', 'l1', 'l2'] as const) {
    const [raw, score] = best[similarity]
    t.is(scoreFormula(similarity, 7)(raw), score)
  }
})

test('scoreMax: the score of a vector with itself', (t) => {
  t.is(scoreMax('cosine'), scoreFormula('cosine', 7)(1))
  t.is(scoreMax('l2'), scoreFormula('l2', 7)(0))
  t.is(scoreMax('jaccard'), scoreFormula('jaccard', 7)(1))
})
