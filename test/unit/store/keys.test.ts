import { readFileSync } from 'node:fs'
import test from 'ava'
import * as fc from 'fast-check'
import * as keys from '../../../src/store/keys.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const index = fc.integer({ min: 1, max: 0xffff_fffe })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u53 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })
const run = { seed: 20261121, numRuns: 300 }

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : Math.sign((a[at] ?? 0) - (b[at] ?? 0))
}

function isIn(range: { gte: Uint8Array; lt: Uint8Array }, key: Uint8Array): boolean {
  return Buffer.compare(key, range.gte) >= 0 && Buffer.compare(key, range.lt) < 0
}

test('kind: the table at the head of keys.ts names every kind with its number and layout', (t) => {
  const source = readFileSync(new URL('../../../src/store/keys.ts', import.meta.url), 'utf8')
  const rows = [...source.matchAll(/^ \* \| (0x[0-9a-f]{2}) \| (\w+) +\| (\w+)/gm)]
  const table = Object.fromEntries(rows.map((row) => [row[2], Number(row[1])]))
  t.deepEqual(table, { ...keys.kind })
  t.is(new Set(Object.values(table)).size, rows.length)
})

test('pageKey: byte order is number order, generation before kind before field before page', (t) => {
  const parts = fc.tuple(
    index,
    u53,
    fc.constantFrom<keys.SegmentKind[]>('codes', 'terms', 'ids'),
    u16,
    u32
  )
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const keyOf = (p: typeof a): Uint8Array => keys.pageKey(p[0], p[1], p[2], p[3], p[4])
      const numbers = (p: typeof a): number[] => [p[0], p[1], keys.kind[p[2]], p[3], p[4]]
      return (
        Math.sign(Buffer.compare(keyOf(a), keyOf(b))) === compareNumbers(numbers(a), numbers(b))
      )
    }),
    run
  )
  t.pass()
})

test('parseKey: gives back what each kind of key was built from', (t) => {
  fc.assert(
    fc.property(index, u53, u16, u32, u53, (i, generation, field, page, number) => {
      t.deepEqual(keys.parseKey(keys.pageKey(i, generation, 'columns', field, page)), {
        kind: 'columns',
        index: i,
        generation,
        field,
        page,
        number: 0
      })
      const op = { kind: 'operation', index: i, generation, field: 0, page: 0, number } as const
      t.deepEqual(keys.parseKey(keys.opKey(i, generation, number)), op)
      const live = { kind: 'live', index: i, generation, field: 0, page, number } as const
      t.deepEqual(keys.parseKey(keys.liveKey(i, generation, number, page)), live)
      const manifest = keys.parseKey(keys.manifestKey(i, number))
      t.like(manifest, { kind: 'manifest', index: i, number })
      t.like(keys.parseKey(keys.batchKey(number)), { kind: 'batch', index: 0, number })
    }),
    run
  )
})

test('parseKey: bytes that are no key of ours are null, not a guess', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const parts = keys.parseKey(bytes)
      if (parts === null) return true
      return keys.kind[parts.kind] === keys.kindOf(bytes)
    }),
    run
  )
  t.is(keys.parseKey(keys.pageKey(1, 1, 'ids', 0, 0).subarray(0, 18)), null)
  t.is(keys.parseKey(new Uint8Array(0)), null)
})

test('segmentRange: holds the pages of one segment and nothing of its neighbours or its operation rows', (t) => {
  fc.assert(
    fc.property(index, fc.integer({ min: 1, max: 2 ** 50 }), u16, u32, (i, g, field, page) => {
      const range = keys.segmentRange(i, g)
      t.true(isIn(range, keys.pageKey(i, g, 'codes', field, page)))
      t.true(isIn(range, keys.segmentKey(i, g)))
      t.true(isIn(range, keys.liveKey(i, g, page, 0)))
      t.false(isIn(range, keys.opKey(i, g, page)))
      t.true(isIn(keys.opRange(i, g), keys.opKey(i, g, page)))
      t.false(isIn(keys.opRange(i, g), keys.pageKey(i, g, 'segment', field, page)))
      t.false(isIn(range, keys.pageKey(i, g + 1, 'segment', 0, 0)))
      t.false(isIn(range, keys.pageKey(i, g - 1, 'hashPostings', field, page)))
      t.true(isIn(keys.indexRange(i), keys.opKey(i, g, page)))
      t.false(isIn(keys.indexRange(i), keys.manifestKey(i, g)))
      t.true(isIn(keys.manifestRange(i), keys.manifestKey(i, g)))
      t.false(isIn(keys.manifestRange(i), keys.manifestKey(i + 1, g)))
      t.true(isIn(keys.generationRange(i, g), keys.opKey(i, g + 1, 0)))
      t.false(isIn(keys.generationRange(i, g), keys.pageKey(i, g - 1, 'codes', 0, 0)))
    }),
    run
  )
})

test('opRunRange: holds the rows from the first to the last number, both included', (t) => {
  const u50 = fc.integer({ min: 1, max: 2 ** 50 })
  fc.assert(
    fc.property(index, u50, u50, fc.nat(1_000), (i, g, first, more) => {
      const last = first + more
      const range = keys.opRunRange(i, g, first, last)
      for (const seqNo of [first, last]) t.true(isIn(range, keys.opKey(i, g, seqNo)))
      for (const seqNo of [first - 1, last + 1]) t.false(isIn(range, keys.opKey(i, g, seqNo)))
      t.false(isIn(range, keys.opKey(i, g + 1, first)))
    }),
    run
  )
})

test('pageKey: numbers that do not fit are failed assertions, not other keys', (t) => {
  t.throws(() => keys.pageKey(0, 1, 'codes', 0, 0))
  t.throws(() => keys.pageKey(1, -1, 'codes', 0, 0))
  t.throws(() => keys.pageKey(1, 2 ** 53, 'codes', 0, 0))
  t.throws(() => keys.pageKey(1, 1, 'codes', 65536, 0))
  t.throws(() => keys.pageKey(1, 1, 'codes', 0, 2 ** 32))
})

test('pageKeys: the keys of pageKey, whatever was asked before', (t) => {
  const keyOf = keys.pageKeys(7, 3, 'lists', 2)
  for (const page of [0, 1, 0xffff_ffff, 255, 256, 0x0102_0304, 0])
    t.deepEqual(keyOf(page), keys.pageKey(7, 3, 'lists', 2, page))
  t.throws(() => keyOf(-1))
  t.throws(() => keyOf(2 ** 32))
})
