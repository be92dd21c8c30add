import test from 'ava'
import { decodeNorm, encodeNorm } from '../../../src/segment/index.ts'

test('encodeNorm: lengths to 39 are exact, then four significant bits remain', (t) => {
  for (let length = 0; length < 40; length++) t.is(decodeNorm(encodeNorm(length)), length)
  // SmallFloat.intToByte4: 40, 42, 44 … 56, 60 …
  const decoded = [40, 41, 42, 43, 54, 55, 56, 57, 59, 60, 64].map((each) =>
    decodeNorm(encodeNorm(each))
  )
  t.deepEqual(decoded, [40, 40, 42, 42, 54, 54, 56, 56, 56, 60, 64])
})

test('encodeNorm: bytes are those of Lucene at its borders', (t) => {
  // SmallFloat.intToByte4(Integer.MAX_VALUE) is 255, and byte4ToInt(255) 2013265944.
  t.is(encodeNorm(0x7fffffff), 255)
  t.is(decodeNorm(255), 2013265944)
  t.is(encodeNorm(24), 24)
  t.is(encodeNorm(40), 40)
})

test('decodeNorm: every byte encodes to itself, and longer fields never to a smaller byte', (t) => {
  for (let norm = 0; norm < 256; norm++) t.is(encodeNorm(decodeNorm(norm)), norm)
  let last = 0
  for (let length = 0; length < 100_000; length += 7) {
    const norm = encodeNorm(length)
    t.true(norm >= last && decodeNorm(norm) <= length)
    last = norm
  }
})
