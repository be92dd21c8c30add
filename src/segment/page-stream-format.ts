/**
 * Page streams, format 1: how everything but vectors and stored documents lies in pages.
 *
 * A stream is the bytes of one kind of a segment (keys: field 0, pages 0, 1, 2 …), cut into pages of 16 KiB; only the last may be
 * shorter. The sections of all fields follow one another in it, each starting at a multiple of 8, and the segment info
 * says where: a segment with many small fields has few pages, and one frame of the cache holds many of them. Numbers are
 * little-endian and lie at multiples of their size, so none crosses a page.
 */
import type { SegmentKind } from '../store/index.ts'
import { pageBytesMax } from '../store/index.ts'

export type StreamKind = Extract<
  SegmentKind,
  | 'parents'
  | 'paths'
  | 'ids'
  | 'storedIndex'
  | 'present'
  | 'docIds'
  | 'columns'
  | 'terms'
  | 'postings'
  | 'fieldNorms'
>
export const streamKinds: readonly StreamKind[] = [
  'parents',
  'paths',
  'ids',
  'storedIndex',
  'present',
  'docIds',
  'columns',
  'terms',
  'postings',
  'fieldNorms'
]

/** Pages are addressed by shift and mask: they are as large as a record of a page may be, and a power of two. */
export const streamPageShift = 14
export const streamPageBytes: number = pageBytesMax

export function streamPageCount(byteCount: number): number {
  return Math.ceil(byteCount / streamPageBytes)
}
