/** What the pages of a cache take and cost, by kind: of all, and of each index as long as it has a table open. */
import type { KindState } from './table.ts'
import type { KindCounters, PageKind } from './types.ts'

type Kinds = Map<PageKind, KindState>

export class PageCounters {
  readonly #kinds: Kinds = new Map()
  readonly #byIndex = new Map<number, { readonly kinds: Kinds; tableCount: number }>()

  /** Where a table of this kind counts from now on. Index 0 is nobody's. */
  opened(kind: PageKind, index: number): KindState[] {
    const counters = [kindIn(this.#kinds, kind)]
    if (index !== 0) {
      const owner = this.#byIndex.get(index) ?? { kinds: new Map(), tableCount: 0 }
      this.#byIndex.set(index, owner)
      owner.tableCount++
      counters.push(kindIn(owner.kinds, kind))
    }
    return counters
  }

  /** A table of the index was closed. */
  closed(index: number): void {
    const owner = this.#byIndex.get(index)
    if (owner === undefined) return
    owner.tableCount--
    if (owner.tableCount === 0) this.#byIndex.delete(index)
  }

  /** Adds to the pinned bytes of a kind; a negative number takes away. */
  pin(kind: PageKind, bytes: number): void {
    kindIn(this.#kinds, kind).pinnedBytes += bytes
  }

  all(): Record<PageKind, KindCounters> {
    return countersOf(this.#kinds)
  }

  of(index: number): Record<PageKind, KindCounters> {
    return countersOf(this.#byIndex.get(index)?.kinds ?? new Map())
  }
}

function kindIn(kinds: Kinds, kind: PageKind): KindState {
  const known = kinds.get(kind)
  if (known !== undefined) return known
  const state = { residentBytes: 0, pinnedBytes: 0, missCount: 0, evictionCount: 0 }
  kinds.set(kind, state)
  return state
}

function countersOf(kinds: Kinds): Record<PageKind, KindCounters> {
  return Object.fromEntries(Array.from(kinds, ([kind, one]) => [kind, { ...one }]))
}
