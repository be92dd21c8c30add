/** How records of one size lie in pages: as many whole records as fit, one after another. */
import { assert, VectorStoreError } from '../util/index.ts'

/** Payload of a page at most. A format number: pages are on disk. */
export const pageBytesMax = 16_384
/**
 * Payload of a page whose records are read one by one: the lists and the originals of a graph. Reading a miss costs by the
 * byte (a checksum and two copies: 4 us of 4 KiB, 10 of 16), and a page of few records holds fewer that nobody asked for.
 */
export const smallPageBytes = 4_096
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
  /** Bytes of a page at most. */
  readonly pageBytes: number
  readonly magic: number
  readonly shift: number
}

/** Errors: VECTOR_DIMS when a record is larger than a page. */
export function pageGeometry(stride: number, pageBytes: number = pageBytesMax): PageGeometry {
  const perPage = Math.floor(pageBytes / stride)
  if (perPage === 0) {
    throw new VectorStoreError(
      'VECTOR_DIMS',
      `a row takes ${stride} bytes, wanted at most ${pageBytes}`,
      { details: { rowBytes: stride, rowBytesMax: pageBytes } }
    )
  }
  return recordGeometry(stride, perPage, pageBytes)
}

/** So many records a page, of whatever size: 1 at least. */
export function recordGeometry(stride: number, perPage: number, pageBytes: number): PageGeometry {
  const log = 32 - Math.clz32(perPage - 1)
  const magic = Number(((1n << BigInt(31 + log)) + BigInt(perPage) - 1n) / BigInt(perPage))
  assert(magic < 2 ** 32, 'magic < 2^32')
  return { stride, perPage, pageBytes, magic, shift: 31 + log }
}

/**
 * Small pages where they are three quarters full at least, else large ones: what is not filled is lost in the cache.
 *
 * @param pageBytes  Of small pages, as an index was built.
 */
export function smallPageGeometry(
  stride: number,
  pageBytes: number = smallPageBytes
): PageGeometry {
  const filled = Math.floor(pageBytes / stride) * stride
  return pageGeometry(stride, filled >= (3 / 4) * pageBytes ? pageBytes : pageBytesMax)
}

/**
 * Codes lie in large pages where they are short: a page table four times as long is one more line of the processor's cache beside
 * the two of a code of 128 bytes. Long ones lie in small pages: 100,000 x 768 in 64 MiB, which holds three quarters of the codes,
 * misses 100 pages of 4 KiB a query instead of 70 of 16, at half the price.
 *
 * @param pageBytes  Of small pages, as an index was built.
 */
export function codePageGeometry(stride: number, pageBytes: number = smallPageBytes): PageGeometry {
  return stride < longCodeBytes ? pageGeometry(stride) : smallPageGeometry(stride, pageBytes)
}

const longCodeBytes = 512

export function pagesFor(geometry: PageGeometry, records: number): number {
  return Math.ceil(records / geometry.perPage)
}

export function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to
}
