import { assert, VectorStoreError } from '../util/index.ts'
import type { TableCounts } from './page-frames.ts'
import type { PageKind, PinnedTable, TableOptions } from './types.ts'

/** What the cache does for its tables. */
export type TableAccess = {
  /** Address of the frame of a page, which is marked as used. */
  frame(table: Table, page: number): number
  view(address: number, bytes: number): Uint8Array
  counts(table: Table): TableCounts
  /** A new pinned page, entered behind the last one of the table. */
  append(table: Table): number
  /** Moves a full table of pinned pages to a place twice as large. */
  grow(table: Table): number
  close(table: Table): void
}

export type TableState = {
  readonly id: number
  readonly kind: PageKind
  readonly address: number
  readonly pageCount: number
  readonly pageCountMax: number
  /** Of a frame or a slot. */
  readonly pageBytes: number
  readonly index: number
  /** null: pinned. */
  readonly keyOf: TableOptions['keyOf'] | null
}

/** Words of a pinned table at first; it doubles. A write buffer starts with 256 bytes a kind. */
export const pinnedPageCountFirst = 64

export class Table implements PinnedTable {
  readonly id: number
  readonly kind: PageKind
  readonly pageCountMax: number
  readonly pageBytes: number
  readonly index: number
  /** null: pinned. */
  readonly keyOf: TableOptions['keyOf'] | null
  readonly #access: TableAccess
  #address: number
  #pageCount: number
  #closed = false

  constructor(access: TableAccess, state: TableState) {
    this.#access = access
    this.#address = state.address
    this.#pageCount = state.pageCount
    this.id = state.id
    this.kind = state.kind
    this.pageCountMax = state.pageCountMax
    this.pageBytes = state.pageBytes
    this.index = state.index
    this.keyOf = state.keyOf
  }

  get address(): number {
    return this.#address
  }

  get pageCount(): number {
    return this.#pageCount
  }

  get residentCount(): number {
    return this.keyOf === null ? this.#pageCount : this.counts().residentCount
  }

  frame(page: number): number {
    assert(page < this.#pageCount && !this.#closed, 'page < page count of an open table')
    return this.#access.frame(this, page)
  }

  page(page: number): Uint8Array {
    return this.#access.view(this.frame(page), this.pageBytes)
  }

  /** Of a table of the store: what its pages cost so far, how many are there. */
  counts(): TableCounts {
    return this.#access.counts(this)
  }

  append(): number {
    assert(this.keyOf === null && !this.#closed, 'a page is appended to an open pinned table')
    if (this.#pageCount === this.pageCountMax) {
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `write buffer holds ${this.#pageCount} pages of ${this.kind}, wanted no more`,
        { details: { kind: this.kind, pageCountMax: this.pageCountMax } }
      )
    }
    if (isFull(this.#pageCount)) this.#address = this.#access.grow(this)
    const address = this.#access.append(this)
    this.#pageCount++
    return address
  }

  close(): void {
    this.#closed = true
    this.#access.close(this)
  }
}

/** The words of a pinned table are the power of two that `pageCount` has reached. */
function isFull(pageCount: number): boolean {
  return pageCount >= pinnedPageCountFirst && (pageCount & (pageCount - 1)) === 0
}
