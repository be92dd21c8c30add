/** Boolean vectors of which only the true indices are kept, and what two of them have in common. */
import { VectorStoreError } from '../../util/index.ts'
import type { TrueIndices } from './hash-model.ts'

/** From this ratio of lengths on, the shorter is looked up in the longer instead of walking both. */
const gallopRatio = 16

/**
 * True indices in the order and shape that kernels and models take: ascending, each once.
 *
 * Shapes   indices: whole numbers in any order; one that comes twice is true all the same. Result: its own array.
 * Errors   VECTOR_VALUE when one is not from 0 to totalIndices - 1.
 */
export function sortedTrueIndices(indices: ArrayLike<number>, totalIndices: number): TrueIndices {
  const sorted = new Int32Array(indices.length)
  let last = -1
  let ascends = true
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!
    if (!(Number.isInteger(index) && index >= 0 && index < totalIndices)) {
      throw new VectorStoreError(
        'VECTOR_VALUE',
        `true index is ${index}, wanted a whole number from 0 to ${totalIndices - 1}`,
        { details: { trueIndex: index, totalIndices } }
      )
    }
    if (index <= last) ascends = false
    last = index
    sorted[at] = index
  }
  if (ascends) return sorted
  sorted.sort()
  let count = 0
  for (let at = 0; at < sorted.length; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at]!
  }
  return sorted.slice(0, count)
}

/**
 * Indices that are true in both.
 *
 * Cost   One pass over both; where one is 16 times as long, a binary search for each index of the shorter.
 */
export function intersectionCount(a: TrueIndices, b: TrueIndices): number {
  if (a.length * gallopRatio < b.length) return searchedCount(a, b)
  if (b.length * gallopRatio < a.length) return searchedCount(b, a)
  let count = 0
  let atA = 0
  let atB = 0
  // No branch depends on the data: which index is the lower cannot be foretold.
  while (atA < a.length && atB < b.length) {
    const x = a[atA]!
    const y = b[atB]!
    count += Number(x === y)
    atA += Number(x <= y)
    atB += Number(y <= x)
  }
  return count
}

function searchedCount(few: TrueIndices, many: TrueIndices): number {
  let count = 0
  let from = 0
  for (let at = 0; at < few.length && from < many.length; at++) {
    const wanted = few[at]!
    let low = from
    let high = many.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (many[middle]! < wanted) low = middle + 1
      else high = middle
    }
    if (many[low] === wanted) count++
    from = low
  }
  return count
}

/** Share of the indices true in either that are true in both; two empty vectors are equal: 1. */
export function jaccard(aCount: number, bCount: number, commonCount: number): number {
  const either = aCount + bCount - commonCount
  return either === 0 ? 1 : commonCount / either
}

/** Indices that are true in one of the two only. */
export function differingCount(aCount: number, bCount: number, commonCount: number): number {
  return aCount + bCount - 2 * commonCount
}
