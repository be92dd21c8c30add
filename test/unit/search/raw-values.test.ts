import test from 'ava'
import { RawValues } from '../../../src/search/raw-values.ts'
import type { Space, Vector, VectorIndex } from '../../../src/vector/index.ts'

/** Rows whose raw value is their ordinal times the query's first element; counts how many were asked for at once. */
function indexOf(size: number): { readonly index: VectorIndex; readonly calls: number[] } {
  const calls: number[] = []
  const index = {
    size,
    rawValues(query: Vector, _space: Space, ords: Uint32Array) {
      calls.push(ords.length)
      return Float32Array.from(ords, (ord) => ord * query[0]!)
    }
  }
  return { index: index as unknown as VectorIndex, calls }
}

test('RawValues: one ordinal after another is compared in ever larger batches, up to the last', (t) => {
  const { index, calls } = indexOf(5_000)
  const values = new RawValues(index, Float32Array.of(2), 'l2')
  for (let ord = 0; ord < 5_000; ord++) t.is(values.at(ord), 2 * ord)
  t.deepEqual(calls, [1, 3, 7, 15, 31, 63, 127, 255, ...Array<number>(11).fill(384), 274])
})

test('RawValues: ordinals here and there are compared one at a time, those before too', (t) => {
  const { index, calls } = indexOf(5_000)
  const values = new RawValues(index, Float32Array.of(1), 'l1')
  for (const ord of [7, 4_000, 90, 91, 92, 93, 94, 7, 4_999]) t.is(values.at(ord), ord)
  t.deepEqual(calls, [1, 1, 1, 3, 7, 1, 1])
})

test('RawValues: cosines that float32 cannot tell are computed in float64; zeros are alike, and opposite to the rest', (t) => {
  const rows = [
    [0, 0],
    [3, 4],
    [1e-30, 0],
    [0, 1e30]
  ].map((row) => Float32Array.from(row))
  const told = [0, 1, Number.NaN, Infinity]
  const cosines = (query: readonly number[]): number[] => {
    const index = {
      size: rows.length,
      rawValues: (_query: Vector, _space: Space, ords: Uint32Array) =>
        Float32Array.from(ords, (ord) => told[ord]!),
      vectorAt: (ord: number) => rows[ord]!
    }
    const values = new RawValues(
      index as unknown as VectorIndex,
      Float32Array.from(query),
      'cosine'
    )
    return [...values.of(Uint32Array.of(0, 1, 2, 3))].map((value) => Math.round(value * 1e6) / 1e6)
  }
  t.deepEqual(cosines([3, 4]), [-1, 1, 0.6, 0.8])
  told[1] = 0
  t.deepEqual(cosines([0, 0]), [1, -1, -1, -1])
})

test('RawValues: distances that float32 cannot hold are of float64, the others as they are', (t) => {
  const rows = [
    [1e20, 0],
    [1, 2],
    [3e38, -3e38]
  ].map((row) => Float32Array.from(row))
  const index = {
    size: rows.length,
    rawValues: (_query: Vector, _space: Space, ords: Uint32Array) =>
      Float32Array.from(ords, (ord) => [Infinity, 5, Infinity][ord]!),
    vectorAt: (ord: number) => rows[ord]!
  } as unknown as VectorIndex
  const valuesOf = (space: Space): number[] => [
    ...new RawValues(index, new Float32Array(2), space).of(Uint32Array.of(0, 1, 2))
  ]
  const [huge, large] = [Math.fround(3e38), Math.fround(1e20)]
  t.deepEqual(valuesOf('l2'), [large ** 2, 5, huge ** 2 * 2])
  t.deepEqual(valuesOf('l1'), [large, 5, huge * 2])
  t.deepEqual(valuesOf('hamming'), [Infinity, 5, Infinity])
})

test('RawValues: a query is of unit length before cosines are taken of it, however near to it it was', (t) => {
  const seen: number[][] = []
  const index = {
    size: 1,
    rawValues(query: Vector, _space: Space, ords: Uint32Array) {
      seen.push([...query])
      return new Float32Array(ords.length).fill(0.5)
    }
  } as unknown as VectorIndex
  new RawValues(index, Float32Array.of(1.0004, 0), 'cosine').at(0)
  new RawValues(index, Float32Array.of(1.0004, 0), 'l2').at(0)
  t.deepEqual(seen, [
    [1, 0],
    [Math.fround(1.0004), 0]
  ])
})
