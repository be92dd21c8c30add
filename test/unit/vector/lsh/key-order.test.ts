import test from 'ava'
import fc from 'fast-check'
import { KeyOrder } from '../../../../src/vector/lsh/key-order.ts'

const seed = 20_261_121

/** Keys that spread, keys that crowd, and such that differ in their lower halves only. */
const key = fc.tuple(
  fc.oneof(fc.nat(0xffffffff), fc.nat(3), fc.constantFrom(0x80000000, 0xffffffff)),
  fc.oneof(fc.nat(0xffffffff), fc.nat(3))
)

test('termAt: terms come in the order of their keys, whatever the keys are', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { selector: String, maxLength: 300 }), (keys) => {
      const highs = Uint32Array.from(keys, ([high]) => high)
      const lows = Uint32Array.from(keys, ([, low]) => low)
      const order = new KeyOrder(lows, highs, keys.length)
      const found = keys.map((_, place) => order.termAt(place))
      const wanted = [...keys.keys()].sort((a, b) => highs[a]! - highs[b]! || lows[a]! - lows[b]!)
      t.deepEqual(found, wanted)
    }),
    { seed, numRuns: 300 }
  )
})

test('termAt: only so many as are counted take part', (t) => {
  const order = new KeyOrder(Uint32Array.of(5, 4, 3), Uint32Array.of(9, 9, 1), 2)
  t.is(order.count, 2)
  t.deepEqual([order.termAt(0), order.termAt(1)], [1, 0])
})
