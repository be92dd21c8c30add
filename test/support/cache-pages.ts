/** Tables of a page cache whose pages' bytes follow from their keys, so that a test knows what every page holds. */
import { budgetBytesMin, PageCache } from '../../src/cache/index.ts'

export const slotBytes = 16_384
export const frameBytes = 4_096
/** Kind and page size of the tables of the model. */
export const shapes: readonly { readonly kind: string; readonly pageBytes: number }[] = [
  { kind: 'codes', pageBytes: slotBytes },
  { kind: 'lists', pageBytes: frameBytes },
  { kind: 'vectors', pageBytes: frameBytes },
  { kind: 'columns', pageBytes: slotBytes }
]
export const pageBytesOf = (table: number): number => shapes[table]?.pageBytes ?? slotBytes

export const keyOf =
  (table: number) =>
  (page: number): Uint8Array =>
    Uint8Array.of(table, page & 255, page >>> 8)

/** A record whose length and bytes follow from its key. */
export function payloadOf(key: Uint8Array): Uint8Array {
  const [table = 0, low = 0, high = 0] = key
  const page = low + 256 * high
  const pageBytes = pageBytesOf(table)
  const bytes = new Uint8Array(table === 2 ? (page * 37) % pageBytes : pageBytes)
  return bytes.fill(1 + ((page * 7 + table) % 255))
}

export function isPage(bytes: Uint8Array, table: number, page: number): boolean {
  const payload = payloadOf(keyOf(table)(page))
  return (
    bytes.length === pageBytesOf(table) &&
    Buffer.compare(bytes.subarray(0, payload.length), payload) === 0 &&
    bytes.subarray(payload.length).every((byte) => byte === 0)
  )
}

export function smallCache(reserveBytes = 0, moreFrames = 0): PageCache {
  const budgetBytes = budgetBytesMin(reserveBytes) + moreFrames * (slotBytes + 64)
  return new PageCache({ budgetBytes, reserveBytes, read: payloadOf })
}
