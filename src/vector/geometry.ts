/** How records of one size lie in pages: as many whole records as fit, one after another. */
import { assert, VectorStoreError } from '../util/index.ts'

/** Payload of a page at most. A format number: pages are on disk. */
export const pageBytesMax = 16_384
/** float32 magnitudes in a page of `norms`, words in a page of the upper map. */
export const wordsPerPage: number = pageBytesMax / 4
/** Ordinals are below this, so that node << 1 fits 32 bits. */
export const ordMax: number = 2 ** 31
/** What stands for the row of an ordinal that has none any more. */
export const absentRow = 0xffffffff

/**
 * Where record r lies: page r / perPage, byte (r % perPage) * stride. Kernels divide by a multiplication:
 * r / perPage = (r * magic) >> shift for every r below 2^31 (Granlund and Montgomery, 1994, with 31 bits).
 */
export type PageGeometry = {
  readonly stride: number
  readonly perPage: number
  readonly magic: number
  readonly shift: number
}

/** Errors: VECTOR_DIMS when a record is larger than a page. */
export function pageGeometry(stride: number): PageGeometry {
  const perPage = Math.floor(pageBytesMax / stride)
  if (perPage === 0) {
    throw new VectorStoreError(
      'VECTOR_DIMS',
      `a row takes ${stride} bytes, wanted at most ${pageBytesMax}`,
      { details: { rowBytes: stride, rowBytesMax: pageBytesMax } }
    )
  }
  const log = 32 - Math.clz32(perPage - 1)
  const magic = Number(((1n << BigInt(31 + log)) + BigInt(perPage) - 1n) / BigInt(perPage))
  assert(magic < 2 ** 32, 'magic < 2^32')
  return { stride, perPage, magic, shift: 31 + log }
}

export function pagesFor(geometry: PageGeometry, records: number): number {
  return Math.ceil(records / geometry.perPage)
}

export function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to
}
