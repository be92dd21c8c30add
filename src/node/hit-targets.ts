/** What fetching a hit must know of the index that it was found in. */
import type { MappedField } from '../mapping/index.ts'
import type { SortValue } from '../search/index.ts'
import { shortestFloat32 } from '../util/index.ts'
import type { HitContext } from './fetch.ts'
import type { PinnedIndex } from './lower-search.ts'
import type { NodeIndex, NodeSearch, SortSpec } from './types.ts'

/** The hits of a search with what their targets know. */
export class HitTargets implements HitContext {
  readonly #targets: readonly PinnedIndex[]
  readonly #search: NodeSearch

  constructor(targets: readonly PinnedIndex[], search: NodeSearch) {
    this.#targets = targets
    this.#search = search
  }

  indexOf(target: number): NodeIndex {
    return this.#targetOf(target).index
  }

  sortOf(target: number, sort: readonly SortValue[]): unknown[] {
    const pinned = this.#targetOf(target)
    const values = sort.slice(0, this.#search.sort.length)
    return values.map((value, at) => printed(pinned, this.#search, value, at))
  }

  #targetOf(position: number): PinnedIndex {
    const target = this.#targets[position]
    if (target === undefined) throw new TypeError('a hit names a target that was not searched')
    return target
  }
}

/** A sort value as the caller sees it: dates by format when asked, exact integers beyond 2^53 as bigint. */
function printed(target: PinnedIndex, search: NodeSearch, value: SortValue, at: number): unknown {
  const spec = search.sort[at]
  // Scores are float32, and are shown with as few digits as those have.
  if (spec?.type === 'score' && typeof value === 'number') return shortestFloat32(value)
  const field = spec?.type === 'field' ? target.index.mapping.field(spec.field) : null
  if (typeof value === 'number') return field?.shownSortValue?.(value) ?? value
  return typeof value === 'bigint' ? printedLong(value, field, spec) : value
}

function printedLong(
  value: bigint,
  field: MappedField | null,
  spec: SortSpec | undefined
): unknown {
  const number = Number(value)
  // The ends of the range, which stand for no value, are no dates.
  if (!Number.isSafeInteger(number)) return value
  if (spec?.type !== 'field' || spec.format === null) return number
  return field?.fetchValues(number, spec.format)[0] ?? number
}
