/** Exact searches that are done in parts, by several threads or in several turns: what they find is what one scan finds. */
import { smallIsNear } from './spaces.ts'
import type { Space, VectorSearchResult } from './types.ts'

/** So many ranges of equal length, or fewer, that are `size` ordinals together. */
export function scanRanges(
  size: number,
  count: number
): readonly { readonly from: number; readonly to: number }[] {
  const wanted = Math.max(1, Math.min(count, size))
  const bound = (part: number): number => Math.floor((size * part) / wanted)
  return Array.from({ length: wanted }, (_none, part) => ({
    from: bound(part),
    to: bound(part + 1)
  }))
}

/** The best k of all parts, in the order of a scan: by value, then by the lower ordinal. */
export function joinScans(
  parts: readonly VectorSearchResult[],
  k: number,
  space: Space
): VectorSearchResult {
  const hits = parts.flatMap(({ ords, values }) =>
    Array.from(ords, (ord, at) => ({ ord, value: values[at]! }))
  )
  const sign = smallIsNear(space) ? 1 : -1
  hits.sort((a, b) => (a.value === b.value ? a.ord - b.ord : sign * (a.value - b.value)))
  if (hits.length > k) hits.length = k
  const sum = (of: (part: VectorSearchResult) => number): number =>
    parts.reduce((total, part) => total + of(part), 0)
  return {
    ords: Uint32Array.from(hits, ({ ord }) => ord),
    values: Float32Array.from(hits, ({ value }) => value),
    strategy: 'exact',
    visitedCount: sum((part) => part.visitedCount),
    rescoredCount: sum((part) => part.rescoredCount),
    pagesRead: sum((part) => part.pagesRead)
  }
}
