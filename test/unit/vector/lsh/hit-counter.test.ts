/** Judged by counting and sorting in the plainest way. */
import test from 'ava'
import fc from 'fast-check'
import { HashTerms } from '../../../../src/vector/lsh/hash-terms.ts'
import { HitCounter } from '../../../../src/vector/lsh/hit-counter.ts'
import { BitSet } from '../../../../src/util/index.ts'
import { ArrayPages, ArrayPageSource } from '../../../support/array-pages.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const seed = 20_261_121

/** The candidates by the words of spec 6.4. */
function expected(counts: readonly number[], live: readonly boolean[], wanted: number): number[] {
  const matched = [...counts.keys()].filter((ord) => counts[ord]! > 0 && live[ord]!)
  return matched
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, wanted)
    .sort((a, b) => a - b)
}

function termOf(frequency: number): HashTerms {
  const terms = new HashTerms()
  terms.number(1)
  terms.end(frequency)
  return terms
}

const vectors = fc.array(fc.record({ hits: fc.nat(6), isLive: fc.boolean() }), { maxLength: 90 })

for (const [name, scale] of [
  ['one byte', 1],
  ['one byte to its end', 42.5],
  ['two bytes', 60],
  ['two bytes to their end', 10_922.5],
  ['four bytes', 20_000]
] as const) {
  test(`take: those with the most hits, ties by ordinal, counts of ${name}`, (t) => {
    const source = new ArrayPageSource(new ArrayPages(), 1, 16 << 20)
    const counter = HitCounter.of(source)
    fc.assert(
      fc.property(vectors, fc.nat(95), (given, wanted) => {
        const counts = given.map(({ hits }) => Math.floor(hits * scale))
        const live = given.map(({ isLive }) => isLive)
        const bits = new BitSet(given.length)
        live.forEach((isLive, ord) => {
          if (isLive) bits.add(ord)
        })
        for (const accept of [bits, null]) {
          counter.start(given.length, termOf(6 * scale))
          counter.counts.set(counts)
          const hits = counter.take(wanted, accept)
          const all = accept === null ? live.map(() => true) : live
          t.deepEqual([...hits.ords], expected(counts, all, wanted))
          t.deepEqual(
            [...hits.counts],
            [...hits.ords].map((ord) => counts[ord]!)
          )
        }
        return true
      }),
      { seed, numRuns: 300 }
    )
  })
}

test('take: of many vectors too, whatever the first of them have', (t) => {
  const counter = HitCounter.of(new ArrayPageSource(new ArrayPages(), 1, 16 << 20))
  const uniform = uniformOf(seed)
  const size = 9_001
  const all = Array.from({ length: size }, () => true)
  for (const most of [3, 255, 256, 70_000]) {
    const random = Array.from({ length: size }, () => Math.floor(uniform() ** 2 * (most + 1)))
    const rising = random.toSorted((a, b) => a - b)
    for (const counts of [random, rising, rising.toReversed(), random.map(() => most)]) {
      for (const wanted of [1, 15, 100, 4_500, 8_999, size, size + 1]) {
        counter.start(size, termOf(most))
        counter.counts.set(counts)
        const { ords } = counter.take(wanted, null)
        t.deepEqual([...ords], expected(counts, all, wanted), `seed ${seed}, ${most}, ${wanted}`)
      }
    }
  }
})

test('take: a limit beyond all numbers takes everyone with a hit, 0 and less take none', (t) => {
  const counter = HitCounter.of(new ArrayPageSource(new ArrayPages(), 1, 4 << 20))
  counter.start(5, termOf(9))
  counter.counts.set([0, 9, 0, 1, 2])
  t.deepEqual([...counter.take(Infinity, null).ords], [1, 3, 4])
  t.deepEqual([...counter.take(0, null).ords], [])
  t.deepEqual([...counter.take(-1, null).ords], [])
})

test('start: counts begin at 0, whatever was counted before and however wide', (t) => {
  const counter = HitCounter.of(new ArrayPageSource(new ArrayPages(), 1, 4 << 20))
  for (const [frequency, bytes] of [
    [3, 1],
    [100_000, 4],
    [255, 1],
    [256, 2],
    [65_535, 2],
    [65_536, 4]
  ] as const) {
    counter.start(20, termOf(frequency))
    t.is(counter.counts.BYTES_PER_ELEMENT, bytes)
    t.deepEqual([...counter.counts], Array<number>(20).fill(0))
    counter.counts.fill(frequency)
    t.is(counter.take(Infinity, null).counts[19], frequency)
  }
})
