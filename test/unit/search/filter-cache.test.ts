import test from 'ava'
import { FilterCache } from '../../../src/search/filter-cache.ts'
import { BitSet } from '../../../src/util/index.ts'
import { segmentsOf } from './fixture.ts'

test('FilterCache: keeps the filters of a segment that were asked for last, within its bytes', (t) => {
  const [{ reader }] = segmentsOf([{}, {}]) as [ReturnType<typeof segmentsOf>[number]]
  const cache = new FilterCache(10_000)
  const bits = new BitSet(1000)
  bits.add(7)
  t.is(cache.known(reader, 'a'), null)
  t.like(cache.keep(reader, 'a', bits), { bits, count: 1 })
  t.like(cache.known(reader, 'a'), { bits, count: 1 })
  cache.keep(reader, 'unused', bits)
  for (let key = 0; key < 1000; key++) {
    cache.keep(reader, `key ${key}`, bits)
    t.true(cache.bytes <= 10_000)
    t.not(cache.known(reader, 'a'), null)
  }
  t.not(cache.known(reader, 'key 999'), null)
  t.is(cache.known(reader, 'unused'), null)
})
