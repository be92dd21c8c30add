import test from 'ava'
import { FilterCache } from '../../../src/search/filter-cache.ts'
import { BitSet } from '../../../src/util/index.ts'
import { segmentsOf } from './fixture.ts'

test('FilterCache: computes a filter of a segment once, and stays within its bytes', (t) => {
  const [{ reader }] = segmentsOf([{}, {}]) as [ReturnType<typeof segmentsOf>[number]]
  const cache = new FilterCache(10_000)
  let computed = 0
  const compute = (): BitSet => {
    computed += 1
    return new BitSet(1000)
  }
  cache.bits(reader, 'a', compute)
  cache.bits(reader, 'a', compute)
  t.is(computed, 1)
  for (let key = 0; key < 1000; key++) {
    cache.bits(reader, `key ${key}`, compute)
    t.true(cache.bytes <= 10_000)
  }
  t.is(computed, 1001)
  cache.bits(reader, 'key 999', compute)
  t.is(computed, 1001)
  cache.bits(reader, 'a', compute)
  t.is(computed, 1002)
})
