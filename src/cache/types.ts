/** What cache/ gives to those who read pages. Structurally the PageSource and PageTable of vector/types.ts. */

/** What a page holds. Any name; rankOf (page-kinds.ts) says who goes first. */
export type PageKind = string

/** A page table in the kernels' memory: word `page` holds the address of the resident frame, or 0. */
export type PageTable = {
  readonly id: number
  readonly kind: PageKind
  /** Address of the u32[pageCount] in the kernels' memory. */
  readonly address: number
  readonly pageCount: number
  /**
   * The frame of a page, read in if need be; the bytes behind the payload are zero. Valid until the next call that
   * may miss or allocate. One view per frame: it is not to be kept.
   */
  page(page: number): Uint8Array
  /** Address of the frame of a page, read in if need be. Valid as long as the view. */
  frame(page: number): number
  /** Pages that are in frames now; left out by those that do not know. */
  readonly residentCount?: number
  /** Frees the frames and the table. */
  close(): void
}

/**
 * A table whose pages are filled in place and never evicted: the write buffer. `pageCount` is the number of pages
 * appended so far; `address` may move on append, the pages do not.
 */
export type PinnedTable = PageTable & {
  readonly pageCountMax: number
  /**
   * One more page, zeroed; gives its address, which stays until close(). May evict pages of other tables.
   *
   * Errors   MEMORY_LIMIT when the table or the reserve is full.
   */
  append(): number
}

export type TableOptions = {
  readonly kind: PageKind
  readonly pageCount: number
  /** Payload of a page at most. @default 16 KiB; of at most 4 KiB a page takes no more of the cache */
  readonly pageBytes?: number
  /** Whose counters its pages count in. @default 0: nobody's, only those of all */
  readonly index?: number
  /** Key of a page in the store; valid until the next call. */
  readonly keyOf: (page: number) => Uint8Array
}

export type SharedMemory = {
  allocate(bytes: number): number
  free(address: number): void
}

/** What one open index sees of the cache; close() frees all it took. */
export type PageSource = {
  readonly memory: WebAssembly.Memory
  readonly fault: (tableId: number, page: number) => number
  /** @param pageBytes  Payload of a page at most. @default 16 KiB */
  table(kind: PageKind, pageCount: number, pageBytes?: number): PageTable
  allocate(bytes: number): number
  free(address: number): void
  /** Runs `work`; originals it reads in do not drive out what others use (PageCache.inPassing). */
  inPassing<T>(work: () => T, once?: boolean): T
  /** Memory that outlives the source; the same object for all sources of a cache. */
  readonly shared: SharedMemory
  readonly pagesRead: number
  /** Pages of 16 KiB that come in without another one going. */
  readonly freePageCount: number
  /** The tables that are open, as other threads are told of them. */
  readonly tables: readonly SharedTable[]
  close(): void
}

/** A table as other threads are told of it. Plain data. */
export type SharedTable = {
  readonly id: number
  readonly kind: PageKind
  readonly address: number
  readonly pageCount: number
  readonly pageBytes: number
}

export type KindCounters = {
  readonly residentBytes: number
  readonly pinnedBytes: number
  readonly missCount: number
  readonly evictionCount: number
}

export type CacheStats = {
  readonly budgetBytes: number
  /** Slots of 16 KiB there are now, each for a page of that size or four of 4 KiB; shrinks when tables and scratch grow. */
  readonly slotCount: number
  readonly freeSlotCount: number
  /** Tables, scratch and pinned pages. */
  readonly allocatedBytes: number
  readonly pinnedBytes: number
  readonly kinds: Readonly<Record<PageKind, KindCounters>>
}
