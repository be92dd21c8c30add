/** Script functions for a query that is not of the rows' element type: decimals against bytes, numbers against bits. */
import { assert, VectorStoreError } from '../util/index.ts'
import type { Vector, VectorFunction, VectorSpec } from './types.ts'

/**
 * Binds a query to a function, in TypeScript.
 *
 * Shapes   query: as many numbers as the field has dims; a bit field's row counts as its bits, most significant first.
 * Cost     A copy of the row and one pass; meant for rare requests.
 */
export function functionInScript(
  name: VectorFunction,
  query: Vector,
  spec: VectorSpec,
  rowOf: (ord: number) => Vector
): (ord: number) => number {
  assert(query.length === spec.dims, 'query has the dims of the field')
  if (name === 'hamming' || spec.element === 'float32') {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `vector function is ${name} with a query of ${query.constructor.name}, wanted the ${spec.element} elements of the field`
    )
  }
  const compare = comparisons[name]
  return (ord) => Math.fround(compare(query, numbersOf(rowOf(ord), spec)))
}

function numbersOf(row: Vector, spec: VectorSpec): ArrayLike<number> {
  if (spec.element !== 'bit') return row
  return Uint8Array.from({ length: spec.dims }, (_, i) => (row[i >>> 3]! >>> (7 - (i & 7))) & 1)
}

type Comparison = (query: ArrayLike<number>, row: ArrayLike<number>) => number

function sum(query: ArrayLike<number>, term: (x: number, at: number) => number): number {
  let total = 0
  for (let i = 0; i < query.length; i++) total += term(query[i]!, i)
  return total
}

const dot: Comparison = (query, row) => sum(query, (x, i) => x * row[i]!)

const comparisons: Readonly<Record<Exclude<VectorFunction, 'hamming'>, Comparison>> = {
  dot,
  cosine: (query, row) => dot(query, row) / Math.sqrt(dot(query, query) * dot(row, row)),
  l1: (query, row) => sum(query, (x, i) => Math.abs(x - row[i]!)),
  l2: (query, row) => Math.sqrt(sum(query, (x, i) => (x - row[i]!) ** 2))
}
