import test from 'ava'
import * as fc from 'fast-check'
import {
  codePageGeometry,
  ordMax,
  pageBytesMax,
  pageGeometry,
  pagesFor,
  smallPageBytes,
  smallPageGeometry
} from '../../../src/vector/geometry.ts'

test('pageGeometry: the multiplication divides every ordinal as a division does', (t) => {
  const stride = fc.integer({ min: 1, max: pageBytesMax })
  const near = fc.tuple(fc.nat(200_000), fc.integer({ min: -1, max: 1 }))
  fc.assert(
    fc.property(stride, fc.nat(ordMax - 1), near, (bytes, ord, [page, by]) => {
      const { perPage, magic, shift } = pageGeometry(bytes)
      const divide = (record: number): number =>
        Number((BigInt(record) * BigInt(magic)) >> BigInt(shift))
      const edge = Math.min(ordMax - 1, Math.max(0, page * perPage + by))
      return (
        perPage * bytes <= pageBytesMax &&
        (perPage + 1) * bytes > pageBytesMax &&
        divide(ord) === Math.floor(ord / perPage) &&
        divide(edge) === Math.floor(edge / perPage)
      )
    }),
    { seed: 11, numRuns: 2_000 }
  )
  t.pass()
})

test('pageGeometry: a record larger than a page is refused', (t) => {
  t.throws(() => pageGeometry(pageBytesMax + 1), { code: 'VECTOR_DIMS' })
})

test('pagesFor: no records need no page', (t) => {
  t.is(pagesFor(pageGeometry(144), 0), 0)
  t.is(pagesFor(pageGeometry(144), 113), 1)
  t.is(pagesFor(pageGeometry(144), 114), 2)
})

test('smallPageGeometry: 4 KiB where records fill three quarters of it, else 16 KiB', (t) => {
  for (const [stride, perPage, pageBytes] of [
    [144, 28, smallPageBytes],
    [512, 8, smallPageBytes],
    [1_536, 2, smallPageBytes],
    [3_072, 1, smallPageBytes],
    [4_096, 1, smallPageBytes],
    [2_560, 6, pageBytesMax],
    [4_112, 3, pageBytesMax],
    [16_384, 1, pageBytesMax]
  ] as const) {
    const geometry = smallPageGeometry(stride)
    t.is(geometry.perPage, perPage)
    t.is(geometry.pageBytes, pageBytes)
  }
})

test('codePageGeometry: long codes lie in small pages where they fill them', (t) => {
  for (const [stride, perPage, pageBytes] of [
    [128, 128, pageBytesMax],
    [496, 33, pageBytesMax],
    [512, 8, smallPageBytes],
    [768, 5, smallPageBytes],
    [1_408, 11, pageBytesMax],
    [1_536, 2, smallPageBytes]
  ] as const) {
    const geometry = codePageGeometry(stride)
    t.is(geometry.perPage, perPage)
    t.is(geometry.pageBytes, pageBytes)
  }
})
