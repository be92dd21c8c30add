/** Parts of a set by chance, each inside the next larger: what filters select and what is deleted. */
import type { VectorSet } from './peer.ts'
import { narrowTruth } from './sets.ts'

export type Share = { readonly keyword: string; readonly share: number }

export const shares: readonly Share[] = [
  { keyword: 'half', share: 0.5 },
  { keyword: 'tenth', share: 0.1 },
  { keyword: 'hundredth', share: 0.01 },
  { keyword: 'thousandth', share: 0.001 }
]

/** A number of [0, 1) that has nothing to do with the row's vector. */
function chanceOf(row: number): number {
  let bits = (row + 1) >>> 0
  for (const factor of [0x85ebca6b, 0xc2b2ae35]) bits = Math.imul(bits ^ (bits >>> 15), factor)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}

export const isIn = (row: number, { share }: Share): boolean => chanceOf(row) < share

export const keywordsOf = (row: number): string[] =>
  shares.filter((share) => isIn(row, share)).map(({ keyword }) => keyword)

/** The set with the exact neighbours among the rows of a share. */
export const narrowed = (set: VectorSet, share: Share): VectorSet =>
  narrowTruth(set, (row) => isIn(row, share))
