import test from 'ava'
import fc from 'fast-check'
import { HashTerms, isWideTable } from '../../../../src/vector/lsh/hash-terms.ts'
import { readTerms } from '../../../support/posting-map.ts'

function bytesOf(write: (terms: HashTerms) => void): number[] {
  const terms = new HashTerms()
  write(terms)
  terms.end(1)
  return [...terms.term(0)]
}

test('number: takes 1, 2 or 4 bytes, little-endian, by its magnitude', (t) => {
  const cases: [number, number[]][] = [
    [0, [0]],
    [127, [127]],
    [-1, [0xff]],
    [-127, [0x81]],
    [128, [0x80, 0]],
    [-128, [0x80, 0xff]],
    [32767, [0xff, 0x7f]],
    [-32767, [0x01, 0x80]],
    [32768, [0, 0x80, 0, 0]],
    [-32768, [0, 0x80, 0xff, 0xff]],
    [2038074743, [0x77, 0x8d, 0x7a, 0x79]],
    [-(2 ** 31), [0, 0, 0, 0x80]]
  ]
  for (const [value, bytes] of cases) {
    t.deepEqual(
      bytesOf((terms) => terms.number(value)),
      bytes,
      String(value)
    )
  }
})

test('int32: takes 4 bytes, little-endian', (t) => {
  t.deepEqual(
    bytesOf((terms) => {
      terms.int32(5)
      terms.int32(-2)
    }),
    [5, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]
  )
})

test('endBits: the table number and then the bits, each in as few bytes as they take', (t) => {
  const terms = new HashTerms()
  terms.endBits(3, 1, isWideTable(128, 32))
  terms.endBits(300, 127, isWideTable(500, 7))
  t.deepEqual(
    [0, 1].map((at) => [...terms.term(at)]),
    [
      [3, 1],
      [44, 1, 127]
    ]
  )
})

test('endBits: no two tables and no two strings of bits share a term', (t) => {
  const shapes: [number, number][] = [
    [128, 12],
    [70_000, 3],
    [600, 9]
  ]
  for (const [tables, functions] of shapes) {
    const terms = new HashTerms()
    const isWide = isWideTable(tables, functions)
    let count = 0
    for (let table = 0; table < tables; table++) {
      for (let bits = 0; bits < 2 ** functions; bits += functions > 8 ? 37 : 1, count++) {
        terms.endBits(table, bits, isWide)
      }
    }
    t.is(new Set(readTerms(terms).map(([term]) => term)).size, count)
  }
})

test('term: comes back as it was written, however many terms there are, and again after clear', (t) => {
  const terms = new HashTerms()
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer(), fc.nat()), { maxLength: 2_000 }), (written) => {
      terms.clear()
      for (const [value, frequency] of written) {
        terms.int32(value)
        terms.end(frequency)
      }
      return (
        terms.count === written.length &&
        written.every(
          ([value, frequency], at) =>
            Buffer.from(terms.term(at)).readInt32LE() === value && terms.frequency(at) === frequency
        )
      )
    }),
    { seed: 1, numRuns: 30 }
  )
  t.pass()
})
