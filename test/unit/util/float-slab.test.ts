import test from 'ava'
import fc from 'fast-check'
import { FloatSlab } from '../../../src/util/index.ts'

test('FloatSlab: every copy keeps its values, whatever is copied or written later', (t) => {
  const values = fc.array(fc.float({ noNaN: true }), { maxLength: 6_000 })
  fc.assert(
    fc.property(fc.array(values, { maxLength: 40 }), (all) => {
      const slab = new FloatSlab()
      const copies = all.map((each) => slab.copyOf(each))
      copies.forEach((copy, at) => {
        t.deepEqual([...copy], [...new Float32Array(all[at]!)])
        copy.fill(at)
      })
      copies.forEach((copy, at) => t.true(copy.every((value) => value === at)))
    }),
    { seed: 20261121, numRuns: 30 }
  )
})
