/**
 * What the pages of a cache take and cost, by kind: of all, and of each index as long as it has a table open. Each table of the
 * store counts in its head (page-frames.ts), where all threads do; what is added up here is asked for rarely.
 */
import type { Table } from './table.ts'
import type { KindCounters, PageKind } from './types.ts'

type KindState = { -readonly [Name in keyof KindCounters]: KindCounters[Name] }
type Kinds = Map<PageKind, KindState>

export class PageCounters {
  /** Of tables that were closed, and pinned pages. */
  readonly #kinds: Kinds = new Map()
  readonly #byIndex = new Map<number, { readonly kinds: Kinds; tableCount: number }>()
  readonly #tables = new Set<Table>()

  /** A table of the store counts from now on. Index 0 is nobody's. */
  opened(table: Table): void {
    this.#tables.add(table)
    if (table.index === 0) return
    const owner = this.#byIndex.get(table.index) ?? { kinds: new Map(), tableCount: 0 }
    this.#byIndex.set(table.index, owner)
    owner.tableCount++
  }

  /** A table was emptied and goes. */
  closed(table: Table): void {
    this.#tables.delete(table)
    addTo(this.#kinds, table)
    const owner = this.#byIndex.get(table.index)
    if (owner === undefined) return
    addTo(owner.kinds, table)
    owner.tableCount--
    if (owner.tableCount === 0) this.#byIndex.delete(table.index)
  }

  /** Adds to the pinned bytes of a kind; a negative number takes away. */
  pin(kind: PageKind, bytes: number): void {
    kindIn(this.#kinds, kind).pinnedBytes += bytes
  }

  all(): Record<PageKind, KindCounters> {
    return this.#sum(this.#kinds, () => true)
  }

  of(index: number): Record<PageKind, KindCounters> {
    return this.#sum(this.#byIndex.get(index)?.kinds ?? new Map(), (table) => table.index === index)
  }

  #sum(closed: Kinds, isMeant: (table: Table) => boolean): Record<PageKind, KindCounters> {
    const kinds: Kinds = new Map(Array.from(closed, ([kind, one]) => [kind, { ...one }]))
    for (const table of this.#tables) if (isMeant(table)) addTo(kinds, table)
    return Object.fromEntries(kinds)
  }
}

function addTo(kinds: Kinds, table: Table): void {
  const { missCount, evictionCount, residentCount } = table.counts()
  const state = kindIn(kinds, table.kind)
  state.missCount += missCount
  state.evictionCount += evictionCount
  state.residentBytes += residentCount * table.pageBytes
}

function kindIn(kinds: Kinds, kind: PageKind): KindState {
  const known = kinds.get(kind)
  if (known !== undefined) return known
  const state = { residentBytes: 0, pinnedBytes: 0, missCount: 0, evictionCount: 0 }
  kinds.set(kind, state)
  return state
}
