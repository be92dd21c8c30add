import type { KernelContext } from './kernels/context.ts'
import type { OpenPages } from './rows-index.ts'
import type { HashPostings } from './hash-postings.ts'
import type { Vector, VectorIndex } from './types.ts'

/** A growing page table of frames that are never evicted. */
export type PinnedPages = {
  readonly id: number
  /** Address of the u32[] of frame addresses in the kernels' memory; it may move when a page is added. */
  readonly address: number
  readonly pageCount: number
  /** Adds a zeroed page and returns its address. */
  append(): number
  close(): void
}

/** How vectors of one kind lie in pinned pages. */
export type GrowingRows = {
  readonly pageCount: number
  /** Checks a vector and writes it behind row `ord - 1`; again for the same row when the last attempt failed. */
  write(ord: number, vector: Vector): void
  /** An index over the pages. */
  index(size: () => number, pages: OpenPages, hashes: HashPostings | null): VectorIndex
  close(): void
}

/** Address of the frame of a page that is there. */
export function pinnedFrame(context: KernelContext, pages: PinnedPages, page: number): number {
  return context.words[(pages.address >>> 2) + page]!
}

type ReadablePages = {
  readonly address: number
  readonly id: number
  frame(page: number): number
}

/** The pages as what compares rows takes them. */
export function readablePages(context: KernelContext, pages: PinnedPages): ReadablePages {
  return {
    get address() {
      return pages.address
    },
    id: pages.id,
    frame: (page) => pinnedFrame(context, pages, page)
  }
}
