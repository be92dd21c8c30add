import fc from 'fast-check'
import test from 'ava'
import {
  compareTerms,
  finishAtOnce,
  sortTerms,
  sortTermsInSteps,
  termsAtOnceMax
} from '../../../src/util/index.ts'

const seed = 20_261_121
const term = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('\ud7ff', '\ue000', '\uffff', '\u{10000}', '')
)

test('compareTerms: the order is that of the UTF-8 bytes', (t) => {
  const property = fc.property(term, term, (a, b) => {
    t.is(Math.sign(compareTerms(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
  })
  fc.assert(property, { seed, numRuns: 2_000 })
})

test('sortTerms: the order is that of compareTerms', (t) => {
  const property = fc.property(fc.array(term), (terms) => {
    t.deepEqual(sortTerms([...terms]), [...terms].sort(compareTerms))
  })
  fc.assert(property, { seed, numRuns: 1_000 })
})

test('sortTermsInSteps: gives each term once, in order, and yields for every piece of a list', (t) => {
  const digits = fc.integer({ min: 0, max: 5 * termsAtOnceMax }).map(String)
  const lists = fc.array(fc.oneof({ weight: 9, arbitrary: digits }, term), {
    maxLength: 5 * termsAtOnceMax,
    size: 'max'
  })
  const property = fc.property(lists, (terms) => {
    const sorted = finishAtOnce(sortTermsInSteps(terms))
    t.deepEqual(sorted, [...new Set(terms)].sort(compareTerms))
    t.true([...sortTermsInSteps(terms)].length >= Math.floor(terms.length / termsAtOnceMax))
  })
  fc.assert(property, { seed, numRuns: 20 })
})

test('sortTermsInSteps: terms are made well-formed, and are the same when they are then', (t) => {
  const many = Array.from({ length: 3 * termsAtOnceMax }, (_, at) => `a${at % 2000}`)
  const lone = ['a\ud800', '\ue000', 'b\udc00z', 'a\ufffd', '\u{10000}']
  t.deepEqual(finishAtOnce(sortTermsInSteps([...many, ...lone])), [
    ...[...new Set(many), 'a\ufffd', 'b\ufffdz'].sort(),
    '\ue000',
    '\u{10000}'
  ])
  t.deepEqual(finishAtOnce(sortTermsInSteps([])), [])
})
