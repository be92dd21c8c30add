/** Judged by counting and sorting in the plainest way. */
import test from 'ava'
import fc from 'fast-check'
import { HitCounter } from '../../../../src/vector/lsh/hit-counter.ts'
import { BitSet } from '../../../../src/util/index.ts'

const docCount = 60

/** The candidates by the words of spec 6.4. */
function expected(counts: readonly number[], live: readonly boolean[], wanted: number): number[] {
  const matched = [...counts.keys()].filter((doc) => counts[doc]! > 0 && live[doc]!)
  return matched
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, wanted)
    .sort((a, b) => a - b)
}

const docs = fc.uniqueArray(fc.nat(docCount - 1))
const terms = fc.array(fc.record({ docs, frequency: fc.integer({ min: 1, max: 9 }) }), {
  maxLength: 12
})

for (const [name, scale] of [
  ['two bytes', 1],
  ['four bytes', 10_000]
] as const) {
  test(`candidates: those with the most hits, ties by document, counts of ${name}`, (t) => {
    const counter = new HitCounter()
    const out = new Uint32Array(docCount)
    fc.assert(
      fc.property(
        terms,
        fc.array(fc.boolean(), { minLength: docCount, maxLength: docCount }),
        fc.nat(docCount + 5),
        (query, live, wanted) => {
          const counts = Array.from({ length: docCount }, () => 0)
          const countMax = 10 * scale * query.length
          counter.start(docCount, countMax)
          for (const { docs: found, frequency } of query) {
            const ids = Uint32Array.from(found)
            if (frequency === 1) counter.add(ids, ids.length)
            else {
              const frequencies = ids.map((doc) => (doc % 10) * scale)
              counter.addFrequencies(ids, frequencies, ids.length, frequency * scale)
            }
            for (const doc of found) {
              counts[doc]! += frequency === 1 ? 1 : Math.min((doc % 10) * scale, frequency * scale)
            }
          }
          const bits = new BitSet(docCount)
          live.forEach((isLive, doc) => {
            if (isLive) bits.add(doc)
          })
          const all = live.map(() => true)
          const some = [...counter.candidates(wanted, bits, out)]
          const every = [...counter.candidates(wanted, null, out)]
          return (
            String(some) === String(expected(counts, live, wanted)) &&
            String(every) === String(expected(counts, all, wanted)) &&
            counts.every((count, doc) => counter.countOf(doc) === count)
          )
        }
      ),
      { seed: 11, numRuns: 500 }
    )
    t.pass()
  })
}

test('candidates: counts beyond 16 bits do not wrap around', (t) => {
  const counter = new HitCounter()
  counter.start(2, 70_000)
  const both = Uint32Array.of(0, 1)
  for (let at = 0; at < 65_536; at++) counter.add(both, 1)
  counter.add(both, 2)
  t.is(counter.countOf(0), 65_537)
  t.deepEqual([...counter.candidates(1, null, new Uint32Array(1))], [0])
})

test('candidates: none are wanted, none are given', (t) => {
  const counter = new HitCounter()
  counter.start(3, 5)
  counter.add(Uint32Array.of(0, 2), 2)
  t.is(counter.candidates(0, null, new Uint32Array(3)).length, 0)
})
