import test from 'ava'
import { termsMs } from '../../../src/search/neighbors-weight.ts'
import type { SegmentView } from '../../../src/segment/index.ts'

type Neighbors = Parameters<typeof termsMs>[0]
type By = Neighbors['by']

/** A segment with so many vectors of 784 floats in 175 tables of 7 functions. */
function segment(size: number): SegmentView {
  const spec = { model: 'stableDistributions', dims: 784, tables: 175, functions: 7, width: 3900 }
  const vectors = { index: { size, hashes: { spec } } }
  return { reader: { vectors: () => vectors } } as unknown as SegmentView
}

function query(by: By): Neighbors {
  const vector = new Float32Array(784)
  return {
    type: 'neighbors',
    field: { number: 0 },
    vector,
    space: 'l2',
    by
  } as unknown as Neighbors
}

const terms = (candidates: number, probes = 0): By => ({ type: 'terms', candidates, probes })

test('termsMs: a hundred candidates of 60,000 images are found within half a millisecond, of a million or in many segments they are not', (t) => {
  const few = termsMs(query(terms(100)), [segment(60_000)])
  t.true(few > 0.05 && few < 0.5, `${few}`)
  t.true(termsMs(query(terms(100)), [segment(1_000_000)]) > 1)
  t.true(
    termsMs(
      query(terms(100)),
      Array.from({ length: 16 }, () => segment(60_000))
    ) > 1
  )
})

test('termsMs: probes are terms too, and candidates count as far as there are vectors', (t) => {
  t.true(termsMs(query(terms(100, 9)), [segment(60_000)]) > 1)
  t.true(termsMs(query(terms(20_000)), [segment(60_000)]) > 1)
  t.is(termsMs(query(terms(20_000)), [segment(50)]), termsMs(query(terms(50)), [segment(50)]))
})

test('termsMs: nothing is said of what looks at all documents, and nothing to find takes no time', (t) => {
  t.is(termsMs(query({ type: 'scan' }), [segment(10)]), Infinity)
  t.is(termsMs(query({ type: 'share', probes: 0 }), [segment(10)]), Infinity)
  t.is(termsMs(query(terms(100)), []), 0)
})
