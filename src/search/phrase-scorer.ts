import type { PostingsIterator, TermsReader } from '../segment/index.ts'
import type { Bm25 } from './bm25.ts'
import { ConjunctionScorer } from './conjunction-scorer.ts'
import { ConstantScorer, WrappedScorer } from './scorer.ts'

/** One place of a phrase: where the term may stand, and its place in the phrase. */
export type PhraseTerm = {
  readonly term: string
  readonly postings: PostingsIterator
  readonly position: number
}

/** Work of finding a phrase in one document, against a step in a list. */
const phraseMatchCost = 128

/** Documents that have the terms of a phrase next to each other (slop 0), or at most `slop` moves from it. */
export class PhraseScorer extends WrappedScorer {
  readonly #phrase: readonly PhraseTerm[]
  readonly #slop: number
  readonly #terms: TermsReader
  readonly #bm25: Bm25

  /** @param phrase  Each with an iterator of its own, also where a term is repeated. */
  constructor(phrase: readonly PhraseTerm[], slop: number, terms: TermsReader, bm25: Bm25) {
    const lists = phrase.map(({ postings }) => new ConstantScorer(postings, 0))
    super(new ConjunctionScorer(lists, []), phraseMatchCost)
    this.#phrase = phrase
    this.#slop = slop
    this.#terms = terms
    this.#bm25 = bm25
  }

  override matches(): boolean {
    return this.#frequency(true) > 0
  }

  override score(): number {
    return this.#bm25.score(this.#frequency(false), this.#terms.lengthOf(this.docId()))
  }

  #frequency(firstOnly: boolean): number {
    // Subtracting a term's place makes all terms of an exact match stand at one number.
    const places = this.#phrase.map(({ postings, position }) =>
      postings.positions().map((place) => place - position)
    )
    if (this.#slop === 0) return exactFrequency(places, firstOnly)
    return sloppyFrequency(places, this.#phrase, this.#slop, firstOnly)
  }
}

/** How often all terms stand at the same (shifted) place; 0 or 1 when only the first match is wanted. */
function exactFrequency(places: readonly (readonly number[])[], firstOnly: boolean): number {
  const at = new Int32Array(places.length)
  let frequency = 0
  for (const place of places[0]!) {
    let together = 1
    while (together < places.length) {
      const list = places[together]!
      while (at[together]! < list.length && list[at[together]!]! < place) at[together]! += 1
      if (list[at[together]!] !== place) break
      together += 1
    }
    if (together < places.length) continue
    frequency += 1
    if (firstOnly) break
  }
  return frequency
}

/**
 * Sum over the matches of 1 / (1 + width), where the width is the greatest distance of the terms' shifted places.
 *
 * Source   Lucene, SloppyPhraseMatcher: the term that lags behind moves on; each time it would pass the next one, the
 *          narrowest width it reached is a match if it is within the slop. Two places of a repeated term never use the same
 *          position of the document.
 */
function sloppyFrequency(
  places: readonly (readonly number[])[],
  phrase: readonly PhraseTerm[],
  slop: number,
  firstOnly: boolean
): number {
  const walk = new PhraseWalk(places, phrase)
  if (!walk.start()) return 0
  let frequency = 0
  let lagging = walk.least()
  let width = walk.end - walk.place(lagging)
  let next = walk.leastBut(lagging)
  for (;;) {
    const moved = walk.advance(lagging)
    if (moved && walk.place(lagging) <= next) {
      width = Math.min(width, walk.end - walk.place(lagging))
      continue
    }
    if (width <= slop) {
      frequency = Math.fround(frequency + Math.fround(1 / (1 + width)))
      if (firstOnly) return frequency
    }
    if (!moved) return frequency
    lagging = walk.least()
    width = walk.end - walk.place(lagging)
    next = walk.leastBut(lagging)
  }
}

/** Where the terms of a phrase stand in one document while a sloppy match is looked for. */
class PhraseWalk {
  readonly #places: readonly (readonly number[])[]
  readonly #offsets: readonly number[]
  readonly #at: Int32Array
  /** Of each place, the other places of the same term. */
  readonly #repeats: readonly (readonly number[])[]
  /** Greatest place reached. */
  end: number = -Infinity

  constructor(places: readonly (readonly number[])[], phrase: readonly PhraseTerm[]) {
    this.#places = places
    this.#offsets = phrase.map(({ position }) => position)
    this.#at = new Int32Array(places.length)
    this.#repeats = phrase.map(({ term }, at) => {
      const same = phrase.map((place, other) => (place.term === term && other !== at ? other : -1))
      return same.filter((other) => other !== -1)
    })
  }

  place(term: number): number {
    return this.#places[term]![this.#at[term]!]!
  }

  /** Puts every term at its first place; false when repeated terms cannot all have one. */
  start(): boolean {
    for (let term = 0; term < this.#places.length; term++)
      this.end = Math.max(this.end, this.place(term))
    for (let term = 0; term < this.#places.length; term++) if (!this.#separate(term)) return false
    return true
  }

  /** Moves a term on, and with it those that would stand on the same position; false at the end of a list. */
  advance(term: number): boolean {
    return this.#step(term) && this.#separate(term)
  }

  least(): number {
    return this.#leastOf(-1)
  }

  /** Place of the least term but `term`. */
  leastBut(term: number): number {
    return this.#places.length === 1 ? Infinity : this.place(this.#leastOf(term))
  }

  #leastOf(excluded: number): number {
    let best = -1
    for (let term = 0; term < this.#places.length; term++)
      if (term !== excluded && (best === -1 || this.#isBefore(term, best))) best = term
    return best
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.place(a) - this.place(b)
    return (difference || this.#offsets[a]! - this.#offsets[b]!) < 0
  }

  #step(term: number): boolean {
    this.#at[term]! += 1
    if (this.#at[term]! >= this.#places[term]!.length) return false
    this.end = Math.max(this.end, this.place(term))
    return true
  }

  #separate(start: number): boolean {
    let term = start
    for (;;) {
      const position = this.place(term) + this.#offsets[term]!
      const other = this.#repeats[term]!.find(
        (repeat) => position === this.place(repeat) + this.#offsets[repeat]!
      )
      if (other === undefined) return true
      term = this.#isBefore(term, other) ? term : other
      if (!this.#step(term)) return false
    }
  }
}
