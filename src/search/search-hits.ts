import type { SegmentView } from '../segment/index.ts'
import type { ListOf } from '../util/index.ts'
import { FoundColumns } from './found-doc.ts'
import type { FoundDoc } from './found-doc.ts'
import type { Matched, SearchHit, SearchTarget, SortValue } from './types.ts'

/** Documents of a page, and the position of the target of each; targets null: all are of the first. */
export type Page = { readonly docs: ListOf<FoundDoc>; readonly targets: readonly number[] | null }

/** Names of a document by its place in the page. */
export type NamesOf = (at: number) => Matched

export const noneMatched: Matched = Object.freeze([])

/**
 * The hits of a page in their order. What is wanted of a hit is told without making an object of it, and `at` makes one anew each
 * time: a hundred objects on the way to a hundred others are a tenth of a short search. The segments must still be open.
 */
export class SearchHits {
  readonly length: number
  readonly #docs: ListOf<FoundDoc>
  readonly #columns: FoundColumns | null
  readonly #places: readonly number[] | null
  readonly #targets: readonly SearchTarget[]
  readonly #namesOf: NamesOf | null
  /** Documents that are made when they are asked for are asked for several times. */
  #last: FoundDoc | null = null
  #lastAt = -1

  /** @param namesOf  null: no clause has a name. */
  constructor(
    { docs, targets: places }: Page,
    targets: readonly SearchTarget[],
    namesOf: NamesOf | null
  ) {
    this.length = docs.length
    this.#docs = docs
    this.#columns = docs instanceof FoundColumns ? docs : null
    this.#places = places
    this.#targets = targets
    this.#namesOf = namesOf
  }

  /** null: they may be of several. */
  get onlySegment(): SegmentView | null {
    const [target] = this.#targets
    if (this.#targets.length !== 1 || target!.segments.length !== 1) return null
    return target!.segments[0]!
  }

  /** No hit has sort values or names. */
  get areBare(): boolean {
    return this.#namesOf === null && this.#targets.every(({ sort }) => sort.length === 0)
  }

  targetAt(at: number): SearchTarget {
    return this.#targets[this.#places === null ? 0 : this.#places[at]!]!
  }

  segmentAt(at: number): SegmentView {
    const columns = this.#columns
    const segment = columns === null ? this.#docAt(at).segment : columns.segmentAt(at)
    return this.targetAt(at).segments[segment]!
  }

  docIdAt(at: number): number {
    const columns = this.#columns
    return columns === null ? this.#docAt(at).docId : columns.docIdAt(at)
  }

  scoreAt(at: number): number | null {
    const columns = this.#columns
    return columns === null ? this.#docAt(at).score : columns.scoreAt(at)
  }

  sortAt(at: number): readonly SortValue[] | null {
    return this.targetAt(at).sort.length === 0 ? null : (this.#docAt(at).sort ?? null)
  }

  matchedAt(at: number): Matched {
    return this.#namesOf === null ? noneMatched : this.#namesOf(at)
  }

  /** As of an array: from the end where negative, undefined where there is none. */
  at(at: number): SearchHit | undefined {
    const place = at < 0 ? this.length + at : at
    return place >= 0 && place < this.length ? this.#hitAt(place) : undefined
  }

  *[Symbol.iterator](): Generator<SearchHit, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.#hitAt(at)
  }

  #hitAt(at: number): SearchHit {
    return {
      target: this.targetAt(at).index,
      segment: this.segmentAt(at),
      docId: this.docIdAt(at),
      score: this.scoreAt(at),
      sort: this.sortAt(at),
      matched: this.matchedAt(at)
    }
  }

  #docAt(at: number): FoundDoc {
    if (this.#last === null || this.#lastAt !== at) {
      this.#last = this.#docs.at(at)!
      this.#lastAt = at
    }
    return this.#last
  }
}

/** Of a search that found nothing. */
export const noHits: SearchHits = new SearchHits({ docs: [], targets: null }, [], null)
